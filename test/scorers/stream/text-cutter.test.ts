import assert from "node:assert/strict";
import { test } from "node:test";
import { type CutPoint, createTextCutter, findClauseEnds } from "../../../src/scorers/stream/index.ts";
import { createRandom, toDeltas } from "../../guard/streams.ts";

const CLAUSE_ENDS = findClauseEnds([]);

function cutAll(deltas: Iterable<string>): CutPoint[] {
	const cutter = createTextCutter(CLAUSE_ENDS);
	const points: CutPoint[] = [];
	const drain = (): void => {
		for (let point = cutter.next(); point !== undefined; point = cutter.next()) points.push(point);
	};
	for (const delta of deltas) {
		cutter.push(delta);
		drain();
	}
	cutter.end();
	drain();
	return points;
}

const ends = (text: string): number[] => cutAll([text]).map(({ end }) => end);

test("every word end is judged, and the whole text", () => {
	assert.deepEqual(ends("one two\n three "), [3, 7, 14, 15]);
	assert.deepEqual(ends(""), [0]);
	assert.deepEqual(ends("  "), [2]);
});

test("a word that ends in a letter on its own waits for the next one", () => {
	const points = cutAll(["I am h a t e"]);
	assert.deepEqual(
		points.map(({ text, settles }) => [text, settles]),
		[
			["I", false],
			["I am", true],
			[" h", false],
			[" h a", false],
			[" h a t", false],
			[" h a t e", true],
		],
	);
});

test("texts without spaces are cut after clauses and judged within long words", () => {
	const [first, second] = cutAll(["你好世界。再见，朋友"]);
	assert.deepEqual([first?.text, first?.settles], ["你好世界。", true]);
	assert.deepEqual([second?.text, second?.context, second?.settles], ["。再见，", 1, true]);
	assert.deepEqual(ends("x".repeat(100)), [32, 64, 96, 100]);
});

test("a sign that the vocabulary joins to ideographs is no place to cut", () => {
	const cutter = createTextCutter(findClauseEnds(["。再"]));
	cutter.push("你好。再见");
	assert.equal(cutter.next(), undefined);
});

test("a judged prefix never ends within a character", () => {
	for (const { text } of cutAll(["😀".repeat(70)])) assert.ok(text.isWellFormed());
});

test("how a text is cut into deltas changes nothing", () => {
	const random = createRandom(1);
	const parts = [
		"a",
		"I",
		"word ",
		" ",
		"  ",
		"\n",
		"h.",
		"é",
		"e\u0301",
		"\u200b",
		"好",
		"。",
		"，",
		"😀",
		"x".repeat(40),
		"▁",
	];
	for (let round = 0; round < 300; round++) {
		const text = Array.from({ length: 30 }, () => parts[Math.floor(random() * parts.length)]).join("");
		const whole = cutAll([text]);
		assert.deepEqual(cutAll(toDeltas(text, random, 1)), whole);
		assert.deepEqual(cutAll(toDeltas(text, random, 9)), whole);
		assert.equal(whole.at(-1)?.end, text.length);
	}
});

test("a passage that never settles is refused, after its prefixes were judged", () => {
	const cutter = createTextCutter(CLAUSE_ENDS, 100);
	cutter.push("ab".repeat(80));
	assert.equal(cutter.next()?.end, 32);
	assert.equal(cutter.next()?.end, 64);
	assert.equal(cutter.next()?.end, 96);
	assert.throws(() => cutter.next(), { code: "text_too_long" });
});

test("an unsettled passage is read a bounded number of times", () => {
	const read = cutAll(["a ".repeat(1000)]).reduce((sum, { text }) => sum + text.length, 0);
	assert.ok(read < 12 * 2000, `${read} characters for 2000`);
});
