import assert from "node:assert/strict";
import { test } from "node:test";
import type { WordEncoder, WordTokens } from "../../src/tokenizer/bpe.ts";
import { cacheWords } from "../../src/tokenizer/word-cache.ts";

/** One token per UTF-16 unit, in arrays that each call writes anew; `calls` are the words. */
function createUnitEncoder(): { encode: WordEncoder; calls: string[] } {
	const calls: string[] = [];
	const array = (): Int32Array => new Int32Array(100);
	const tokens: WordTokens = { ids: array(), starts: array(), ends: array(), at: 0, count: 0 };
	const encode: WordEncoder = (text, from, to) => {
		calls.push(text.slice(from, to));
		tokens.count = to - from;
		for (let i = 0; i < tokens.count; i++) {
			tokens.ids[i] = text.charCodeAt(from + i);
			tokens.starts[i] = i;
			tokens.ends[i] = i + 1;
		}
		return tokens;
	};
	return { encode, calls };
}

function read({ ids, starts, ends, at, count }: WordTokens): [string, number[], number[]] {
	const part = (array: Int32Array): number[] => [...array.subarray(at, at + count)];
	return [String.fromCharCode(...part(ids)), part(starts), part(ends)];
}

test("repeated words are encoded once wherever they stand, longer ones and those of more tokens never kept", () => {
	const { encode, calls } = createUnitEncoder();
	const cached = cacheWords(encode, { words: 64, units: 8, tokens: 6 });
	for (const [text, from, to] of [
		["word", 0, 4],
		["a word more", 2, 6],
		["more", 0, 4],
		["word", 0, 4],
	] as const) {
		assert.deepEqual(read(cached(text, from, to))[0], text.slice(from, to));
	}
	assert.deepEqual(calls, ["word", "more"]);
	for (const word of ["7 units", "9 units..", "7 units", "9 units.."]) cached(word, 0, word.length);
	assert.equal(calls.length, 6);
});

test("any sequence of words gives what the encoder gives, however small the cache", () => {
	const { encode } = createUnitEncoder();
	const cached = cacheWords(encode, { words: 4, units: 4, tokens: 3 });
	let seed = 5;
	for (let i = 0; i < 5000; i++) {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		const word = (seed >>> 12).toString(3).slice(-1 - (seed >>> 30) - ((seed >>> 28) & 3));
		const expected = read(createUnitEncoder().encode(word, 0, word.length));
		assert.deepEqual(read(cached(word, 0, word.length)), expected);
	}
});

test("a word in use survives any number of others", () => {
	const { encode, calls } = createUnitEncoder();
	const cached = cacheWords(encode, { words: 8, units: 8, tokens: 8 });
	for (let i = 0; i < 1000; i++) {
		const other = `w${i}`;
		cached(other, 0, other.length);
		assert.equal(read(cached("kept", 0, 4))[0], "kept");
	}
	assert.equal(calls.filter((word) => word === "kept").length, 1);
});
