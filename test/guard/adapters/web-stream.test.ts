import assert from "node:assert/strict";
import { test } from "node:test";
import { guardByteStream, guardTextStream } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { readText, toBody, toByteChunks } from "./bytes.ts";

testGuardAdapter({
	name: "web stream of strings",
	read: (source, options) => guardTextStream(toBody(source), options),
});

testGuardAdapter({
	name: "web stream of bytes",
	read: (source, options) => readText(guardByteStream(toBody(toByteChunks(source)), options)),
});

test("bytes that are no UTF-8 are an error of the source", async () => {
	const source = async function* (): AsyncGenerator<Uint8Array> {
		yield new Uint8Array([0x61, 0xff, 0x62]);
	};
	const stream = guardByteStream(toBody(source()), {
		scorer: createScriptedScorer(riskOfWords),
		policies: [toPolicy("p")],
	});
	await assert.rejects(new Response(stream).text(), { code: "source_failed" });
});

test("cancelling reaches a source that is stuck", async () => {
	const cancelled = Promise.withResolvers<unknown>();
	const source = new ReadableStream<string>({
		start: (controller) => controller.enqueue("one two "),
		cancel: (reason) => cancelled.resolve(reason),
	});
	const reader = guardTextStream(source, {
		scorer: createScriptedScorer(riskOfWords),
		policies: [toPolicy("p")],
	}).getReader();
	assert.equal((await reader.read()).value, "one two");
	void reader.read().catch(() => {});
	await new Promise(setImmediate);
	await reader.cancel();
	await cancelled.promise;
});
