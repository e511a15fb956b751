import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deliver, type QueuedMessage } from "../../src/edge/deliver.ts";
import type { LinesMessage } from "../../src/edge/lines-message.ts";
import { SluiceError } from "../../src/errors.ts";
import { createFakeOrigin, createKeptLog, type FakeOrigin } from "./fake-parts.ts";

const CALLER = {
	...{ keyId: `key_${"1".repeat(16)}`, tenant: "acme", scopes: ["batch" as const], grant: {} },
	limits: { requestsPerMinute: null, charactersPerMinute: null },
};
const TEXT = "words of a user";
const taken = (): Response => new Response(null, { status: 204 });

interface FakeMessage extends QueuedMessage {
	/** "ack", or the delay before it comes again. */
	readonly became: (string | number | undefined)[];
}

function message(at: number, of: { attempts?: number; caller?: LinesMessage["caller"] } = {}): FakeMessage {
	const became: (string | number | undefined)[] = [];
	return {
		became,
		attempts: of.attempts ?? 1,
		body: { v: 1, caller: of.caller === undefined ? CALLER : of.caller, request: { batch: "b", at, lines: [TEXT] } },
		ack: () => void became.push("ack"),
		retry: (options) => void became.push(options?.delaySeconds),
	};
}

async function run(origin: FakeOrigin, messages: readonly FakeMessage[], retrySeconds = 5): Promise<string[]> {
	const { log, lines } = createKeptLog();
	await deliver({ messages }, { origin, log, retrySeconds });
	return lines;
}

describe("delivering lines", () => {
	it("acknowledges each message that was taken, and only those", async () => {
		const origin = createFakeOrigin(({ body }) =>
			JSON.parse(String(body)).at === 1 ? new Response("{}", { status: 400 }) : taken(),
		);
		const messages = [message(0), message(1), message(2, { caller: null })];
		const lines = await run(origin, messages);
		assert.deepEqual(
			messages.map(({ became }) => became),
			[["ack"], [5], ["ack"]],
		);
		assert.deepEqual(
			origin.asked.map(({ method, path, caller, body }) => [method, path, caller, JSON.parse(String(body)).at]),
			[
				["POST", "/edge/lines", CALLER, 0],
				["POST", "/edge/lines", CALLER, 1],
				["POST", "/edge/lines", undefined, 2],
			],
		);
		assert.equal(lines.length, 1);
		assert.deepEqual([JSON.parse(lines[0]!).status, JSON.parse(lines[0]!).attempts], [400, 1]);
		assert.equal(lines[0]!.includes(TEXT), false);
	});

	it("waits twice as long after each attempt, up to ten minutes", async () => {
		const origin = createFakeOrigin(() => new Response("{}", { status: 503 }));
		const delays = [];
		for (const attempts of [1, 2, 3, 7, 8, 9, 100]) {
			const one = message(0, { attempts });
			await run(origin, [one]);
			delays.push(one.became[0]);
		}
		assert.deepEqual(delays, [5, 10, 20, 320, 600, 600, 600]);
	});

	it("an origin that is away is asked once for all that came together", async () => {
		const origin = createFakeOrigin(({ body }) => {
			if (JSON.parse(String(body)).at === 0) return taken();
			throw new SluiceError("not_ready", { detail: "away" });
		});
		const messages = [message(0), message(1), message(2, { attempts: 2 }), message(3)];
		const lines = await run(origin, messages);
		assert.deepEqual(
			messages.map(({ became }) => became),
			[["ack"], [5], [10], [5]],
		);
		assert.equal(origin.asked.length, 2);
		assert.equal(lines.length, 3);
	});

	it("an attempt has a time limit, and what is thrown over it goes no further", async () => {
		const origin = createFakeOrigin(({ signal }) => {
			assert.ok(signal instanceof AbortSignal);
			throw signal.reason ?? new Error("any");
		});
		const one = message(0);
		await run(origin, [one], 0);
		assert.deepEqual(one.became, [0]);
	});
});
