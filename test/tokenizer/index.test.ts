import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Tokenizer as Oracle } from "@huggingface/tokenizers";
import { createTokenizer, type Encoding, loadTokenizer } from "../../src/tokenizer/index.ts";

const fixtures = new URL("../fixtures/tokenizer/", import.meta.url);
const source = readFileSync(new URL("tokenizer.json", fixtures), "utf8");
const directory = mkdtempSync(join(tmpdir(), "sluice-tokenizer-"));
after(() => rmSync(directory, { recursive: true }));

interface TokenizerJson {
	added_tokens: { id: number; content: string; special: boolean }[];
	normalizer: unknown;
	pre_tokenizer: unknown;
	decoder: { decoders: unknown[] };
	model: { vocab: Record<string, number>; merges: [string, string][] };
}

const load = (): TokenizerJson => JSON.parse(source) as TokenizerJson;

/** The fixture with a U+2581 put before every plain part, and its space stripped when decoding. */
function prepending(): TokenizerJson {
	const json = load();
	json.normalizer = { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, json.normalizer] };
	json.pre_tokenizer = null;
	json.decoder.decoders.push({ type: "Strip", content: " ", start: 1, stop: 0 });
	return json;
}

const plain = createTokenizer(load());
const prepended = createTokenizer(prepending());

interface Case {
	text: string;
	plain: { ids: number[]; ranges: ([number, number] | 0)[]; decoded?: string };
	prepended: { ids: number[]; decoded?: string };
}
const cases = JSON.parse(readFileSync(new URL("goldens.json", fixtures), "utf8")) as Case[];

function random(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

const PIECES = [
	..."  \n\t▁aeinorst.,!0",
	..."The weather in the harbour was calm; <b> <bos> <start_of_turn>user [toxicity=0] <0x0A> isn't".split(" "),
	..."Über höfliche Fragen сады 今日は 天气 오늘은 😀😀 👨‍👩‍👧 𠮷 \u0301 \ufeff \u200b \0 ß".split(" "),
];

function randomText(below: (n: number) => number): string {
	let text = "";
	for (let n = below(20); n >= 0; n--) {
		if (below(8) === 0) text += String.fromCodePoint(below(4) ? below(0xd7ff) : 0x10000 + below(0xfffff));
		else text += PIECES[below(PIECES.length)]!.repeat(below(12) === 0 ? 1 + below(40) : 1);
	}
	return text;
}

test("ids equal Hugging Face tokenizers' on every golden, with and without a mark in front", () => {
	for (const { text, plain: expected, prepended: expectedInFront } of cases) {
		assert.deepEqual([...plain.encode(text).ids], expected.ids, JSON.stringify(text));
		assert.deepEqual([...prepended.encode(text).ids], expectedInFront.ids, JSON.stringify(text));
	}
});

test("decoded text equals Hugging Face tokenizers' on every golden", () => {
	for (const { text, plain: expected, prepended: expectedInFront } of cases) {
		assert.equal(plain.decode(expected.ids), expected.decoded ?? text);
		assert.equal(prepended.decode(expectedInFront.ids), expectedInFront.decoded ?? text);
	}
});

test("token ranges equal Hugging Face tokenizers' on every golden", () => {
	for (const { text, plain: expected } of cases) {
		const { starts, ends } = plain.encode(text);
		for (const [i, range] of expected.ranges.entries()) {
			if (range !== 0) assert.deepEqual([starts[i], ends[i]], range, JSON.stringify(text));
		}
	}
});

test("ids equal the JavaScript library's on 1500 seeded random texts, with and without a mark in front", () => {
	for (const json of [load(), prepending()]) {
		// that library has no mode that leaves control tokens in text alone, so neither side may know them
		json.added_tokens = json.added_tokens.filter(({ special }) => !special);
		const ours = createTokenizer(json);
		const oracle = new Oracle(json, {});
		const below = random(7);
		for (let i = 0; i < 1500; i++) {
			const text = randomText(below);
			const { ids } = oracle.encode(text, { add_special_tokens: false });
			assert.deepEqual([...ours.encode(text).ids], ids, JSON.stringify(text));
		}
	}
});

function assertCovers({ ids, starts, ends }: Encoding, text: string): void {
	let at = 0;
	for (let i = 0; i < ids.length; i++) {
		const sharesCharacter = i > 0 && starts[i] === starts[i - 1] && ends[i] === ends[i - 1];
		if (!sharesCharacter && starts[i] !== at) assert.fail(`token ${i} of ${JSON.stringify(text)}`);
		at = ends[i]!;
	}
	assert.equal(at, text.length);
}

test("ranges cover the text in order, without gaps, and never cut a character", () => {
	const below = random(11);
	for (let i = 0; i < 1000; i++) {
		const text = randomText(below);
		for (const tokenizer of [plain, prepended]) {
			const encoding = tokenizer.encode(text);
			assertCovers(encoding, text);
			for (const edge of [...encoding.starts, ...encoding.ends]) {
				assert(edge === 0 || edge === text.length || text.codePointAt(edge - 1)! <= 0xffff, JSON.stringify(text));
			}
		}
	}
});

test("the mark in front has an empty range at 0, and a word merged with it starts at 0", () => {
	const { ids, starts, ends } = prepended.encode("中 the");
	assert.equal(ids[0], prepended.idOf("▁"));
	assert.deepEqual([starts[0], ends[0]], [0, 0]);
	const merged = prepended.encode("the");
	assert.deepEqual([[...merged.ids], merged.starts[0], merged.ends[0]], [[prepended.idOf("▁the")], 0, 3]);
});

test("text that spells a control token never becomes one", () => {
	const control = load().added_tokens.filter(({ special }) => special);
	assert(control.length >= 6);
	const ids = new Set(control.map(({ id }) => id));
	for (const { content } of control) {
		for (const text of [content, `x${content}y`, `${content}${content}`, `\n${content} <b>${content}`]) {
			for (const tokenizer of [plain, prepended]) {
				assert(!tokenizer.encode(text).ids.some((id) => ids.has(id)), text);
			}
			assert.equal(plain.decode(plain.encode(text).ids), text);
		}
	}
});

test("lone surrogates read as U+FFFD and keep their range", () => {
	for (const text of ["\ud83d", "\ude00", "a\ud83db", "\ude00\ud83d", "the \ud83d the", "\ud83d\ud83d\ude00"]) {
		assert.deepEqual(plain.encode(text).ids, plain.encode(text.toWellFormed()).ids);
		assertCovers(plain.encode(text), text);
	}
});

test("every text without U+2581 decodes to itself", () => {
	const below = random(13);
	for (let i = 0; i < 1000; i++) {
		const text = randomText(below).replaceAll("▁", "");
		assert.equal(plain.decode(plain.encode(text).ids), text);
	}
});

test("control tokens decode to nothing, broken UTF-8 to U+FFFD per byte, ids outside the vocabulary fail", () => {
	const byte = (value: string): number => plain.idOf(`<0x${value}>`)!;
	assert.equal(plain.decode([plain.bosId, plain.idOf("▁the")!, plain.idOf("<eos>")!]), " the");
	assert.equal(plain.decode([byte("F0"), byte("9F"), plain.idOf("▁the")!]), "\ufffd\ufffd the");
	assert.equal(plain.decode([byte("EF"), byte("BB"), byte("BF")]), "\ufeff");
	for (const id of [-1, plain.vocabSize, 1.5]) assert.throws(() => plain.decode([id]), { code: "invalid_request" });
});

test("the vocabulary's size, <bos> and token look-up are the file's", () => {
	assert.equal(plain.vocabSize, Object.keys(load().model.vocab).length);
	assert.equal(plain.bosId, 2);
	assert.equal(plain.idOf("<start_of_turn>"), load().model.vocab["<start_of_turn>"]);
	assert.equal(plain.idOf("absent token"), undefined);
});

test("merges that cross words are honoured", () => {
	const json = load();
	json.model.vocab["e▁t"] = plain.vocabSize;
	json.model.merges.unshift(["e", "▁t"]);
	json.model.merges.unshift(
		...json.model.merges.splice(
			json.model.merges.findIndex(([a, b]) => a + b === "▁t"),
			1,
		),
	);
	json.added_tokens = json.added_tokens.filter(({ special }) => !special);
	const ours = createTokenizer(json);
	const oracle = new Oracle(json, {});
	for (const text of ["see the tea", "e te te t", "ate  the"]) {
		const { ids } = oracle.encode(text, { add_special_tokens: false });
		assert.deepEqual([...ours.encode(text).ids], ids);
	}
	assert(ours.encode("see the").ids.includes(plain.vocabSize));
});

test("work grows about linearly with the text, spaces or none", () => {
	const below = random(17);
	const letters = Array.from({ length: 400_000 }, () => "etaoinshr"[below(9)]).join("");
	for (const text of [
		letters,
		"a".repeat(400_000),
		"a b ".repeat(100_000),
		"\n".repeat(400_000),
		"鱻".repeat(400_000),
	]) {
		const started = performance.now();
		assertCovers(plain.encode(text), text);
		// a quadratic pass over 400,000 symbols takes minutes
		assert(performance.now() - started < 5000);
	}
});

test("a file that is missing or not JSON is refused", async () => {
	const path = join(directory, "tokenizer.json");
	await assert.rejects(loadTokenizer(path), { code: "invalid_model" });
	writeFileSync(path, "{");
	await assert.rejects(loadTokenizer(path), { code: "invalid_model" });
	writeFileSync(path, source);
	assert.deepEqual((await loadTokenizer(path)).encode("the weather"), plain.encode("the weather"));
});
