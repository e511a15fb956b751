/**
 * Byte-pair encoding on integers: a word's characters become ids (bytes where the vocabulary lacks one), then adjacent
 * ids are merged, lowest rank first and leftmost at equal rank, until no merge applies. O(n log n) in the word's length.
 * Sennrich, Haddow, Birch 2016; same result as Hugging Face tokenizers' BPE with byte_fallback.
 */
import { SluiceError } from "../errors.ts";
import { createMergeQueue, type MergeQueue } from "./merge-queue.ts";
import type { Merges, TokenizerSpec } from "./tokenizer-file.ts";

/** Encodes one word to triples: id, start, end (UTF-16 units in the word, end exclusive). U+0020 reads as U+2581. */
export type WordEncoder = (word: string) => Int32Array;

const REPLACEMENT = 0xfffd;
const SPACE_MARK = 0x2581;
const NO_MERGE = -1;

/** Symbols of the word in work, linked left to right; `rank` is that of the merge with the right neighbour. */
interface Symbols {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	readonly previous: Int32Array;
	readonly next: Int32Array;
	readonly rank: Int32Array;
}

function createSymbols(capacity: number): Symbols {
	const array = (): Int32Array => new Int32Array(capacity);
	return { ids: array(), starts: array(), ends: array(), previous: array(), next: array(), rank: array() };
}

/** What merging needs: the rank of a pair of ids (NO_MERGE: none), the id a merge makes, the work list. */
interface MergeTables {
	readonly rankOf: (left: number, right: number) => number;
	readonly result: Int32Array;
	readonly queue: MergeQueue;
}

/** Builds the encoder's tables. Lone surrogates read as U+FFFD. Throws `invalid_model` where two merges join one pair. */
export function createWordEncoder({
	vocab,
	merges,
	bytes,
}: Pick<TokenizerSpec, "vocab" | "merges" | "bytes">): WordEncoder {
	const idOf = createCharacterTable(vocab);
	const tables = { rankOf: createRankTable(merges), result: merges.result, queue: createMergeQueue() };
	let symbols = createSymbols(256);
	return (word) => {
		if (word === "") return new Int32Array(0);
		// at most three bytes for one UTF-16 unit, four for two
		if (symbols.ids.length < word.length * 3) symbols = createSymbols(word.length * 3);
		const count = splitCharacters(word, symbols, { idOf, bytes });
		const out = new Int32Array(3 * mergeAll(symbols, count, tables));
		const { ids, starts, ends, next } = symbols;
		for (let at = 0, i = 0; at >= 0; at = next[at]!) {
			out[i++] = ids[at]!;
			out[i++] = starts[at]!;
			out[i++] = ends[at]!;
		}
		return out;
	};
}

/** Fills the symbols with one per character, or one per byte of a character without an id; returns their number. */
function splitCharacters(
	word: string,
	{ ids, starts, ends }: Symbols,
	{ idOf, bytes }: { idOf: (point: number) => number; bytes: Int32Array },
): number {
	let count = 0;
	for (let at = 0; at < word.length; ) {
		const point = readPoint(word, at);
		const end = at + (point > 0xffff ? 2 : 1);
		const id = idOf(point);
		const utf8 = id < 0 ? toUtf8(point) : undefined;
		for (let i = 0; i < (utf8?.length ?? 1); i++) {
			ids[count] = utf8 === undefined ? id : bytes[utf8[i]!]!;
			starts[count] = at;
			ends[count++] = end;
		}
		at = end;
	}
	return count;
}

/** Merges the first `count` symbols in place; returns how many are left, linked from 0 by `next`. */
function mergeAll(symbols: Symbols, count: number, { rankOf, result, queue }: MergeTables): number {
	const { ids, ends, previous, next, rank } = symbols;
	const rate = (at: number): void => {
		const right = next[at]!;
		const found = right < 0 ? NO_MERGE : rankOf(ids[at]!, ids[right]!);
		rank[at] = found;
		if (found !== NO_MERGE) queue.push(found, at);
	};
	for (let i = 0; i < count; i++) {
		previous[i] = i - 1;
		next[i] = i + 1 < count ? i + 1 : -1;
	}
	for (let i = 0; i < count; i++) rate(i);
	let left = count;
	while (queue.pop()) {
		const at = queue.position;
		// stale: one of the two sides has changed since
		if (rank[at] !== queue.rank) continue;
		const gone = next[at]!;
		const after = next[gone]!;
		ids[at] = result[queue.rank]!;
		ends[at] = ends[gone]!;
		next[at] = after;
		if (after >= 0) previous[after] = at;
		rank[gone] = NO_MERGE;
		left--;
		if (previous[at]! >= 0) rate(previous[at]!);
		rate(at);
	}
	return left;
}

function readPoint(word: string, at: number): number {
	const unit = word.charCodeAt(at);
	if (unit === 0x20) return SPACE_MARK;
	if (unit < 0xd800 || unit > 0xdfff) return unit;
	const point = word.codePointAt(at)!;
	return point > 0xffff ? point : REPLACEMENT;
}

function toUtf8(point: number): number[] {
	const tail = (shift: number): number => 0x80 | ((point >> shift) & 63);
	if (point < 0x80) return [point];
	if (point < 0x800) return [0xc0 | (point >> 6), tail(0)];
	if (point < 0x10000) return [0xe0 | (point >> 12), tail(6), tail(0)];
	return [0xf0 | (point >> 18), tail(12), tail(6), tail(0)];
}

/** Code point to id, -1 where the vocabulary has no such single character. */
function createCharacterTable(vocab: ReadonlyMap<string, number>): (point: number) => number {
	const basic = new Int32Array(65536).fill(-1);
	const others = new Map<number, number>();
	for (const [token, id] of vocab) {
		if (token.length > 2) continue;
		const point = token.codePointAt(0);
		if (point === undefined || String.fromCodePoint(point) !== token) continue;
		if (point < 65536) basic[point] = id;
		else others.set(point, id);
	}
	return (point) => (point < 65536 ? basic[point]! : (others.get(point) ?? -1));
}

/** Pair of ids to merge rank, in an open-addressing table that holds only ranks; the pairs are read from `merges`. */
function createRankTable({ left, right }: Merges): (a: number, b: number) => number {
	const mask = 2 ** Math.ceil(Math.log2(left.length * 2 + 2)) - 1;
	const slots = new Int32Array(mask + 1).fill(NO_MERGE);
	const find = (a: number, b: number): number => {
		let slot = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
		slot = (slot ^ (slot >>> 15)) & mask;
		for (let rank = slots[slot]!; rank !== NO_MERGE; rank = slots[slot]!) {
			if (left[rank] === a && right[rank] === b) break;
			slot = (slot + 1) & mask;
		}
		return slot;
	};
	for (let rank = 0; rank < left.length; rank++) {
		const slot = find(left[rank]!, right[rank]!);
		if (slots[slot] !== NO_MERGE) {
			throw new SluiceError("invalid_model", { detail: `tokenizer.json: merge ${rank} repeats merge ${slots[slot]}` });
		}
		slots[slot] = rank;
	}
	return (a, b) => slots[find(a, b)]!;
}
