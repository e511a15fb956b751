/** A cache of encoded words of fixed size, without strings: two places for each hash, the one used last stays. */
import type { WordEncoder, WordTokens } from "./bpe.ts";

/** At most `words` words (a power of two) are kept, none of more than `units` UTF-16 units or `tokens` tokens. */
export interface WordCacheOptions {
	readonly words: number;
	readonly units: number;
	readonly tokens: number;
}

/** Wraps a word encoder so that repeated words cost one look-up. */
export function cacheWords(encode: WordEncoder, { words, units, tokens }: WordCacheOptions): WordEncoder {
	const spellings = new Uint16Array(words * units);
	/** 0 where nothing is kept. */
	const lengths = new Uint16Array(words);
	const counts = new Uint16Array(words);
	const ids = new Int32Array(words * tokens);
	const starts = new Int32Array(words * tokens);
	const ends = new Int32Array(words * tokens);
	/** Which of two places was used last. */
	const last = new Uint8Array(words / 2);
	const found: WordTokens = { ids, starts, ends, at: 0, count: 0 };

	function isKept(place: number, text: string, { from, length }: Range): boolean {
		if (lengths[place] !== length) return false;
		const base = place * units;
		for (let i = 0; i < length; i++) if (spellings[base + i] !== text.charCodeAt(from + i)) return false;
		return true;
	}

	function keep(place: number, word: WordTokens, text: string, { from, length }: Range): void {
		const base = place * units;
		for (let i = 0; i < length; i++) spellings[base + i] = text.charCodeAt(from + i);
		lengths[place] = length;
		counts[place] = word.count;
		const to = place * tokens;
		for (let i = 0; i < word.count; i++) {
			ids[to + i] = word.ids[word.at + i]!;
			starts[to + i] = word.starts[word.at + i]!;
			ends[to + i] = word.ends[word.at + i]!;
		}
	}

	return (text, from, to) => {
		const length = to - from;
		if (length > units || length === 0) return encode(text, from, to);
		const pair = hashRange(text, from, to) & (words / 2 - 1);
		for (let way = 0; way < 2; way++) {
			const place = 2 * pair + way;
			if (!isKept(place, text, { from, length })) continue;
			last[pair] = way;
			found.at = place * tokens;
			found.count = counts[place]!;
			return found;
		}
		const word = encode(text, from, to);
		if (word.count <= tokens) {
			last[pair] = 1 - last[pair]!;
			keep(2 * pair + last[pair]!, word, text, { from, length });
		}
		return word;
	};
}

interface Range {
	readonly from: number;
	readonly length: number;
}

function hashRange(text: string, from: number, to: number): number {
	let hash = 0x811c9dc5 | 0;
	for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	return hash ^ (hash >>> 15);
}
