import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEventBody } from "../../src/http/event-body.ts";

describe("a body of server-sent events", () => {
	it("is made as it is read, one message at a time", async () => {
		let made = 0;
		async function* messages(): AsyncGenerator<string> {
			for (; made < 5; made++) yield `${made}`;
		}
		const reader = createEventBody(messages(), { heartbeatMs: 60_000, leave() {} }).getReader();
		assert.equal(made, 0);
		const { value } = await reader.read();
		assert.equal(new TextDecoder().decode(value), "data: 0\n\n");
		assert.equal(made, 0);
		await reader.read();
		assert.equal(made, 1);
	});
	it("loses no message to a comment, and tells when its reader leaves", async () => {
		let say = (_: string): void => {};
		let hasLeft = false;
		async function* messages(): AsyncGenerator<string> {
			yield await new Promise<string>((resolve) => (say = resolve));
			await new Promise(() => {});
		}
		const body = createEventBody(messages(), { heartbeatMs: 1, leave: () => (hasLeft = true) });
		const reader = body.getReader();
		const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
		assert.equal(await read(), ": waiting\n\n");
		assert.equal(await read(), ": waiting\n\n");
		say("now");
		let next = await read();
		while (next.startsWith(":")) next = await read();
		assert.equal(next, "data: now\n\n");
		await reader.cancel();
		assert.equal(hasLeft, true);
	});
	it("ends the messages of a reader that left without asking for the next", async () => {
		const { promise: ended, resolve } = Promise.withResolvers<void>();
		async function* messages(): AsyncGenerator<string> {
			try {
				for (;;) yield "more";
			} finally {
				resolve();
			}
		}
		const reader = createEventBody(messages(), { heartbeatMs: 60_000, leave() {} }).getReader();
		await reader.read();
		await reader.cancel();
		await ended;
	});
});
