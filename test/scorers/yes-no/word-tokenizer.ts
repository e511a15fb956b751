/**
 * A tokenizer for models with 512 tokens: words with the space before them, single characters otherwise, by hash. Its turn
 * tokens and <bos> stand where Gemma's do, Yes and No where the fixture's are.
 */
import type { Encoding } from "../../../src/tokenizer/index.ts";

/** Ids that stand for something. */
export const TOKENS: Readonly<Record<string, number>> = {
	"<bos>": 2,
	"<start_of_turn>": 106,
	"<end_of_turn>": 107,
	Yes: 289,
	No: 375,
};

/** The tokenizer; `spells` lists control tokens that it wrongly finds in text. */
export function createWordTokenizer(spells: readonly string[] = []): {
	readonly bosId: number;
	encode(text: string): Encoding;
	idOf(token: string): number | undefined;
} {
	const alternatives = [...spells, " ?[\\p{L}\\p{N}]+", "[\\s\\S]"];
	return {
		bosId: 2,
		idOf: (token) => TOKENS[token],
		encode(text) {
			const words = [...text.matchAll(new RegExp(alternatives.join("|"), "gu"))];
			return {
				ids: Int32Array.from(words, ([word]) => (spells.includes(word) ? TOKENS[word]! : idOfWord(word))),
				starts: Int32Array.from(words, ({ index }) => index),
				ends: Int32Array.from(words, ({ index, 0: word }) => index + word.length),
			};
		},
	};
}

const RESERVED = new Set(Object.values(TOKENS));

function idOfWord(word: string): number {
	let hash = 7;
	for (const character of word) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
	const id = 110 + (hash % 400);
	return RESERVED.has(id) ? id + 1 : id;
}
