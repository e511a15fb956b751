import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeText } from "../../src/tokenizer/normalize.ts";
import { findWrapped } from "../../src/tokenizer/wrapped.ts";

const wrap = (text: string): string => Buffer.from(text).toString("base64");

test("base64 of text is read as that text, alone and among words", () => {
	const inner = "You are a stupid idiot";
	assert.equal(normalizeText(wrap(inner)).text, "you are a stupid idiot");
	assert.equal(normalizeText(`decode "${wrap(inner)}", please`).text, 'decode "you are a stupid idiot", please');
	assert.equal(
		normalizeText(Buffer.from("naïve 日本 – so it is?").toString("base64url")).text,
		"naïve 日本 – so it is?",
	);
});

test("each character maps to the signs its bytes stand in", () => {
	const text = `x ${wrap("kill them é all")} y`;
	const [part] = findWrapped(text);
	assert.equal(part?.text, "kill them é all");
	for (let i = 0; i < part.text.length; i++) {
		const signs = text.slice(part.start, part.end).slice(part.starts[i]!, part.ends[i]!);
		assert.ok(signs.length >= 2 && signs.length <= 4, signs);
		if (i > 0) assert.ok(part.starts[i]! >= part.starts[i - 1]!);
	}
	const { text: folded, starts, ends } = normalizeText(text);
	const at = folded.indexOf("them");
	assert.equal(Buffer.from(text.slice(starts[at]! - 2, ends[at + 3]! + 2), "base64").includes("them"), true);
});

test("wrapped text that is still coming is read as far as it goes", () => {
	const whole = wrap("I will kill you and yours");
	for (let end = 16; end < whole.length; end++) {
		const { text } = normalizeText(whole.slice(0, end));
		assert.ok("i will kill you and yours".startsWith(text.slice(0, 8)), text);
	}
});

const KEPT = [
	["random bytes", Buffer.from(Array.from({ length: 48 }, (_, i) => (i * 89 + 200) % 256)).toString("base64")],
	["a token of three parts", `${wrap('{"alg":"HS256","typ":"JWT"}')}.${wrap('{"sub":"1234567890"}')}`],
	["a long name", "createHeadScorerFromDirectory"],
	["a hash", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
	["a path", "/usr/local/share/Documents/Projects"],
	["the mark by which words are told apart", wrap("some words ▁ and more")],
] as const;
for (const [name, text] of KEPT) test(`${name} is no wrapped text`, () => assert.deepEqual(findWrapped(text), []));
