/**
 * The tokens of a row from the likeliest down, without sorting a vocabulary: the k likeliest by partial selection, the place
 * where their running mass reaches a target by bins. Among equal values lower ids come first.
 */
import { BINS, BLOCK, binOf, binScale, type ScannedRow, sumBins, weightOf } from "./sampling-scan.ts";

/** Some tokens of a row, ids ascending. Views of scratch memory, good until the next selection. */
export interface Candidates {
	readonly ids: Int32Array;
	readonly values: Float32Array;
}

/** Memory that selections reuse, for rows of one length. */
export interface SelectionScratch {
	readonly ids: Int32Array;
	readonly values: Float32Array;
	readonly order: Float32Array;
	readonly bins: Float64Array;
}

/** Tokens from the likeliest down. Masses are sums of weights relative to the likeliest token of the row. */
export interface Ranking {
	/** Mass of all. */
	readonly mass: number;
	/** The token with which the running mass reaches `target`, or the last one, and that mass. */
	reach(target: number): { readonly id: number; readonly mass: number };
	/** Mass of the tokens with at least this value. */
	massFrom(value: number): number;
}

/** Scratch memory for rows of `length` logits. */
export function createSelectionScratch(length: number): SelectionScratch {
	const order = new Float32Array(length);
	const values = new Float32Array(length);
	return { ids: new Int32Array(length), values, order, bins: new Float64Array(BINS + 1) };
}

/** The `k` largest of the row, k from 1 to its length. */
export function selectTop(row: ScannedRow, k: number, scratch: SelectionScratch): Candidates {
	const { ids, values } = collectFrom(row, boundOf(row, k, scratch), scratch);
	const limit = kthLargest(values, k, scratch);
	let ties = k;
	for (const value of values) if (value > limit) ties--;
	return filter({ ids, values }, (value) => value > limit || (value === limit && ties-- > 0));
}

/** A value that at least `k` of the row reach, and not many more. */
function boundOf(row: ScannedRow, k: number, scratch: SelectionScratch): number {
	const { values, blockMax, max } = row;
	// k blocks reach it, so k tokens do
	if (k <= blockMax.length) return kthLargest(blockMax, k, scratch);
	const { bins } = scratch;
	const scale = binScale(1);
	bins.fill(0);
	for (let id = 0; id < values.length; id++) {
		const bin = binOf(values[id]!, max, scale);
		bins[bin] = bins[bin]! + 1;
	}
	let bin = 0;
	for (let count = bins[0]!; count < k && bin < BINS; ) count += bins[++bin]!;
	// one bin more, against rounding
	return bin === BINS ? Number.NEGATIVE_INFINITY : max - (bin + 2) / scale;
}

function kthLargest(values: Float32Array, k: number, { order }: SelectionScratch): number {
	order.set(values);
	return reachMass(order.subarray(0, values.length), { before: 0, target: k, weigh: () => 1 }).value;
}

/** Ranks candidates of a row; `max` is the row's. */
export function rankCandidates(
	candidates: Candidates,
	{ max, scale }: { max: number; scale: number },
	{ order }: SelectionScratch,
): Ranking {
	const weigh = (value: number): number => weightOf(value, max, scale);
	const likely = filter(candidates, (value) => weigh(value) > 0);
	let mass = 0;
	for (const value of likely.values) mass += weigh(value);
	return {
		mass,
		reach: (target) => reachToken(likely, { before: 0, target, weigh }, order),
		massFrom: (floor) => sumFrom(likely, floor, weigh),
	};
}

/** Ranks a whole row. */
export function rankRow(row: ScannedRow, scale: number, scratch: SelectionScratch): Ranking {
	const { bins, order } = scratch;
	const mass = sumBins(row, scale, bins);
	const weigh = (value: number): number => weightOf(value, row.max, scale);
	let collected: { bin: number; tokens: Candidates } | undefined;
	const tokensOf = (bin: number): Candidates => {
		if (collected?.bin !== bin) collected = { bin, tokens: collectBin(row, { bin, scale }, scratch) };
		return collected.tokens;
	};
	return {
		mass,
		reach(target) {
			let bin = 0;
			let before = 0;
			for (let next = 0, sum = 0; next < BINS && (next === 0 || sum < target); next++) {
				if (bins[next] === 0) continue;
				bin = next;
				before = sum;
				sum += bins[next]!;
			}
			return reachToken(tokensOf(bin), { before, target, weigh }, order);
		},
		massFrom(floor) {
			const last = binOf(floor, row.max, scale);
			let sum = 0;
			for (let bin = 0; bin < last; bin++) sum += bins[bin]!;
			return last === BINS ? sum : sum + sumFrom(tokensOf(last), floor, weigh);
		},
	};
}

function sumFrom({ values }: Candidates, floor: number, weigh: (value: number) => number): number {
	let sum = 0;
	for (const value of values) if (value >= floor) sum += weigh(value);
	return sum;
}

interface Aim {
	/** Mass of the tokens before the candidates. */
	readonly before: number;
	readonly target: number;
	weigh(value: number): number;
}

function reachToken(
	{ ids, values }: Candidates,
	aim: Aim,
	scratch: Float32Array,
): { readonly id: number; readonly mass: number } {
	scratch.set(values);
	const { value, before, count } = reachMass(scratch.subarray(0, values.length), aim);
	const weight = aim.weigh(value);
	const ties = Math.min(count, Math.max(1, Math.ceil((aim.target - before) / weight)));
	let at = -1;
	for (let tie = 0; tie < ties; tie++) at = values.indexOf(value, at + 1);
	return { id: ids[at]!, mass: before + ties * weight };
}

/**
 * The value at which the running mass from the largest down reaches the target, the mass before it and how often it occurs;
 * the smallest value where it never does. Reorders `values`. Quickselect in three parts, so that equal values cost one round.
 */
function reachMass(
	values: Float32Array,
	{ before: start, target, weigh }: Aim,
): { readonly value: number; readonly before: number; readonly count: number } {
	let from = 0;
	let to = values.length;
	let before = start;
	for (;;) {
		const pivot = values[(from + to) >> 1]!;
		let above = from;
		let below = to;
		let massAbove = 0;
		for (let i = from; i < below; ) {
			const value = values[i]!;
			if (value === pivot) i++;
			else if (value > pivot) {
				massAbove += weigh(value);
				values[i++] = values[above]!;
				values[above++] = value;
			} else {
				values[i] = values[--below]!;
				values[below] = value;
			}
		}
		const count = below - above;
		if (above > from && before + massAbove >= target) to = above;
		else {
			before += massAbove;
			const after = before + count * weigh(pivot);
			if (after >= target || below === to) return { value: pivot, before, count };
			before = after;
			from = below;
		}
	}
}

/** Keeps some candidates, in place. */
function filter({ ids, values }: Candidates, keep: (value: number) => boolean): Candidates {
	let count = 0;
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		if (!keep(value)) continue;
		ids[count] = ids[i]!;
		values[count++] = value;
	}
	return { ids: ids.subarray(0, count), values: values.subarray(0, count) };
}

function collectFrom({ values, blockMax }: ScannedRow, bound: number, scratch: SelectionScratch): Candidates {
	const { ids, values: found } = scratch;
	let count = 0;
	for (let block = 0; block < blockMax.length; block++) {
		if (blockMax[block]! < bound) continue;
		const end = Math.min(values.length, (block + 1) * BLOCK);
		for (let id = block * BLOCK; id < end; id++) {
			if (values[id]! < bound) continue;
			ids[count] = id;
			found[count++] = values[id]!;
		}
	}
	return { ids: ids.subarray(0, count), values: found.subarray(0, count) };
}

function collectBin(
	{ values, blockMax, max }: ScannedRow,
	{ bin, scale }: { bin: number; scale: number },
	scratch: SelectionScratch,
): Candidates {
	const { ids, values: found } = scratch;
	let count = 0;
	for (let block = 0; block < blockMax.length; block++) {
		if (binOf(blockMax[block]!, max, scale) > bin) continue;
		const end = Math.min(values.length, (block + 1) * BLOCK);
		for (let id = block * BLOCK; id < end; id++) {
			if (binOf(values[id]!, max, scale) !== bin) continue;
			ids[count] = id;
			found[count++] = values[id]!;
		}
	}
	return { ids: ids.subarray(0, count), values: found.subarray(0, count) };
}
