import assert from "node:assert/strict";
import { test } from "node:test";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { guardModel } from "../../../src/guard/adapters/index.ts";
import type { AdapterOptions } from "../../../src/guard/parts/adapter-options.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { toSource } from "../streams.ts";
import { toBody } from "./bytes.ts";

type StreamPart =
	Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"] extends ReadableStream<infer P> ? P : never;

const usage = {
	inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
	outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const finishReason = { unified: "stop", raw: "stop" } as const;

async function* toParts(source: AsyncIterable<string>): AsyncGenerator<StreamPart, void, void> {
	yield { type: "stream-start", warnings: [] };
	yield { type: "text-start", id: "0" };
	for await (const delta of source) yield { type: "text-delta", id: "0", delta };
	yield { type: "text-end", id: "0" };
	yield { type: "finish", usage, finishReason };
}

const toModel = (parts: AsyncIterable<StreamPart>, options: AdapterOptions) =>
	wrapLanguageModel({
		model: new MockLanguageModelV4({ doStream: async () => ({ stream: toBody(parts) }) }),
		middleware: guardModel({ ...options, input: false }),
	});

testGuardAdapter({
	name: "AI SDK, streamText",
	scripts: 60,
	async *read(source, options) {
		const leaving = new AbortController();
		const model = toModel(toParts(source), options);
		const { fullStream } = streamText({ model, prompt: "hello", abortSignal: leaving.signal, onError: () => {} });
		try {
			for await (const part of fullStream) {
				if (part.type === "text-delta") yield part.text;
				if (part.type === "error") throw part.error;
			}
		} finally {
			leaving.abort();
		}
	},
});

testGuardAdapter({
	name: "AI SDK, model stream",
	async *read(source, options) {
		const { stream } = await toModel(toParts(source), options).doStream({ prompt: [] });
		for await (const part of stream) if (part.type === "text-delta") yield part.delta;
	},
});

testGuardAdapter({
	name: "AI SDK, generateText",
	isWhole: true,
	scripts: 100,
	async *read(source, options) {
		const doGenerate = async () => {
			let text = "";
			for await (const delta of source) text += delta;
			return { content: [{ type: "text" as const, text }], usage, finishReason, warnings: [] };
		};
		const middleware = guardModel({ ...options, input: false });
		const model = wrapLanguageModel({ model: new MockLanguageModelV4({ doGenerate }), middleware });
		yield (await generateText({ model, prompt: "hello", maxRetries: 0 })).text;
	},
});

const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] };

async function gatherParts(parts: StreamPart[], more: Partial<AdapterOptions> = {}): Promise<StreamPart[]> {
	const { stream } = await toModel(toSource(parts as never) as never, { ...options, ...more }).doStream({ prompt: [] });
	const gathered: StreamPart[] = [];
	for await (const part of stream) gathered.push(part as StreamPart);
	return gathered;
}

test("harmless parts leave as they came, in their order", async () => {
	const parts: StreamPart[] = [
		{ type: "stream-start", warnings: [] },
		{ type: "reasoning-start", id: "r" },
		{ type: "reasoning-delta", id: "r", delta: "hm" },
		{ type: "reasoning-end", id: "r" },
		{ type: "text-start", id: "t" },
		{ type: "text-delta", id: "t", delta: "Hel" },
		{ type: "text-delta", id: "t", delta: "lo" },
		{ type: "text-end", id: "t" },
		{ type: "tool-input-start", id: "c", toolName: "look" },
		{ type: "tool-input-delta", id: "c", delta: '{"q":' },
		{ type: "tool-input-delta", id: "c", delta: '"x"}' },
		{ type: "tool-input-end", id: "c" },
		{ type: "tool-call", toolCallId: "c", toolName: "look", input: '{"q":"x"}' },
		{ type: "finish", usage, finishReason },
	];
	assert.deepEqual(await gatherParts(parts), parts);
});

test("every surface is judged; what was begun is ended, and the finish says content-filter and why", async () => {
	const surfaces: StreamPart[][] = [
		[
			{ type: "reasoning-start", id: "r" },
			{ type: "reasoning-delta", id: "r", delta: "ba" },
			{ type: "reasoning-delta", id: "r", delta: "d words" },
		],
		[
			{ type: "tool-input-start", id: "c", toolName: "look" },
			{ type: "tool-input-delta", id: "c", delta: '{"q":"bad words"}' },
		],
		[{ type: "tool-call", toolCallId: "c", toolName: "look", input: '{"q":"bad words"}' }],
		[{ type: "tool-result", toolCallId: "c", toolName: "look", result: { found: ["bad words"] } }],
		[
			{ type: "raw", rawValue: "bad words" },
			{ type: "text-start", id: "t" },
			{ type: "text-delta", id: "t", delta: "bad words" },
		],
	];
	for (const parts of surfaces) {
		const gathered = await gatherParts([...parts, { type: "finish", usage, finishReason }], { refusal: "No." });
		assert.ok(!/bad|words/.test(JSON.stringify(gathered)), JSON.stringify(gathered));
		const last = gathered.at(-1);
		assert.ok(last?.type === "finish" && last.finishReason.unified === "content-filter");
		assert.equal((last.providerMetadata!.sluice as { policy: string }).policy, "p");
		const count = (end: string): number => gathered.filter(({ type }) => type.endsWith(end)).length;
		assert.equal(count("-start"), count("-end"));
		assert.ok(gathered.some((part) => part.type === "text-delta" && part.delta === "No."));
	}
});

test("generateText and streamText tell content-filter; a prompt that blocks cancels the model", async () => {
	let signal: AbortSignal | undefined;
	const model = wrapLanguageModel({
		model: new MockLanguageModelV4({
			async doGenerate(call) {
				signal = call.abortSignal;
				return { content: [{ type: "text", text: "calm bad words" }], usage, finishReason, warnings: [] };
			},
			async doStream(call) {
				signal = call.abortSignal;
				return { stream: toBody(toParts(toSource(["calm ", "words"]))) };
			},
		}),
		middleware: guardModel({ ...options, refusal: " No." }),
	});
	const answer = await generateText({ model, prompt: "hello" });
	assert.deepEqual([answer.text, answer.finishReason], ["calm No.", "content-filter"]);
	assert.equal(signal?.aborted, false);
	const refused = await generateText({ model, prompt: "bad words" });
	assert.deepEqual([refused.text, refused.finishReason, signal?.aborted], [" No.", "content-filter", true]);
	const streamed = streamText({ model, messages: [{ role: "user", content: [{ type: "text", text: "bad words" }] }] });
	assert.deepEqual(
		[await streamed.text, await streamed.finishReason, signal?.aborted],
		[" No.", "content-filter", true],
	);
	const fine = streamText({ model, prompt: "hello" });
	assert.deepEqual([await fine.text, await fine.finishReason], ["calm words", "stop"]);
});
