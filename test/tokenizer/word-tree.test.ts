import assert from "node:assert/strict";
import { test } from "node:test";
import { WORD_LIST } from "../../src/tokenizer/word-list.ts";
import { buildTree, FOREIGN, knownWords, toCodePoint, toLetter, type WordTree } from "../../src/tokenizer/word-tree.ts";

const weigh = (tree: WordTree, word: string): number => {
	let node = 0;
	for (const ch of word) {
		node = tree.step(node, toLetter(ch.charCodeAt(0)));
		if (node === 0) return 0;
	}
	return tree.weight(node);
};

test("a front-coded list holds its words with their weights and nothing else", () => {
	const tree = buildTree("0killK4edE4sD2t'sA1nowM");
	assert.deepEqual(
		["kill", "killed", "kills", "know", "kit's", "kil", "knows", "x"].map((word) => weigh(tree, word)),
		[11, 5, 4, 13, FOREIGN, 0, 0, 0],
	);
});

test("the words that ship are many, plain and weighed by how common they are", () => {
	const entries = [...WORD_LIST.matchAll(/([0-9a-z])([a-z']*)([A-Z])/g)];
	assert.equal(entries.map(([entry]) => entry).join(""), WORD_LIST.replaceAll("\n", ""));
	assert.ok(entries.length > 30_000 && WORD_LIST.length < 200_000);
	const tree = knownWords();
	assert.ok(weigh(tree, "the") > weigh(tree, "people"));
	assert.ok(weigh(tree, "people") > weigh(tree, "archbishop"));
	assert.ok(weigh(tree, "archbishop") > 0);
	for (const word of ["bich", "stuupid", "becuase"]) assert.equal(weigh(tree, word), 0, word);
});

test("letters and code points answer each other", () => {
	for (let letter = 0; letter < 27; letter++) assert.equal(toLetter(toCodePoint(letter)), letter);
	assert.equal(toLetter("’".charCodeAt(0)), toLetter("'".charCodeAt(0)));
	for (const ch of "A1-é ") assert.equal(toLetter(ch.charCodeAt(0)), -1);
});
