import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type ChatRequest, type ChatSource, createLocalSource, type SourceEvent } from "../../src/chat/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { createGenerator } from "../../src/generator/index.ts";
import { createLetterTokenizer, createScriptedModel, type ScriptedModel } from "../generator/scripted-model.ts";

const tokenizer = createLetterTokenizer();
const ids = (text: string): number[] => [...tokenizer.encode(text).ids];
const call = { signal: new AbortController().signal, requestId: "r", authorization: undefined };

function open(model: ScriptedModel): ChatSource {
	return createLocalSource({ generator: createGenerator({ model, tokenizer }), id: "tiny", created: 5, maxTokens: 20 });
}

function toRequest(body: object, choices = 1, form: ChatRequest["form"] = "chat"): ChatRequest {
	const messages = [{ role: "user", content: "hello" }];
	return {
		form,
		model: "tiny",
		choices,
		tools: new Set(),
		body: form === "chat" ? { messages, ...body } : { ...body },
	};
}

async function readAll(source: ChatSource, request: ChatRequest, signal = call.signal): Promise<SourceEvent[]> {
	const { events } = await source.open(request, { ...call, signal });
	const all: SourceEvent[] = [];
	for await (const event of events) all.push(event);
	return all;
}

const textOf = (events: readonly SourceEvent[], choice = 0): string =>
	events.map((event) => (event.type === "text" && event.choice === choice ? event.text : "")).join("");

describe("answers of a local model", () => {
	it("are its text, how it ended, and what it took", async () => {
		const model = createScriptedModel(ids("some words"));
		const events = await readAll(
			open(model),
			toRequest({ max_tokens: 30, temperature: 0.5, top_p: 0.9, stop: ["zz"] }),
		);
		assert.equal(textOf(events), "some words");
		const [finish, usage] = events.slice(-2) as [SourceEvent, SourceEvent];
		assert.deepEqual(finish, { type: "finish", choice: 0, reason: "stop" });
		assert.ok(usage.type === "usage" && usage.usage.completion_tokens === 10);
		const { options } = model.calls[0]!;
		assert.deepEqual([options.maxTokens, options.temperature, options.topP], [30, 0.5, 0.9]);
	});
	it("are cut at max_tokens, the service's where the request names none", async () => {
		const model = createScriptedModel(ids("a".repeat(50)));
		const events = await readAll(open(model), toRequest({}));
		assert.equal(textOf(events).length, 20);
		assert.deepEqual(events.at(-2), { type: "finish", choice: 0, reason: "length" });
	});
	it("are as many as were asked for, of one seed all reproducible and none alike in seed", async () => {
		const model = createScriptedModel(ids("abc"));
		const events = await readAll(open(model), toRequest({ seed: 40 }, 3));
		for (const choice of [0, 1, 2]) assert.equal(textOf(events, choice), "abc");
		assert.deepEqual(
			model.calls.map(({ options }) => options.seed),
			[40, 41, 42],
		);
		const prompts = await readAll(open(model), toRequest({ prompt: ["x", "y"], seed: 1 }, 4, "completion"));
		assert.equal(prompts.filter(({ type }) => type === "finish").length, 4);
		assert.deepEqual(
			model.calls.slice(3).map(({ ids: read, options }) => [read.at(-1), options.seed]),
			[
				[ids("x")[0], 1],
				[ids("x")[0], 2],
				[ids("y")[0], 1],
				[ids("y")[0], 2],
			],
		);
	});
	it("refuse what the model cannot do before anything is generated", async () => {
		const model = createScriptedModel(ids("abc"));
		for (const [body, pointer] of [
			[{ tools: [{}] }, "/tools"],
			[{ response_format: { type: "json_object" } }, "/response_format"],
			[{ frequency_penalty: 1 }, "/frequency_penalty"],
			[{ messages: [{ role: "tool", content: "x" }] }, "/messages/0"],
			[{ messages: [{ role: "user", content: [{ type: "image_url" }] }] }, "/messages/0/content"],
		] as const)
			await assert.rejects(open(model).open(toRequest(body), call), { code: "unsupported_input", pointer });
		await assert.rejects(open(model).open(toRequest({ temperature: "hot" }), call), { code: "invalid_request" });
		await assert.rejects(open(model).open(toRequest({ messages: [{ role: "assistant", content: "x" }] }), call), {
			code: "invalid_request",
			pointer: "/messages/0",
		});
		assert.equal(model.calls.length, 0);
	});
	it("fail as the model fails: before the answer where it did not begin, else in its middle", async () => {
		const busy = new SluiceError("overloaded", { detail: "full" });
		await assert.rejects(open(createScriptedModel([busy])).open(toRequest({}), call), { code: "overloaded" });
		const broken = createScriptedModel([...ids("ab"), new SluiceError("inference_failed", { detail: "gone" })]);
		await assert.rejects(readAll(open(broken), toRequest({}, 2)), { code: "inference_failed" });
	});
	it("end within one token once the caller has left", async () => {
		const model = createScriptedModel(ids("a".repeat(400)));
		const leaving = new AbortController();
		const { events } = await open(model).open(toRequest({ max_tokens: 400 }), { ...call, signal: leaving.signal });
		const iterator = events[Symbol.asyncIterator]();
		for (let i = 0; i < 5; i++) await iterator.next();
		const { taken } = model;
		leaving.abort();
		while (!(await iterator.next().catch(() => ({ done: true }))).done);
		for (let i = 0; i < 10; i++) await turn();
		assert.ok(model.taken <= taken + 1, `${model.taken} after ${taken}`);
	});
	it("are of the model's own name alone", async () => {
		const source = open(createScriptedModel([]));
		assert.deepEqual([source.serves("tiny"), source.serves("gpt")], [true, false]);
		assert.deepEqual(await source.models(call), [{ id: "tiny", created: 5, ownedBy: "sluice" }]);
	});
});
