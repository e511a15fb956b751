import assert from "node:assert/strict";
import { test } from "node:test";
import { createDetokenizer } from "../../src/tokenizer/detokenize.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";

const tokenizer = await loadTokenizer(new URL("../../models/sluice-guard/tokenizer.json", import.meta.url).pathname);
const byte = (value: number): number =>
	tokenizer.idOf(`<0x${value.toString(16).toUpperCase().padStart(2, "0")}>`) ??
	tokenizer.idOf(String.fromCharCode(value))!;

/** Numbers in [0, below) from a seed. */
function createRandom(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

function stream(ids: readonly number[]): string[] {
	const detokenizer = createDetokenizer(tokenizer);
	return [...ids.map((id) => detokenizer.push(id)), detokenizer.end()];
}

test("the pieces are together what decode gives, whatever the ids, broken UTF-8 included", () => {
	const random = createRandom(7);
	for (let round = 0; round < 2000; round++) {
		const ids = Array.from({ length: 1 + random(30) }, () => {
			const kind = random(4);
			if (kind === 0) return random(tokenizer.vocabSize);
			if (kind === 1) return byte(0x80 + random(0x80));
			const utf8 = Buffer.from(["é", "漢", "😀", "a"][random(4)]!);
			return byte(utf8[random(utf8.length)]!);
		});
		assert.equal(stream(ids).join(""), tokenizer.decode(ids), `ids ${ids}`);
	}
});

test("no piece ends inside a character, and a character comes with its last byte", () => {
	const ids = [...Buffer.from("é😀漢")].map(byte);
	assert.deepEqual(stream(ids), ["", "é", "", "", "", "😀", "", "", "漢", ""]);
	for (const piece of stream(ids)) assert.ok(piece.isWellFormed());
});

test("bytes that cannot become a character are U+FFFD each, as soon as that is certain", () => {
	assert.deepEqual(stream([byte(0xff)]), ["\ufffd", ""]);
	assert.deepEqual(stream([byte(0xe2), byte(0x82)]), ["", "", "\ufffd\ufffd"]);
	assert.deepEqual(stream([byte(0xed), byte(0xa0), byte(0x80)]), ["", "\ufffd\ufffd", "\ufffd", ""]);
});

test("a continuation keeps its leading space, a text of its own is decoded like any other", () => {
	const id = tokenizer.idOf("▁the")!;
	assert.equal(createDetokenizer(tokenizer, { continues: true }).push(id), " the");
	assert.equal(createDetokenizer(tokenizer).push(id), tokenizer.decode([id]));
});
