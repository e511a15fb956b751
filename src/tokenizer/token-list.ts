/** A growing list of tokens with their ranges, three arrays side by side. */

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
	toEncoding(): Encoding;
}

/** An empty list with room for the tokens of a text of about `textLength` UTF-16 units. */
export function createTokenList(textLength: number): TokenList {
	let capacity = (textLength >> 1) + 16;
	let size = 0;
	let ids = new Int32Array(capacity);
	let starts = new Int32Array(capacity);
	let ends = new Int32Array(capacity);
	const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
		const larger = new Int32Array(capacity);
		larger.set(array);
		return larger;
	};
	return {
		push(id, start, end) {
			if (size === capacity) {
				capacity *= 2;
				ids = grown(ids);
				starts = grown(starts);
				ends = grown(ends);
			}
			ids[size] = id;
			starts[size] = start;
			ends[size++] = end;
		},
		toEncoding: () => ({ ids: ids.slice(0, size), starts: starts.slice(0, size), ends: ends.slice(0, size) }),
	};
}
