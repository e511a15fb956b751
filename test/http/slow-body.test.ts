import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withIdleLimit, withTimeLimit } from "../../src/http/slow-body.ts";

function bodyOf(
	pieces: readonly string[],
	end: "close" | "silence" | "error",
	onCancel?: () => void,
): ReadableStream<Uint8Array> {
	let at = 0;
	return new ReadableStream({
		pull(controller) {
			const piece = pieces[at++];
			if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
			else if (end === "close") controller.close();
			else if (end === "error") controller.error(new Error("connection reset"));
			else return new Promise(() => {});
			return undefined;
		},
		cancel: onCancel,
	});
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
	let text = "";
	for await (const piece of body) text += new TextDecoder().decode(piece);
	return text;
}

describe("a slow body", () => {
	it("passes whole where no silence is too long", async () => {
		assert.equal(await collect(withIdleLimit(bodyOf(["a", "b"], "close"), 1000)), "ab");
	});
	it("is let go after a silence, and its source is told", async () => {
		let cancelled = false;
		const body = bodyOf(["a"], "silence", () => {
			cancelled = true;
		});
		await assert.rejects(collect(withIdleLimit(body, 10)), { code: "aborted" });
		assert.equal(cancelled, true);
	});
	it("is aborted when the client leaves", async () => {
		await assert.rejects(collect(withIdleLimit(bodyOf(["a"], "error"), 1000)), { code: "aborted" });
	});
	it("that is read whole has one limit for all of it", async () => {
		assert.equal(await withTimeLimit(Promise.resolve(7), 1000), 7);
		await assert.rejects(withTimeLimit(new Promise(() => {}), 10), { code: "aborted" });
	});
});
