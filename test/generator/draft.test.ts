/** Drafts on a real engine with a fixture's model. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import { type Draft, type DraftOptions, openDraft, type TextStream } from "../../src/generator/index.ts";
import { createModelDirectory, type ModelDirectory } from "../engine/model-directory.ts";
import { createLetterTokenizer } from "./scripted-model.ts";

let directory: ModelDirectory;
let model: Model;
before(async () => {
	directory = createModelDirectory("gemma2");
	model = await openModel(directory.source, { cacheDir: directory.cacheDir });
});
after(async () => {
	await model.close();
	directory.remove();
});

const tokenizer = createLetterTokenizer(Array.from({ length: 199 }, (_, i) => `${i % 10}${i};`));
const only = (pieces: readonly string[]): Record<number, number> => {
	const ids = new Set(pieces.map((piece) => tokenizer.idOf(piece)!));
	return Object.fromEntries(Array.from({ length: 512 }, (_, id) => [id, ids.has(id) ? 0 : -100]));
};
const PIECES = Array.from({ length: 199 }, (_, i) => `${i % 10}${i};`);
const OPTIONS: DraftOptions = { maxTokens: 12, temperature: 3, seed: 3, repetitionPenalty: 2, logitBias: only(PIECES) };

const open = (more: Partial<DraftOptions> = {}, prompt = "hello"): Promise<Draft> =>
	openDraft({ model, tokenizer }, prompt, { ...OPTIONS, ...more });

async function textOf(stream: TextStream): Promise<string> {
	let text = "";
	for await (const delta of stream) text += delta.text;
	return text;
}

test("read again without a change it is the same text, and nothing is drawn twice", async () => {
	const draft = await open();
	const text = await textOf(draft.read());
	const { drawnTokens } = draft;
	const again = draft.read();
	assert.equal(await textOf(again), text);
	assert.deepEqual([draft.drawnTokens, draft.ends.at(-1)], [drawnTokens, text.length]);
	assert.deepEqual((await again.finished).usage, { promptTokens: 6, completionTokens: 12 });
	await draft.close();
});

test("a place taken back is drawn otherwise, again and again, back to the first token", async () => {
	const draft = await open({}, "");
	const seen = new Set<string>();
	for (let round = 0; round < 4; round++) {
		seen.add((await textOf(draft.read())).split(";")[0]!);
		const taken = await draft.takeBack({ from: 0, floor: 0 });
		assert.deepEqual([taken?.kept, taken?.tokens], [0, 12]);
	}
	assert.equal(seen.size, 4);
	await draft.close();
});

test("what lies before the floor stays, and nothing is taken back where all of it does", async () => {
	const draft = await open();
	const text = await textOf(draft.read());
	const [first, second, third] = draft.ends;
	assert.equal((await draft.takeBack({ from: third!, floor: second!, more: 9 }))?.kept, 2);
	assert.equal((await textOf(draft.read())).slice(0, second), text.slice(0, second));
	assert.equal((await draft.takeBack({ from: first! + 1, floor: first! }))?.kept, 1);
	const after = await textOf(draft.read());
	assert.equal(await draft.takeBack({ from: after.length, floor: 0 }), undefined);
	await draft.close();
});

test("a character of several tokens goes as a whole", async () => {
	const bytes = ["<0xF0>", "<0x9F>", "<0x98>", "<0x80>"];
	const draft = await open({ logitBias: only([...bytes, ...PIECES.slice(0, 3)]), maxTokens: 40, temperature: 9 });
	const text = await textOf(draft.read());
	const at = draft.ends.findIndex((end, i) => i > 1 && end === draft.ends[i - 1] && end > draft.ends[i - 2]!);
	assert.ok(at > 0, text);
	const taken = await draft.takeBack({ from: draft.ends[at]!, floor: 0 });
	assert.equal(taken?.kept, at);
	assert.equal(await draft.close(), undefined);
});

test("stop strings are found across the place where it goes on", async () => {
	const draft = await open();
	const text = await textOf(draft.read());
	await draft.close();
	const stop = text.slice(3, 9);
	const stopped = await open({ stop });
	assert.equal(await textOf(stopped.read()), text.slice(0, text.indexOf(stop)));
	await stopped.takeBack({ from: 0, floor: 0 });
	assert.ok(!(await textOf(stopped.read())).includes(stop));
	await stopped.close();
});

test("a reading left in its middle is over when the text is read anew", async () => {
	const draft = await open();
	const text = await textOf(draft.read());
	await draft.takeBack({ from: 0, floor: 0 });
	const left = draft.read()[Symbol.asyncIterator]();
	await left.next();
	const stuck = left.next();
	stuck.catch(() => {});
	const whole = await textOf(draft.read());
	const other = await open();
	assert.equal(await textOf(other.read()), text);
	await other.takeBack({ from: 0, floor: 0 });
	assert.equal(await textOf(other.read()), whole);
	await Promise.all([draft.close(), other.close()]);
	assert.equal(model.stats().sessions, 0);
});

test("a prompt that does not fit is refused before anything is drawn", async () => {
	await assert.rejects(open({}, "a".repeat(9000)), { code: "text_too_long", pointer: "/ids" });
	await assert.rejects(open({ stop: "" }), { pointer: "/stop" });
	assert.equal(model.stats().sessions, 0);
});
