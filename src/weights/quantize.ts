/**
 * Weight quantization: int8 per output channel, and int8/int4 in blocks along the input in the layout of
 * com.microsoft MatMulNBits. Symmetric throughout, so no zero points are stored. Knows no file and no graph.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
 */
import { SluiceError } from "../errors.ts";

/** int8 rows with one scale each: weight[r, c] ≈ q[r * cols + c] * scale[r]. */
export interface QuantizedRows {
	readonly q: Int8Array;
	readonly scale: Float32Array;
}

/** Width and block length of block quantization. */
export interface BlockOptions {
	readonly bits: 4 | 8;
	readonly block: 32 | 64 | 128 | 256;
}

/**
 * Blocks of `block` values along each row: weight[r, c] ≈ (code - 2^(bits-1)) * scale[r * blocks + floor(c / block)],
 * blocks = ceil(cols / block). `q` is uint8 [rows, blocks, block * bits / 8]; with 4 bits the even column is in the
 * low nibble. The zero point is the operator's default: 8 for 4 bits, 128 for 8 bits.
 */
export interface QuantizedBlocks {
	readonly q: Uint8Array;
	readonly scale: Float32Array;
}

/**
 * Quantizes weight [rows = out, cols = in] to int8 with one symmetric scale per row; codes lie in -127..127 and the
 * error of a value is at most scale / 2. Throws `invalid_weights` for values that are not finite.
 */
export function quantizeInt8PerChannel(weight: Float32Array, rows: number, cols: number): QuantizedRows {
	checkSize(weight, rows, cols);
	const span = createSpan(weight);
	const q = new Int8Array(rows * cols);
	const scale = new Float32Array(rows);
	for (let row = 0; row < rows; row++) {
		span.from = row * cols;
		span.to = span.from + cols;
		const step = Math.fround(Math.abs(signedMaximum(span, row)) / 127) || 1;
		for (let i = span.from; i < span.to; i++) q[i] = toCode(weight[i]! / step, -127, 127);
		scale[row] = step;
	}
	return { q, scale };
}

/**
 * Quantizes weight [rows = out, cols = in] in blocks along `in`; the last block of a row is padded with zeros. Scales
 * put the value of largest magnitude on the lowest code, so no value is off by more than |scale|; with 4 bits a
 * smaller scale is taken where it lowers the block's squared error. Throws `invalid_weights` for values that are not finite.
 */
export function quantizeBlocks(
	weight: Float32Array,
	rows: number,
	cols: number,
	{ bits, block }: BlockOptions,
): QuantizedBlocks {
	checkSize(weight, rows, cols);
	const span = createSpan(weight);
	const blocks = Math.ceil(cols / block);
	const blockBytes = (block * bits) / 8;
	const q = new Uint8Array(rows * blocks * blockBytes);
	const scale = new Float32Array(rows * blocks);
	if (cols % block !== 0) q.fill(bits === 8 ? 0x80 : 0x88);
	for (let row = 0; row < rows; row++) {
		for (let b = 0; b < blocks; b++) {
			span.from = row * cols + b * block;
			span.to = Math.min(span.from + block, (row + 1) * cols);
			const index = row * blocks + b;
			const step = chooseScale(span, row, bits);
			scale[index] = step;
			if (bits === 8) packBytes(span, step, q, index * blockBytes);
			else packNibbles(span, step, q, index * blockBytes);
		}
	}
	return { q, scale };
}

/** Values `from` ... `to - 1`, and all values again as bit patterns. One object for all: subarrays would cost more. */
interface Span {
	readonly values: Float32Array;
	readonly words: Int32Array;
	from: number;
	to: number;
}

function createSpan(values: Float32Array): Span {
	return { values, words: new Int32Array(values.buffer, values.byteOffset, values.length), from: 0, to: 0 };
}

/** Nearest whole number, halves up, as Math.round has it but faster: what is truncated is positive. |x| < 1024. */
function toCode(x: number, low: number, high: number): number {
	const code = ((x + 1024.5) | 0) - 1024;
	return code > high ? high : code < low ? low : code;
}

/** Shrinking the range clips the largest value a little and serves all others better; 1 clips none on its side. */
const SHRINK = [1, 0.95, 0.9, 0.85] as const;

/** The scale puts the value of largest magnitude, sign included, on the lowest code: there are more negative codes. */
function chooseScale(span: Span, row: number, bits: 4 | 8): number {
	const half = 1 << (bits - 1);
	const widest = signedMaximum(span, row) / -half;
	if (Math.fround(widest) === 0) return 1;
	if (bits === 8) return Math.fround(widest);
	let best = 0;
	let least = Number.POSITIVE_INFINITY;
	for (let i = 0; i < SHRINK.length; i++) {
		const step = Math.fround(widest * SHRINK[i]!);
		const error = squaredError(span, step, least);
		if (error < least) {
			least = error;
			best = step;
		}
	}
	return best;
}

/** Of 4-bit codes. May stop once it is `limit`. A product with the inverse rounds exact halves either way: equal errors. */
function squaredError({ values, from, to }: Span, step: number, limit: number): number {
	const inverse = 1 / step;
	let error = 0;
	for (let i = from; i < to && error < limit; i++) {
		const value = values[i]!;
		const off = value - toCode(value * inverse, -8, 7) * step;
		error += off * off;
	}
	return error;
}

function packBytes({ values, from, to }: Span, step: number, out: Uint8Array, at: number): void {
	for (let i = from; i < to; i++) out[at + i - from] = toCode(values[i]! / step, -128, 127) + 128;
}

/** Padding, the high nibble beside an odd last value included, is zero point. */
function packNibbles({ values, from, to }: Span, step: number, out: Uint8Array, at: number): void {
	const even = to - ((to - from) % 2);
	let byte = at;
	for (let i = from; i < even; i += 2) {
		const low = toCode(values[i]! / step, -8, 7) + 8;
		out[byte++] = low | ((toCode(values[i + 1]! / step, -8, 7) + 8) << 4);
	}
	if (even < to) out[byte] = 0x80 | (toCode(values[even]! / step, -8, 7) + 8);
}

const INFINITE = 0x7f800000;

/** The first value of largest magnitude. Magnitudes of floats are ordered like their bits; not finite ones come last. */
function signedMaximum({ values, words, from, to }: Span, row: number): number {
	let most = 0;
	let at = -1;
	for (let i = from; i < to; i++) {
		const magnitude = words[i]! & 0x7fffffff;
		if (magnitude > most) {
			most = magnitude;
			at = i;
		}
	}
	if (most >= INFINITE)
		throw new SluiceError("invalid_weights", { detail: `row ${row} holds a value that is not finite` });
	return at < 0 ? 0 : values[at]!;
}

function checkSize(weight: Float32Array, rows: number, cols: number): void {
	if (weight.length === rows * cols) return;
	throw new SluiceError("invalid_weights", { detail: `${weight.length} values do not fill [${rows}, ${cols}]` });
}
