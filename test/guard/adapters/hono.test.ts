import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { guard } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { readChat, readText, toBody, toByteChunks, toChat } from "./bytes.ts";

testGuardAdapter({
	name: "Hono, text",
	async *read(source, options) {
		const app = new Hono().use(guard(options)).get("/", () => new Response(toBody(toByteChunks(source))));
		yield* readText((await app.request("/")).body!);
	},
});

testGuardAdapter({
	name: "Hono, server-sent events",
	scripts: 60,
	async *read(source, options) {
		const headers = { "content-type": "text/event-stream" };
		const app = new Hono()
			.use(guard(options))
			.get("/", () => new Response(toBody(toByteChunks(toChat(source))), { headers }));
		yield* readChat((await app.request("/")).body!);
	},
});

test("an answer compressed before the guard is refused; compressed behind it, it is guarded", async () => {
	const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] };
	const text = `calm ${"words ".repeat(300)}bad words`;
	const init = { headers: { "accept-encoding": "gzip" } };
	const inside = new Hono().use(guard(options), compress()).get("/", (context) => context.text(text));
	inside.onError((error, context) => context.text((error as Error & { code: string }).code, 500));
	const refused = await inside.request("/", init);
	assert.deepEqual([refused.status, await refused.text()], [500, "unsupported_input"]);
	const around = new Hono().use(compress(), guard(options)).get("/", (context) => context.text(text));
	const answer = await around.request("/", init);
	const gunzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
	const shown =
		answer.headers.get("content-encoding") === "gzip"
			? await new Response(answer.body!.pipeThrough(gunzip)).text()
			: await answer.text();
	assert.equal(shown, `calm ${"words ".repeat(300).trimEnd()}`);
});
