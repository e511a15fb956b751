import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createGenerator, type TextDelta, type TextStream } from "../../src/generator/index.ts";
import { createLetterTokenizer, createScriptedModel } from "./scripted-model.ts";

const tokenizer = createLetterTokenizer();
const id = (token: string): number => tokenizer.idOf(token)!;
const ids = (text: string): number[] => [...tokenizer.encode(text).ids];

async function readAll(stream: TextStream): Promise<TextDelta[]> {
	const deltas: TextDelta[] = [];
	for await (const delta of stream) deltas.push(delta);
	return deltas;
}

const join = (deltas: readonly TextDelta[]): string => deltas.map((delta) => delta.text).join("");

describe("a generator", () => {
	it("continues a raw prompt after <bos>; what spells a control token in it stays text", async () => {
		const model = createScriptedModel(ids(" world"));
		const stream = createGenerator({ model, tokenizer }).generate("hi <eos>", { maxTokens: 50 });
		assert.equal(join(await readAll(stream)), " world");
		assert.deepEqual(model.calls[0]?.ids, [id("<bos>"), ...ids("hi <eos>")]);
		assert.ok(!model.calls[0]?.ids.includes(id("<eos>")));
		assert.deepEqual((await stream.finished).usage, { promptTokens: 1 + ids("hi <eos>").length, completionTokens: 6 });
	});
	it("answers chat turns: the model's turn is open", async () => {
		const model = createScriptedModel([]);
		const messages = [{ role: "user" as const, content: "hello" }];
		await readAll(createGenerator({ model, tokenizer }).generate(messages, { maxTokens: 5 }));
		const [bos, turn, end, line] = ["<bos>", "<start_of_turn>", "<end_of_turn>", "\n"].map(id);
		const expected = [bos, turn, ...ids("user"), line, ...ids("hello"), end, line, turn, ...ids("model"), line];
		assert.deepEqual(model.calls[0]?.ids, expected);
	});
	it("ends at <eos> and <end_of_turn> unless told other stop tokens", async () => {
		for (const end of ["<eos>", "<end_of_turn>"]) {
			const stream = createGenerator({
				model: createScriptedModel([...ids("ab"), id(end), ...ids("c")]),
				tokenizer,
			}).generate("x", { maxTokens: 50 });
			assert.equal(join(await readAll(stream)), "ab");
			assert.equal((await stream.finished).reason, "stop");
		}
		const script = [...ids("ab"), id("<eos>"), ...ids("cd")];
		const generator = createGenerator({ model: createScriptedModel(script), tokenizer });
		assert.equal(join(await readAll(generator.generate("x", { maxTokens: 50, stopTokens: [id("d")] }))), "abc");
	});
	it("streams characters of several bytes whole, and finds stop strings inside and across them", async () => {
		const model = createScriptedModel(ids("aé😀b漢字c"));
		const generator = createGenerator({ model, tokenizer });
		const deltas = await readAll(generator.generate("x", { maxTokens: 50 }));
		assert.deepEqual(
			deltas.map((delta) => delta.text),
			["a", "é", "😀", "b", "漢", "字", "c"],
		);
		assert.deepEqual(
			deltas.map((delta) => delta.tokens.length),
			[1, 2, 4, 1, 3, 3, 1],
		);
		const stopped = generator.generate("x", { maxTokens: 50, stop: ["zz", "b漢"] });
		assert.equal(join(await readAll(stopped)), "aé😀");
		assert.equal((await stopped.finished).stop, "b漢");
	});
	it("hands sampling options, limits and a seed to the model, and reports that seed", async () => {
		const model = createScriptedModel(ids("abc"));
		const generator = createGenerator({ model, tokenizer });
		const options = { maxTokens: 2, topK: 5, temperature: 0.5, logitBias: { 7: 1 }, hiddenLayer: 3, priority: 2 };
		const chosen = generator.generate("x", options);
		await readAll(chosen);
		const { seed, reason } = await chosen.finished;
		assert.equal(reason, "length");
		assert.ok(Number.isSafeInteger(seed));
		const stopTokens = [id("<eos>"), id("<end_of_turn>")];
		assert.deepEqual(model.calls[0]?.options, { ...options, stopTokens, seed });
		const named = generator.generate("x", { ...options, seed: 12, stop: "b" });
		await readAll(named);
		assert.equal((await named.finished).seed, 12);
		assert.ok(!("stop" in model.calls[1]!.options));
	});
	it("rejects stop strings that do not fit at once", () => {
		const generator = createGenerator({ model: createScriptedModel([]), tokenizer });
		assert.throws(() => generator.generate("x", { maxTokens: 1, stop: "" }), { pointer: "/stop" });
	});
});
