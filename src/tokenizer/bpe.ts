/**
 * Byte-pair encoding on integers: a word's characters become ids (bytes where the vocabulary lacks one), then adjacent
 * ids are merged, lowest rank first and leftmost at equal rank, until no merge applies. O(n log n) in the word's length.
 * Sennrich, Haddow, Birch 2016; same result as Hugging Face tokenizers' BPE with byte_fallback.
 */
import { createMergeQueue, type MergeQueue } from "./merge-queue.ts";
import { createMergeTable, NO_MERGE, type RankOf } from "./merge-table.ts";
import type { TokenizerTables } from "./tables.ts";
import { HOLE, type Vocabulary } from "./vocabulary.ts";

/**
 * Tokens `at` to `at + count` (exclusive) of the arrays are a word's; `starts` and `ends` are UTF-16 units from the word's
 * begin, end exclusive. Good until the encoder's next call.
 */
export interface WordTokens {
	readonly ids: Int32Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	at: number;
	count: number;
}

/** Encodes the word text[from .. to]. U+0020 reads as U+2581. */
export type WordEncoder = (text: string, from: number, to: number) => WordTokens;

const REPLACEMENT = 0xfffd;
const SPACE_MARK = 0x2581;
/** Words of up to so many symbols merge faster without a queue. */
const SHORT = 24;

/** Symbols of the word in work, linked left to right; `rank` is that of the merge with the right neighbour. */
interface Symbols extends WordTokens {
	readonly previous: Int32Array;
	readonly next: Int32Array;
	readonly rank: Int32Array;
}

function createSymbols(capacity: number): Symbols {
	const array = (): Int32Array => new Int32Array(capacity);
	const links = { previous: array(), next: array(), rank: array() };
	return { ids: array(), starts: array(), ends: array(), at: 0, count: 0, ...links };
}

/** What merging needs: the rank of a pair of ids, the id a merge makes, the work list. */
interface MergeTables {
	readonly rankOf: RankOf;
	readonly result: Int32Array;
	readonly queue: MergeQueue;
}

/** Builds the encoder's tables. Lone surrogates read as U+FFFD. Throws `invalid_model` where two merges join one pair. */
export function createWordEncoder(
	vocabulary: Vocabulary,
	{ merges, bytes }: Pick<TokenizerTables, "merges" | "bytes">,
): WordEncoder {
	const idOf = createCharacterTable(vocabulary);
	const tables = { rankOf: createMergeTable(merges), result: merges.result, queue: createMergeQueue() };
	let symbols = createSymbols(256);
	return (text, from, to) => {
		// at most three bytes for one UTF-16 unit, four for two
		if (symbols.ids.length < (to - from) * 3) symbols = createSymbols((to - from) * 3);
		const count = splitCharacters({ text, from, to }, symbols, { idOf, bytes });
		symbols.count = count > SHORT ? mergeAll(symbols, count, tables) : mergeShort(symbols, count, tables);
		return symbols;
	};
}

/** Fills the symbols with one per character, or one per byte of a character without an id; returns their number. */
function splitCharacters(
	{ text, from, to }: { text: string; from: number; to: number },
	{ ids, starts, ends }: Symbols,
	{ idOf, bytes }: { idOf: (point: number) => number; bytes: Int32Array },
): number {
	let count = 0;
	for (let at = from; at < to; ) {
		const point = readPoint(text, at, to);
		const end = at + (point > 0xffff ? 2 : 1);
		const id = idOf(point);
		const utf8 = id < 0 ? toUtf8(point) : undefined;
		for (let i = 0; i < (utf8?.length ?? 1); i++) {
			ids[count] = utf8 === undefined ? id : bytes[utf8[i]!]!;
			starts[count] = at - from;
			ends[count++] = end - from;
		}
		at = end;
	}
	return count;
}

/** The same as {@link mergeAll} by looking at every rank before each merge. */
function mergeShort(symbols: Symbols, count: number, { rankOf, result }: MergeTables): number {
	const { ids, starts, ends, rank } = symbols;
	let last = count - 1;
	for (let i = 0; i < last; i++) rank[i] = rankOf(ids[i]!, ids[i + 1]!);
	for (;;) {
		let lowest = NO_MERGE;
		let at = 0;
		for (let i = 0; i < last; i++) {
			if (rank[i]! >= lowest) continue;
			lowest = rank[i]!;
			at = i;
		}
		if (lowest === NO_MERGE) break;
		ids[at] = result[lowest]!;
		ends[at] = ends[at + 1]!;
		last--;
		for (let i = at + 1; i <= last; i++) {
			ids[i] = ids[i + 1]!;
			starts[i] = starts[i + 1]!;
			ends[i] = ends[i + 1]!;
			rank[i] = rank[i + 1]!;
		}
		if (at > 0) rank[at - 1] = rankOf(ids[at - 1]!, ids[at]!);
		if (at < last) rank[at] = rankOf(ids[at]!, ids[at + 1]!);
	}
	return last + 1;
}

/** Merges the first `count` symbols in place and closes the gaps; returns how many are left. */
function mergeAll(symbols: Symbols, count: number, { rankOf, result, queue }: MergeTables): number {
	const { ids, starts, ends, previous, next, rank } = symbols;
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
		if (previous[at]! >= 0) rate(previous[at]!);
		rate(at);
	}
	let left = 0;
	for (let at = 0; at >= 0; at = next[at]!) {
		ids[left] = ids[at]!;
		starts[left] = starts[at]!;
		ends[left++] = ends[at]!;
	}
	return left;
}

function readPoint(text: string, at: number, to: number): number {
	const unit = text.charCodeAt(at);
	if (unit === 0x20) return SPACE_MARK;
	if (unit < 0xd800 || unit > 0xdfff) return unit;
	const point = at + 1 < to ? text.codePointAt(at)! : unit;
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
function createCharacterTable({ size, kindOf, lengthOf, tokenOf }: Vocabulary): (point: number) => number {
	const basic = new Int32Array(65536).fill(-1);
	const others = new Map<number, number>();
	for (let id = 0; id < size; id++) {
		if (lengthOf(id) > 2 || kindOf(id) === HOLE) continue;
		const token = tokenOf(id);
		const point = token.codePointAt(0);
		if (point === undefined || String.fromCodePoint(point) !== token) continue;
		if (point < 65536) basic[point] = id;
		else others.set(point, id);
	}
	return (point) => (point < 65536 ? basic[point]! : (others.get(point) ?? -1));
}
