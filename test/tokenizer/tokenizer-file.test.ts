import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isSluiceError } from "../../src/errors.ts";
import { createTokenizer } from "../../src/tokenizer/index.ts";

const source = readFileSync(new URL("../fixtures/tokenizer/tokenizer.json", import.meta.url), "utf8");
type Json = Record<string, unknown>;

/** The fixture with the value at a JSON pointer replaced (or removed: undefined). */
function changed(pointer: string, value: unknown): Json {
	const json = JSON.parse(source) as Json;
	const keys = pointer.split("/").slice(1);
	const last = keys.pop()!;
	const parent = keys.reduce((at, key) => at[key] as Json, json);
	if (value === undefined) delete parent[last];
	else parent[last] = value;
	return json;
}

function assertRefused(json: unknown, pointer: string, mention: string): void {
	assert.throws(
		() => createTokenizer(json),
		(error) => {
			assert(isSluiceError(error), String(error));
			assert.equal(error.code, "invalid_model");
			assert.equal(error.pointer, pointer);
			assert(error.detail.includes(mention), error.detail);
			return true;
		},
	);
}

test("every unsupported feature is an error that names it and its place", () => {
	const sequence = (...normalizers: unknown[]): unknown => ({ type: "Sequence", normalizers });
	const replace = { type: "Replace", pattern: { String: " " }, content: "▁" };
	const cases: [string, unknown, string, string?][] = [
		["/version", "2.0", "2.0"],
		["/truncation", { max_length: 5 }, "truncation"],
		["/padding", { strategy: "BatchLongest" }, "padding"],
		["/extra", 1, "extra"],
		["/normalizer", null, "null"],
		["/normalizer", { type: "NFKC" }, "NFKC"],
		["/normalizer", { ...replace, pattern: { Regex: " " } }, "Replace"],
		["/normalizer", { ...replace, content: "_" }, "Replace"],
		["/normalizer", { ...replace, more: 1 }, "more", "/normalizer/more"],
		["/normalizer", sequence({ type: "Lowercase" }, replace), "Lowercase", "/normalizer/normalizers/0"],
		["/normalizer", sequence({ type: "Prepend", prepend: "x" }, replace), "Prepend", "/normalizer/normalizers/0"],
		["/normalizer", sequence({ type: "Prepend", prepend: "▁" }), "missing"],
		["/normalizer", sequence(replace, replace), "second Replace", "/normalizer/normalizers/1"],
		["/pre_tokenizer", { type: "ByteLevel" }, "ByteLevel"],
		["/pre_tokenizer", { type: "Split", pattern: { Regex: "\\s" }, behavior: "Isolated", invert: false }, "Split"],
		["/pre_tokenizer", { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true }, "Metaspace"],
		["/post_processor", { type: "ByteLevel" }, "ByteLevel"],
		["/decoder", null, "null"],
		["/decoder", { type: "WordPiece" }, "WordPiece"],
		["/decoder/decoders/2", null, "null"],
		["/decoder/decoders/0", { type: "Fuse" }, "Fuse"],
		["/decoder/decoders", [], "Replace is missing", "/decoder"],
		["/decoder/decoders/3", { type: "Strip", content: " ", start: 2, stop: 0 }, "Strip"],
		["/model/type", "Unigram", "Unigram"],
		["/model/dropout", 0.1, "dropout"],
		["/model/continuing_subword_prefix", "##", "continuing_subword_prefix"],
		["/model/end_of_word_suffix", "</w>", "end_of_word_suffix"],
		["/model/byte_fallback", false, "byte_fallback"],
		["/model/ignore_merges", true, "ignore_merges"],
		["/model/novel", 1, "novel"],
		["/added_tokens/3/lstrip", true, "lstrip"],
		["/added_tokens/3/normalized", true, "normalized"],
		["/added_tokens/3/single_word", true, "single_word"],
	];
	for (const [pointer, value, mention, place] of cases)
		assertRefused(changed(pointer, value), place ?? pointer, mention);
});

test("malformed vocabularies, merges and added tokens are refused", () => {
	const cases: [string, unknown, string, string][] = [
		["/model/vocab", [], "/model/vocab", "object"],
		["/model/vocab/the", 1.5, "/model/vocab", '"the"'],
		["/model/vocab/the", 0, "/model/vocab", '"the"'],
		["/model/vocab/the", 2 ** 31, "/model/vocab", '"the"'],
		["/model/vocab/\ud83d", 9999, "/model/vocab", "well-formed"],
		["/model/vocab/<0xE2>", undefined, "/model/vocab", "<0xE2>"],
		["/model/merges", null, "/model/merges", "list"],
		["/model/merges/5", ["a"], "/model/merges/5", "two tokens"],
		["/model/merges/5", "a b c", "/model/merges/5", "two tokens"],
		["/model/merges/5", ["a", "zzzz"], "/model/merges/5", "vocabulary"],
		["/added_tokens", {}, "/added_tokens", "list"],
		["/added_tokens/2", null, "/added_tokens/2", "object"],
		["/added_tokens/2/content", "", "/added_tokens/2/content", "empty"],
		["/added_tokens/2/content", "<pad>", "/added_tokens/2/content", "twice"],
		["/added_tokens/2/id", 7, "/added_tokens/2/id", '"<bos>"'],
		["/added_tokens/2/special", 1, "/added_tokens/2/special", '"<bos>"'],
	];
	for (const [pointer, value, place, mention] of cases) assertRefused(changed(pointer, value), place, mention);
	assertRefused([], "", "object");
});

test("a control token that plain text could become is refused", () => {
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	const vocab = (JSON.parse(source) as { model: { vocab: Record<string, number> } }).model.vocab;
	for (const content of ["▁the", "<0x41>", "a"]) {
		const token = { id: vocab[content], content, ...flags };
		assertRefused(changed("/added_tokens/0", token), "/added_tokens", JSON.stringify(content));
	}
});

test("turn tokens are out of text's reach, whatever the file says of them", () => {
	const listed = JSON.parse(source) as { added_tokens: { content: string; special: boolean }[] };
	const turns = listed.added_tokens.filter(({ content }) => content.endsWith("_of_turn>"));
	assert.equal(turns.length, 2);
	for (const token of turns) token.special = false;
	const unlisted = { ...listed, added_tokens: listed.added_tokens.filter((token) => !turns.includes(token)) };
	for (const json of [listed, unlisted]) {
		const tokenizer = createTokenizer(json);
		const ids = turns.map(({ content }) => tokenizer.idOf(content)!);
		for (const { content } of turns) {
			for (const text of [content, `a${content}`, `\n${content}\n`]) {
				assert(!tokenizer.encode(text).ids.some((id) => ids.includes(id)), text);
			}
		}
	}
	const reachable = unlisted as unknown as { model: { vocab: Record<string, number>; merges: string[][] } };
	const next = Math.max(...Object.values(reachable.model.vocab)) + 1;
	Object.assign(reachable.model.vocab, { "<start_of_": next, "turn>": next + 1 });
	reachable.model.merges.push(["<start_of_", "turn>"]);
	assertRefused(reachable, "/added_tokens", '"<start_of_turn>"');
});

test("a repeated merge and a missing <bos> are refused", () => {
	const json = JSON.parse(source) as { model: { merges: unknown[] } };
	json.model.merges.push(json.model.merges[3]);
	assert.throws(() => createTokenizer(json), { code: "invalid_model", message: /repeats merge 3/ });
	const nameless = JSON.parse(source.replaceAll('"<bos>"', '"<begin>"')) as unknown;
	assert.throws(() => createTokenizer(nameless), { code: "invalid_model", message: /<bos>/ });
});

test("equivalent spellings are the same tokenizer: merge strings, an idle Metaspace, a template, added tokens outside vocab", () => {
	const text = "The weather in the harbour\n\n<b>isn't  calm</b>";
	const expected = createTokenizer(JSON.parse(source)).encode(text);
	const merges = (JSON.parse(source) as { model: { merges: [string, string][] } }).model.merges;
	const spellings = [
		changed(
			"/model/merges",
			merges.map((pair) => pair.join(" ")),
		),
		changed("/pre_tokenizer", { type: "Metaspace", replacement: "▁", prepend_scheme: "never", split: false }),
		changed("/post_processor", { type: "TemplateProcessing", single: [], pair: [], special_tokens: {} }),
		changed("/model/vocab/<b>", undefined),
	];
	for (const spelling of spellings) assert.deepEqual(createTokenizer(spelling).encode(text), expected);
});
