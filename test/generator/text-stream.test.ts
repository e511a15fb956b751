import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GenerateOptions } from "../../src/engine/generation.ts";
import { uniformAt } from "../../src/engine/sampling-random.ts";
import { SluiceError } from "../../src/errors.ts";
import { createTextStream, type TextDelta, type TextStream } from "../../src/generator/text-stream.ts";
import { createScriptedModel, type ScriptedModel } from "./scripted-model.ts";

/** Token i is TEXTS[i]; the last two are the halves of an é. */
const TEXTS = ["a", "b", "ST", "OP", "xyz", "", "", "é"];
const CONTROL = 5;
const HALF = 6;
const E = 7;

function createTestDetokenizer(): { push(id: number): string; end(): string } {
	let half = false;
	return {
		push(id) {
			half = id === HALF;
			return TEXTS[id]!;
		},
		end: () => (half ? "\ufffd" : ""),
	};
}

function open(
	model: ScriptedModel,
	{ stop = [], ...options }: Partial<GenerateOptions> & { stop?: readonly string[] } = {},
): TextStream {
	return createTextStream({
		start: () => model.generate([2], { maxTokens: 100, seed: 9, ...options }),
		detokenizer: createTestDetokenizer(),
		stop,
		seed: 9,
		promptTokens: 1,
		limits: options,
	});
}

async function readAll(stream: TextStream): Promise<TextDelta[]> {
	const deltas: TextDelta[] = [];
	for await (const delta of stream) deltas.push(delta);
	return deltas;
}

const show = (deltas: readonly TextDelta[]): unknown[] =>
	deltas.map(({ text, start, end, tokens }) => [text, start, end, tokens.map((t) => [t.id, t.start, t.end])]);

describe("a text stream", () => {
	it("gives each token's text as it comes, with its offsets", async () => {
		const stream = open(createScriptedModel([0, 4, 1]));
		assert.deepEqual(show(await readAll(stream)), [
			["a", 0, 1, [[0, 0, 1]]],
			["xyz", 1, 4, [[4, 1, 4]]],
			["b", 4, 5, [[1, 4, 5]]],
		]);
		const usage = { promptTokens: 1, completionTokens: 3 };
		assert.deepEqual(await stream.finished, { reason: "stop", seed: 9, usage });
	});
	it("keeps parts of a character until it is whole, and replaces one cut off by the end", async () => {
		assert.deepEqual(show(await readAll(open(createScriptedModel([0, HALF, E, 1, HALF])))), [
			["a", 0, 1, [[0, 0, 1]]],
			[
				"é",
				1,
				2,
				[
					[HALF, 1, 1],
					[E, 1, 2],
				],
			],
			["b", 2, 3, [[1, 2, 3]]],
			["\ufffd", 3, 4, [[HALF, 3, 4]]],
		]);
	});
	it("holds back only what may become a stop string and releases nothing of it", async () => {
		const stream = open(createScriptedModel([0, 2, 0, 1, 2, 3, 0]), { stop: ["STOP"] });
		assert.deepEqual(show(await readAll(stream)), [
			["a", 0, 1, [[0, 0, 1]]],
			[
				"STa",
				1,
				4,
				[
					[2, 1, 3],
					[0, 3, 4],
				],
			],
			["b", 4, 5, [[1, 4, 5]]],
		]);
		const usage = { promptTokens: 1, completionTokens: 6 };
		assert.deepEqual(await stream.finished, { reason: "stop", stop: "STOP", seed: 9, usage });
	});
	it("ends the model's generation when a stop string is found", async () => {
		const model = createScriptedModel([2, 3, 0, 0, 0]);
		assert.deepEqual(await readAll(open(model, { stop: ["STOP"] })), []);
		assert.deepEqual([model.taken, model.left], [2, 1]);
	});
	it("a stop string may begin inside a token and end inside another", async () => {
		const stream = open(createScriptedModel([0, 4, 4]), { stop: ["zxy"] });
		const deltas = await readAll(stream);
		assert.deepEqual(show(deltas), [
			["a", 0, 1, [[0, 0, 1]]],
			["xy", 1, 3, [[4, 1, 4]]],
		]);
		assert.equal((await stream.finished).stop, "zxy");
	});
	it("a stop string may be completed by the end of the text", async () => {
		const stream = open(createScriptedModel([0, HALF]), { stop: ["\ufffd"] });
		assert.deepEqual(show(await readAll(stream)), [["a", 0, 1, [[0, 0, 1]]]]);
		assert.deepEqual((await stream.finished).reason, "stop");
	});
	it("loses no token: those without text come with the next piece or with an empty last one", async () => {
		const deltas = await readAll(open(createScriptedModel([CONTROL, 0, CONTROL, CONTROL])));
		assert.deepEqual(show(deltas), [
			[
				"a",
				0,
				1,
				[
					[CONTROL, 0, 0],
					[0, 0, 1],
				],
			],
			[
				"",
				1,
				1,
				[
					[CONTROL, 1, 1],
					[CONTROL, 1, 1],
				],
			],
		]);
		const held = await readAll(open(createScriptedModel([0, 2], { end: "context" }), { stop: ["STOP"] }));
		assert.deepEqual(show(held), [
			["a", 0, 1, [[0, 0, 1]]],
			["ST", 1, 3, [[2, 1, 3]]],
		]);
	});
	it("pieces join without gaps and carry every token once, in order, for any script", async () => {
		for (let round = 0; round < 300; round++) {
			const script = Array.from({ length: 12 }, (_, i) => Math.floor(uniformAt(round, i) * TEXTS.length));
			const deltas = await readAll(open(createScriptedModel(script), { stop: ["STOPa", "bxyzb"] }));
			const text = script.map((id) => TEXTS[id]).join("") + (script.at(-1) === HALF ? "\ufffd" : "");
			const cut = Math.min(...["STOPa", "bxyzb"].map((s) => text.indexOf(s)).map((i) => (i < 0 ? text.length : i)));
			assert.equal(deltas.map((delta) => delta.text).join(""), text.slice(0, cut));
			let at = 0;
			for (const delta of deltas) {
				assert.deepEqual([delta.start, delta.end], [at, at + delta.text.length]);
				at = delta.end;
			}
			const tokens = deltas.flatMap((delta) => delta.tokens);
			assert.deepEqual(
				tokens.map((token) => token.index),
				tokens.map((_, index) => index),
			);
			if (cut === text.length) assert.equal(tokens.length, script.length);
		}
	});
	it("runs a step only when the token before it was taken, and nothing before it is read", async () => {
		const model = createScriptedModel([0, 1, 0, 1]);
		const stream = open(model);
		assert.equal(model.calls.length, 0);
		for await (const delta of stream) {
			assert.equal(model.taken, delta.end);
			if (delta.end === 2) break;
		}
		assert.deepEqual([model.taken, model.left], [2, 1]);
		await assert.rejects(stream.finished, { code: "aborted" });
	});
	it("an error in mid-stream rejects the iteration and the result, after the text before it", async () => {
		const error = new SluiceError("inference_failed", { detail: "the thread ended" });
		const stream = open(createScriptedModel([0, error]));
		const seen: string[] = [];
		await assert.rejects(async () => {
			for await (const { text } of stream) seen.push(text);
		}, error);
		assert.deepEqual(seen, ["a"]);
		await assert.rejects(stream.finished, error);
	});
	it("an abort or a passed deadline ends it before the next piece", async () => {
		const stop = new AbortController();
		const onToken = (index: number): void => void (index === 2 && stop.abort());
		const stream = open(createScriptedModel([0, 1, 0, 1], { onToken }), { signal: stop.signal });
		const seen: string[] = [];
		await assert.rejects(
			async () => {
				for await (const { text } of stream) seen.push(text);
			},
			{ code: "aborted" },
		);
		assert.deepEqual(seen, ["a", "b"]);
		const late = createScriptedModel([0]);
		await assert.rejects(readAll(open(late, { deadlineMs: performance.now() - 1 })), { code: "deadline_exceeded" });
		assert.equal(late.calls.length, 0);
	});
	it("can be read only once", async () => {
		const stream = open(createScriptedModel([0]));
		await readAll(stream);
		await assert.rejects(readAll(stream), { code: "invalid_request" });
		assert.equal((await stream.finished).reason, "stop");
	});
});
