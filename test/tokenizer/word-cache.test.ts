import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheWords } from "../../src/tokenizer/word-cache.ts";

test("repeated words are encoded once, long words are never kept", () => {
	const calls: string[] = [];
	const encode = cacheWords((word) => calls.push(word), { limit: 4, maxLength: 20 });
	for (const word of ["a", "b", "a", "a fairly long word", "a fairly long word", "b"]) encode(word);
	assert.deepEqual(calls, ["a", "b", "a fairly long word"]);
	encode("x".repeat(21));
	encode("x".repeat(21));
	assert.equal(calls.length, 5);
});

test("at most two generations are kept, and a word in use survives", () => {
	let calls = 0;
	const encode = cacheWords((word) => `${word}${calls++}`, { limit: 10, maxLength: 20 });
	const first = encode("kept");
	for (let i = 0; i < 1000; i++) {
		encode(`w${i}`);
		assert.equal(encode("kept"), first);
	}
	assert.equal(calls, 1001);
	encode("w0");
	assert.equal(calls, 1002);
});
