/** A bounded cache of encoded words: two generations, the older dropped whole when the younger is full. */

/** At most 2 x `limit` entries; words longer than `maxLength` UTF-16 units are not kept. */
export interface WordCacheOptions {
	readonly limit: number;
	readonly maxLength: number;
}

/** Wraps a function of a word so that repeated words cost one look-up. */
export function cacheWords<T>(
	encode: (word: string) => T,
	{ limit, maxLength }: WordCacheOptions,
): (word: string) => T {
	let young = new Map<string, T>();
	let old = new Map<string, T>();
	return (word) => {
		if (word.length > maxLength) return encode(word);
		let value = young.get(word);
		if (value !== undefined) return value;
		value = old.get(word) ?? encode(word);
		if (young.size >= limit) {
			old = young;
			young = new Map();
		}
		young.set(detach(word), value);
		return value;
	};
}

/** A copy that does not keep the whole text alive, as V8's slices of 13 units and more do. */
function detach(word: string): string {
	if (word.length < 13) return word;
	return String.fromCharCode(...Array.from({ length: word.length }, (_, i) => word.charCodeAt(i)));
}
