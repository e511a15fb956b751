import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeText } from "../../src/tokenizer/normalize.ts";

const FOLDS: [name: string, text: string, folded: string][] = [
	["case and runs of spaces", "  Hello \n\t World ", "hello world"],
	["compatibility letters (NFKC)", "𝐡𝐚𝐭𝐞 ⓗⓐⓣⓔ ｈａｔｅ", "hate hate hate"],
	["Cyrillic look-alikes inside a Latin word", "h\u0430t\u0435", "hate"],
	["zero-width and other invisible characters", "k\u200bi\u2060l\u00ad\ufeffl", "kill"],
	["stacked marks", "z\u0337\u0322a\u0335l\u0336g\u0337o\u0338", "zalgo"],
	["enclosed capitals and small capitals", "🅰🅱 ᴋɪʟʟ", "ab kill"],
	["leet digits inside a word", "I h4t3 y0u $hit f00l", "i hate you shit fool"],
	["letters spaced out by one sign", "h a t e  y-o-u k.i.l.l", "hate you kill"],
	["stretched letters and signs", "stoooop!!!!!!", "stoop!!"],
];
for (const [name, text, folded] of FOLDS)
	test(`folding undoes ${name}`, () => assert.equal(normalizeText(text).text, folded));

const KEPT = [
	"4th of july at 5pm",
	"b2b @sam",
	"1000000",
	"привет мир",
	"日本語 テキスト",
	"हिन्दी में",
	"a, b - c",
	"naïve façade",
];
for (const text of KEPT) test(`folding leaves "${text}" as it is`, () => assert.equal(normalizeText(text).text, text));

test("every folded unit maps back to the original range it came from", () => {
	const text = "  Ｈ\u200bi   W\u0301o r l d! 🅰ﬁ end";
	const { text: folded, starts, ends } = normalizeText(text);
	assert.equal(starts.length, folded.length);
	assert.equal(ends.length, folded.length);
	for (let i = 0; i < folded.length; i++) {
		assert.ok(starts[i]! < ends[i]! && ends[i]! <= text.length);
		if (i > 0) assert.ok(starts[i]! >= starts[i - 1]!);
	}
	const at = folded.indexOf("end");
	assert.equal(text.slice(starts[at]!, ends[at + 2]!), "end");
});

test("folding of any mixture is well-formed text with one range per unit", () => {
	let seed = 7;
	const next = (n: number): number => {
		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		return seed % n;
	};
	const alphabet = [..."abcXYZ019@$!. -_\n\u200b\u0301аеο日ß🙂🅰ﬁ"];
	for (let round = 0; round < 300; round++) {
		const text = Array.from({ length: next(40) }, () => alphabet[next(alphabet.length)]).join("");
		const once = normalizeText(text);
		assert.ok(once.text.isWellFormed());
		assert.equal(once.starts.length, once.text.length);
	}
});

test("a lone surrogate becomes the replacement character and the empty text stays empty", () => {
	assert.equal(normalizeText("\ud800x").text, "\ufffdx");
	assert.equal(normalizeText("").text, "");
	assert.equal(normalizeText("\u200b \n").text, "");
});

test("100,000 characters fold in linear time", () => {
	const text = "a b c d e f g h ".repeat(6250);
	const began = performance.now();
	normalizeText(text);
	normalizeText("é".repeat(100_000));
	assert.ok(performance.now() - began < 3000);
});
