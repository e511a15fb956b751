/**
 * Stored forms of a matrix, computed from blocks of its rows: what is in memory is a block, and of transposed forms a band of
 * the result. Each gives its bytes in order, in pieces that are good only until the next is asked for.
 */
import { type BlockOptions, quantizeBlocks, quantizeInt8PerChannel } from "./quantize.ts";

/** A matrix that can be read from the start any number of times. */
export interface RowBlocks {
	readonly rows: number;
	readonly cols: number;
	/** Blocks of whole rows in order; `values` may be overwritten when the next is asked for. */
	blocks(): Iterable<RowBlock>;
}

/** Some rows, [values.length / cols, cols], the first of which is `start`. */
export interface RowBlock {
	readonly start: number;
	readonly values: Float32Array;
}

/** Bytes of a transposed form that are collected at a time; a larger one takes more passes over the matrix. */
const BAND_BYTES = 512 << 20;
/** Rows and columns that are transposed at a time, so that both sides stay in the processor's cache. */
const TILE = 64;

/** float32 [rows, cols]. */
export function* toFloats(matrix: RowBlocks): Generator<ArrayBufferView> {
	for (const { values } of matrix.blocks()) yield values;
}

/** float32 [cols, rows]. */
export function* toTransposedFloats(matrix: RowBlocks, bandBytes: number = BAND_BYTES): Generator<ArrayBufferView> {
	const { rows } = matrix;
	for (const { from, to } of bandsOf(matrix, bandBytes / 4)) {
		const band = new Float32Array((to - from) * rows);
		for (const { start, values } of matrix.blocks()) scatter(values, band, { ...matrix, start, from, to });
		yield band;
		free(band);
	}
}

/** int8 [rows, cols], then the rows' scales, float32 [rows]. */
export function* toInt8(matrix: RowBlocks): Generator<ArrayBufferView> {
	const scales = new Float32Array(matrix.rows);
	for (const { start, values } of matrix.blocks()) {
		const { q, scale } = quantizeInt8PerChannel(values, values.length / matrix.cols, matrix.cols);
		scales.set(scale, start);
		yield q;
	}
	yield scales;
}

/** int8 [cols, rows], then the rows' scales, float32 [rows]. */
export function* toTransposedInt8(matrix: RowBlocks, bandBytes: number = BAND_BYTES): Generator<ArrayBufferView> {
	const { rows, cols } = matrix;
	const scales = new Float32Array(rows);
	for (const { from, to } of bandsOf(matrix, bandBytes)) {
		const band = new Int8Array((to - from) * rows);
		for (const { start, values } of matrix.blocks()) {
			const { q, scale } = quantizeInt8PerChannel(values, values.length / cols, cols);
			scales.set(scale, start);
			scatter(q, band, { rows, cols, start, from, to });
		}
		yield band;
		free(band);
	}
	yield scales;
}

/** Codes of MatMulNBits, then their scales; see QuantizedBlocks. */
export function* toCodeBlocks(matrix: RowBlocks, options: BlockOptions): Generator<ArrayBufferView> {
	const perRow = Math.ceil(matrix.cols / options.block);
	const scales = new Float32Array(matrix.rows * perRow);
	for (const { start, values } of matrix.blocks()) {
		const { q, scale } = quantizeBlocks(values, values.length / matrix.cols, matrix.cols, options);
		scales.set(scale, start * perRow);
		yield q;
	}
	yield scales;
}

/** Columns `from` ... `to - 1`, as many as give `values` values. */
function* bandsOf({ rows, cols }: RowBlocks, values: number): Generator<{ from: number; to: number }> {
	const width = Math.max(1, Math.floor(values / rows));
	for (let from = 0; from < cols; from += width) yield { from, to: Math.min(cols, from + width) };
}

interface Place {
	readonly rows: number;
	readonly cols: number;
	/** Row of the matrix that the block begins with. */
	readonly start: number;
	/** Columns in the band. */
	readonly from: number;
	readonly to: number;
}

/** Writes the columns of a block's rows as rows of the band. */
function scatter<A extends Float32Array | Int8Array>(block: A, band: A, { rows, cols, start, from, to }: Place): void {
	const count = block.length / cols;
	for (let top = 0; top < count; top += TILE) {
		const bottom = Math.min(top + TILE, count);
		for (let left = from; left < to; left += TILE) {
			const right = Math.min(left + TILE, to);
			for (let c = left; c < right; c++) {
				const out = (c - from) * rows + start;
				for (let r = top; r < bottom; r++) band[out + r] = block[r * cols + c]!;
			}
		}
	}
}

/** Gives the memory back now: the collector does not see how much a few large arrays hold. */
function free(array: Float32Array | Int8Array): void {
	(array.buffer as ArrayBuffer).transfer(0);
}
