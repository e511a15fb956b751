/**
 * Tokens by id and ids by spelling, in typed arrays: no string exists before it is asked for. Two lists of the same tokens
 * give the same arrays, so they can be written to a file and read back as they are. Knows no merges.
 */

/** What an id is: no token, one out of the vocabulary, one found in text before merging, one that text never becomes. */
export const HOLE = 0;
export const PIECE = 1;
export const ADDED = 2;
export const CONTROL = 3;

/** Token `id` is the UTF-16 units `units[offsets[id] .. offsets[id + 1]]`, of the kind `kinds[id]`. */
export interface VocabularyTables {
	readonly kinds: Uint8Array;
	readonly offsets: Uint32Array;
	readonly units: Uint16Array;
}

/** Looks tokens up. */
export interface Vocabulary {
	/** One more than the highest id. */
	readonly size: number;
	/** The kind of any number; HOLE for what is no id. */
	kindOf(id: number): number;
	/** Length of the spelling in UTF-16 units, 0 for a hole. */
	lengthOf(id: number): number;
	/** The spelling; "" for a hole. */
	tokenOf(id: number): string;
	/** The id of a spelling. */
	idOf(token: string): number | undefined;
}

/** Lays tokens out by id; `kindOf` is asked for each id that has a token. Ids are unique and not negative. */
export function toVocabularyTables(ids: ReadonlyMap<string, number>, kindOf: (id: number) => number): VocabularyTables {
	let size = 0;
	for (const id of ids.values()) size = Math.max(size, id + 1);
	const kinds = new Uint8Array(size);
	const offsets = new Uint32Array(size + 1);
	for (const [token, id] of ids) {
		kinds[id] = kindOf(id);
		offsets[id + 1] = token.length;
	}
	for (let id = 0; id < size; id++) offsets[id + 1]! += offsets[id]!;
	const units = new Uint16Array(offsets[size]!);
	for (const [token, id] of ids) {
		const from = offsets[id]!;
		for (let i = 0; i < token.length; i++) units[from + i] = token.charCodeAt(i);
	}
	return { kinds, offsets, units };
}

const EMPTY = -1;
/** FNV-1a over UTF-16 units. */
const HASH_START = 0x811c9dc5 | 0;
const HASH_FACTOR = 0x01000193;

/** A vocabulary over the tables, which it keeps. */
export function createVocabulary(tables: VocabularyTables): Vocabulary {
	const { kinds, offsets, units } = tables;
	const slots = createSlots(tables);
	const isSpelt = (id: number, token: string): boolean => {
		const from = offsets[id]!;
		if (offsets[id + 1]! - from !== token.length) return false;
		for (let i = 0; i < token.length; i++) if (units[from + i] !== token.charCodeAt(i)) return false;
		return true;
	};
	return {
		size: kinds.length,
		kindOf: (id) => kinds[id] ?? HOLE,
		lengthOf: (id) => offsets[id + 1]! - offsets[id]!,
		tokenOf(id) {
			let token = "";
			for (let at = offsets[id]!; at < offsets[id + 1]!; at++) token += String.fromCharCode(units[at]!);
			return token;
		},
		idOf(token) {
			let hash = HASH_START;
			for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), HASH_FACTOR);
			const mask = slots.length - 1;
			for (let slot = hash & mask; slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
				if (isSpelt(slots[slot]!, token)) return slots[slot]!;
			}
			return undefined;
		},
	};
}

/** Open addressing over the spellings: ids, at most half of the slots taken. */
function createSlots({ kinds, offsets, units }: VocabularyTables): Int32Array {
	const slots = new Int32Array(2 ** Math.ceil(Math.log2(kinds.length * 2 + 2))).fill(EMPTY);
	const mask = slots.length - 1;
	for (let id = 0; id < kinds.length; id++) {
		if (kinds[id] === HOLE) continue;
		let hash = HASH_START;
		for (let at = offsets[id]!; at < offsets[id + 1]!; at++) hash = Math.imul(hash ^ units[at]!, HASH_FACTOR);
		let slot = hash & mask;
		while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
		slots[slot] = id;
	}
	return slots;
}
