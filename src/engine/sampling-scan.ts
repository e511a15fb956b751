/**
 * Passes over one row of logits: maxima block by block, sums of exponentials, as a whole and in bins. Exponentials come from a table with a quadratic correction: Math.exp alone would
 * cost more than the rest of sampling together.
 */

// V8 folds module constants into loops only where they are not exported: hence the doubles
const IDS_PER_BLOCK = 128;
/** Ids per block: later passes skip blocks whose maximum is too small to matter. */
export const BLOCK: number = IDS_PER_BLOCK;

/** Bins per unit of the exponent; a bin's middle is in the table, the rest is exp's series to the second order. */
const BINS_PER_UNIT = 128;
const LAST_BIN = 40 * BINS_PER_UNIT;
/** Number of bins with a weight: exp(-40) of the likeliest token is nothing beside it, even for a whole vocabulary. */
export const BINS: number = LAST_BIN;
const EXPONENTIALS: Float64Array = Float64Array.from({ length: LAST_BIN + 1 }, (_, bin) =>
	bin === LAST_BIN ? 0 : Math.exp(-(bin + 0.5) / BINS_PER_UNIT),
);

/** A row of logits with what the first pass learns of it. */
export interface ScannedRow {
	readonly values: Float32Array;
	/** Largest value of each block of {@link BLOCK} ids. */
	readonly blockMax: Float32Array;
	/** Largest of all; NaN where any value is. */
	readonly max: number;
	/** Sum of the weights at temperature 1, where it is known. */
	readonly mass?: number | undefined;
}

/**
 * The row as its `logit_blocks` [blocks, 3] sum it up (architectures/readout.ts), without reading it; undefined where a
 * value is not finite, which only {@link scanRow} can tell apart. `blockMax` is written.
 */
export function readBlocks(values: Float32Array, blocks: Float32Array, blockMax: Float32Array): ScannedRow | undefined {
	const count = blocks.length / 3;
	if (count * IDS_PER_BLOCK !== values.length) throw new Error("blocks do not fit the logits"); // a broken graph
	let max = -Infinity;
	let total = 0;
	for (let block = 0; block < count; block++) {
		const largest = blocks[3 * block]!;
		blockMax[block] = largest;
		max = Math.max(max, largest);
		total += blocks[3 * block + 2]!;
	}
	let mass = 0;
	for (let block = 0; block < count; block++) mass += blocks[3 * block + 1]! * Math.exp(blockMax[block]! - max);
	return Number.isFinite(total) && Number.isFinite(mass) ? { values, blockMax, max, mass } : undefined;
}

/** Finds the maxima; `blockMax` is written. */
export function scanRow(values: Float32Array, blockMax: Float32Array): ScannedRow {
	const blocks = Math.ceil(values.length / IDS_PER_BLOCK);
	let max = -Infinity;
	for (let block = 0; block < blocks; block++) {
		const largest = maxOf(values, block * IDS_PER_BLOCK, Math.min(values.length, (block + 1) * IDS_PER_BLOCK));
		blockMax[block] = largest;
		max = Math.max(max, largest);
	}
	return { values, blockMax: blockMax.subarray(0, blocks), max };
}

/** Four running maxima, because one would wait for itself. Math.max keeps a NaN. */
function maxOf(values: Float32Array, from: number, to: number): number {
	if (to - from < IDS_PER_BLOCK) return values.subarray(from, to).reduce((a, b) => Math.max(a, b));
	let a = -Infinity;
	let b = -Infinity;
	let c = -Infinity;
	let d = -Infinity;
	for (let i = from; i < to; i += 4) {
		a = Math.max(a, values[i]!);
		b = Math.max(b, values[i + 1]!);
		c = Math.max(c, values[i + 2]!);
		d = Math.max(d, values[i + 3]!);
	}
	return Math.max(Math.max(a, b), Math.max(c, d));
}

/** The lowest id with the largest value. */
export function argMax({ values, blockMax, max }: ScannedRow): number {
	return values.indexOf(max, blockMax.indexOf(max) * IDS_PER_BLOCK);
}

/** Bins per unit of a logit at a temperature. Bounded, so that 0 times it stays 0. */
export function binScale(temperature: number): number {
	return Math.min(BINS_PER_UNIT / temperature, 1e30);
}

/** The place in bins of a value: 0 for the largest one; its whole part is the bin. */
function placeOf(value: number, max: number, scale: number): number {
	return Math.min((max - value) * scale, LAST_BIN);
}

/** The bin of a value, {@link BINS} for all whose weight counts as 0. */
export function binOf(value: number, max: number, scale: number): number {
	return placeOf(value, max, scale) | 0;
}

/** exp((value - max) / temperature) to 1e-8 of itself; 0 below exp(-40). `scale` is {@link binScale} of the temperature. */
export function weightOf(value: number, max: number, scale: number): number {
	const place = placeOf(value, max, scale);
	const bin = place | 0;
	const rest = (place - bin - 0.5) * (1 / BINS_PER_UNIT);
	return EXPONENTIALS[bin]! * (1 - rest * (1 - rest * 0.5));
}

/** Sum of all weights. */
export function sumWeights({ values, max }: ScannedRow, scale: number): number {
	let sum = 0;
	for (let i = 0; i < values.length; i++) sum += weightOf(values[i]!, max, scale);
	return sum;
}

/** Sum of the weights in each bin; `bins` is written. Returns the sum of all. */
export function sumBins({ values, max }: ScannedRow, scale: number, bins: Float64Array): number {
	bins.fill(0);
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		const bin = binOf(value, max, scale);
		bins[bin] = bins[bin]! + weightOf(value, max, scale);
	}
	let sum = 0;
	for (const mass of bins) sum += mass;
	return sum;
}
