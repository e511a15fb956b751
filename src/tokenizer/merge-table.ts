/** Which pairs of ids merge, at which rank: open addressing with pair and rank side by side, one cache line a look-up. */
import { SluiceError } from "../errors.ts";
import type { Merges } from "./tokenizer-file.ts";

/** The rank of a pair that does not merge: higher than any. */
export const NO_MERGE = 0x7fffffff;

/** The rank of the merge of two ids, NO_MERGE where there is none. */
export type RankOf = (left: number, right: number) => number;

/** Left id, right id, rank and one unused, so that no entry spans two cache lines. */
const STRIDE = 4;

/** Builds the table. Throws `invalid_model` where two merges join one pair. */
export function createMergeTable({ left, right }: Merges): RankOf {
	const slotCount = 2 ** Math.ceil(Math.log2(left.length * 1.5 + 2));
	const mask = slotCount - 1;
	const slots = new Int32Array(slotCount * STRIDE);
	for (let slot = 0; slot < slotCount; slot++) slots[slot * STRIDE + 2] = NO_MERGE;
	/** The index of the pair's entry, or of the free one where it would go. */
	const find = (a: number, b: number): number => {
		let slot = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
		slot = (slot ^ (slot >>> 15)) & mask;
		for (let at = slot * STRIDE; slots[at + 2] !== NO_MERGE; at = slot * STRIDE) {
			if (slots[at] === a && slots[at + 1] === b) break;
			slot = (slot + 1) & mask;
		}
		return slot * STRIDE;
	};
	for (let rank = 0; rank < left.length; rank++) {
		const at = find(left[rank]!, right[rank]!);
		if (slots[at + 2] !== NO_MERGE) {
			const detail = `tokenizer.json: merge ${rank} repeats merge ${slots[at + 2]}`;
			throw new SluiceError("invalid_model", { detail });
		}
		slots[at] = left[rank]!;
		slots[at + 1] = right[rank]!;
		slots[at + 2] = rank;
	}
	return (a, b) => slots[find(a, b) + 2]!;
}
