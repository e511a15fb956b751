import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toSentences } from "../../../src/http/protocols/sentences.ts";

const cut = (text: string, most = 64): string[] =>
	toSentences(text, most).map(({ begin, end }) => text.slice(begin, end));

describe("toSentences", () => {
	it("gives the spans of Perspective's own example", () => {
		const text = "What kind of idiot name is foo? Sorry, I like your name.";
		assert.deepEqual(toSentences(text, 64), [
			{ begin: 0, end: 31 },
			{ begin: 32, end: 56 },
		]);
	});
	it("leaves out white space, and gives nothing for white space alone", () => {
		assert.deepEqual(cut(" \n One.\t\n\nTwo  "), ["One.", "Two"]);
		assert.deepEqual(cut(" \n\t\u00a0"), []);
		assert.deepEqual(cut(""), []);
	});
	it("never cuts a surrogate pair, a joined emoji or a combining character", () => {
		const text = "\u{1f600}\u{1f600}! Cafe\u0301s. \u{1f468}\u200d\u{1f469}\u200d\u{1f467}? e\u0301";
		assert.deepEqual(cut(text), [
			"\u{1f600}\u{1f600}!",
			"Cafe\u0301s.",
			"\u{1f468}\u200d\u{1f469}\u200d\u{1f467}?",
			"e\u0301",
		]);
	});
	it("joins neighbours evenly where there are too many, losing nothing", () => {
		const text = Array.from({ length: 10 }, (_, i) => `This is ${i}.`).join(" ");
		for (const most of [1, 2, 3, 4, 7, 10, 11]) {
			const parts = cut(text, most);
			assert.ok(parts.length <= most && parts.length >= 1, `${most}`);
			assert.equal(parts.join(" "), text);
		}
	});
	it("is quick on a long text without an end, and on one of ends alone", () => {
		const began = performance.now();
		assert.equal(cut("x".repeat(200_000)).length, 1);
		assert.equal(cut("a. ".repeat(66_666)).length <= 64, true);
		assert.ok(performance.now() - began < 3000);
	});
});
