import assert from "node:assert/strict";
import { test } from "node:test";
import { findWords, riskiestSpans } from "../../src/scorers/evidence.ts";
import { normalizeText } from "../../src/tokenizer/normalize.ts";

const TEXT = "You  st\u200bup1d fool";
const folded = normalizeText(TEXT); // you stupid fool
/** Pieces: you | _stu | pid | _ | fool */
const encoding = {
	ids: Int32Array.of(1, 2, 3, 4, 5),
	starts: Int32Array.of(0, 3, 7, 10, 11),
	ends: Int32Array.of(3, 7, 10, 11, 15),
};

test("words are whole, in the original text's offsets, whatever pieces they are made of", () => {
	assert.equal(folded.text, "you stupid fool");
	const words = findWords(folded, encoding);
	assert.deepEqual(
		words.map(({ start, end }) => TEXT.slice(start, end)),
		["You", "st\u200bup1d", "fool"],
	);
	assert.deepEqual(
		words.map(({ firstToken, endToken }) => [firstToken, endToken]),
		[
			[0, 1],
			[1, 3],
			[4, 5],
		],
	);
});

test("shares sum the positive values of a word's tokens, and words that lower the risk are no evidence", () => {
	const values = [9, -1, 1, 2, 0, 1]; // <bos> first
	const rows = Float32Array.from(values.flatMap((value) => [0, value, 0]));
	const spans = riskiestSpans(findWords(folded, encoding), rows, { label: 0, labels: 1, clip: 8 });
	assert.deepEqual(
		spans.map(({ start, end, weight }) => [TEXT.slice(start, end), weight]),
		[
			["st\u200bup1d", 0.75],
			["fool", 0.25],
		],
	);
});

test("the three heaviest words are reported, the earlier one first where two are equal", () => {
	const words = Array.from({ length: 6 }, (_, i) => ({ start: i, end: i + 1, firstToken: i, endToken: i + 1 }));
	const told = (...values: number[]): unknown[] => {
		const rows = Float32Array.from([9, ...values].flatMap((value) => [0, value, 0]));
		return riskiestSpans(words, rows, { label: 0, labels: 1, clip: 8 }).map(({ start, weight }) => [start, weight]);
	};
	assert.deepEqual(told(1, 2, 1, 2, 1, 1), [
		[1, 0.25],
		[3, 0.25],
		[0, 0.125],
	]);
	assert.deepEqual(told(0, 0, -1, 0, 4, 0), [[4, 1]]);
	assert.deepEqual(told(0, 0, 0, 0, 0, 0), []);
	assert.deepEqual(
		told(1, 2, 3, 4, 0, 0).map((of) => (of as number[])[0]),
		[3, 2, 1],
	);
});
