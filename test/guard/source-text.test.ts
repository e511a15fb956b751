import assert from "node:assert/strict";
import { test } from "node:test";
import { createSourceText } from "../../src/guard/source-text.ts";

test("text is given in pieces up to any offset, each delta's wait told once all of it has left", () => {
	const waits: number[] = [];
	const text = createSourceText((ms) => waits.push(ms));
	text.push("one ", 0);
	text.push("two", 10);
	assert.equal(text.take(5, 20), "one t");
	assert.deepEqual(waits, [20]);
	assert.equal(text.peek(5, 7), "wo");
	assert.equal(text.take(7, 25), "wo");
	assert.deepEqual([waits, text.received, text.released], [[20, 15], 7, 7]);
});

test("a character whose second half has not come is not whole", () => {
	const text = createSourceText(() => {});
	text.push("a\ud83d", 0);
	assert.equal(text.whole, 1);
	text.push("\ude00", 0);
	assert.equal(text.whole, 3);
});
