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
