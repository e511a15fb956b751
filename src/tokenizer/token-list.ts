/** A growing list of tokens with their ranges, three arrays side by side. */
import type { WordTokens } from "./bpe.ts";

/**
 * Token ids and, for each, its range in the input in UTF-16 code units (end exclusive). The byte pieces of one
 * character share its range; a space mark that the tokenizer puts in front has an empty range.
 */
export interface Encoding {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** Collects tokens; `toEncoding` returns exact-size copies. */
export interface TokenList {
	push(id: number, start: number, end: number): void;
	/** Adds a word's tokens; `origin` is where the word begins, and ranges are cut to begin at `least`. */
	append(word: WordTokens, origin: number, least: number): void;
	toEncoding(): Encoding;
}

/** An empty list with room for the tokens of a text of about `textLength` UTF-16 units. */
export function createTokenList(textLength: number): TokenList {
	let capacity = (textLength >> 1) + 16;
	let size = 0;
	let ids = new Int32Array(capacity);
	let starts = new Int32Array(capacity);
	let ends = new Int32Array(capacity);
	const reserve = (count: number): void => {
		if (size + count <= capacity) return;
		capacity = Math.max(capacity * 2, size + count);
		ids = grown(ids);
		starts = grown(starts);
		ends = grown(ends);
	};
	const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
		const larger = new Int32Array(capacity);
		larger.set(array);
		return larger;
	};
	return {
		push(id, start, end) {
			reserve(1);
			ids[size] = id;
			starts[size] = start;
			ends[size++] = end;
		},
		append(word, origin, least) {
			reserve(word.count);
			for (let i = word.at; i < word.at + word.count; i++) {
				ids[size] = word.ids[i]!;
				starts[size] = Math.max(least, origin + word.starts[i]!);
				ends[size++] = Math.max(least, origin + word.ends[i]!);
			}
		},
		toEncoding: () => ({ ids: ids.slice(0, size), starts: starts.slice(0, size), ends: ends.slice(0, size) }),
	};
}
