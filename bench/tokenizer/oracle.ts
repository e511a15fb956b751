/** @huggingface/tokenizers over the same tokenizer.json, and how the two are made to mean the same. */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { createTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";

/** A parsed tokenizer.json, as far as it matters here. */
export interface TokenizerJson {
	readonly added_tokens: readonly { readonly content: string; readonly special: boolean }[];
	readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

/** The same vocabulary in both. */
export interface Pair {
	readonly ours: Tokenizer;
	readonly oracle: (text: string) => number[];
	/** Empties the library's cache of what it has encoded and fills ours with words of no text. */
	forget(): void;
}

/** The library has no mode that leaves control tokens in text alone, so neither side is told of them. */
export function createPair(json: TokenizerJson): Pair {
	const plain = { ...json, added_tokens: json.added_tokens.filter(({ special }) => !special) };
	const library = new Library(plain, {});
	const ours = createTokenizer(plain);
	let forgotten = 0;
	return {
		ours,
		forget() {
			(library.model as unknown as { clear_cache(): void }).clear_cache();
			ours.encode(Array.from({ length: 200_000 }, (_, i) => `${forgotten}x${i}`).join(" "));
			forgotten++;
		},
		oracle: (text) => library.encode(text, { add_special_tokens: false }).ids,
	};
}

/** Whether both give the same ids for a text. */
export function isSame({ ours, oracle }: Pair, text: string): boolean {
	const { ids } = ours.encode(text);
	const expected = oracle(text);
	return ids.length === expected.length && ids.every((id, i) => id === expected[i]);
}
