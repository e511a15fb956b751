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
	readonly block: 32 | 64 | 128;
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
	const q = new Int8Array(rows * cols);
	const scale = new Float32Array(rows);
	for (let row = 0; row < rows; row++) {
		const values = weight.subarray(row * cols, (row + 1) * cols);
		const step = Math.fround(Math.abs(signedMaximum(values, row)) / 127) || 1;
		for (let c = 0; c < cols; c++) q[row * cols + c] = clamp(Math.round(values[c]! / step), -127, 127);
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
	const blocks = Math.ceil(cols / block);
	const blockBytes = (block * bits) / 8;
	const q = new Uint8Array(rows * blocks * blockBytes);
	const scale = new Float32Array(rows * blocks);
	for (let row = 0; row < rows; row++) {
		for (let b = 0; b < blocks; b++) {
			const values = weight.subarray(row * cols + b * block, row * cols + Math.min((b + 1) * block, cols));
			const index = row * blocks + b;
			const step = chooseScale(values, row, bits);
			scale[index] = step;
			packBlock(values, step, bits, q.subarray(index * blockBytes, (index + 1) * blockBytes));
		}
	}
	return { q, scale };
}

/** Shrinking the range clips the largest value a little and serves all others better; 1 clips none on its side. */
const SHRINK = [1, 0.95, 0.9, 0.85] as const;

/** The scale puts the value of largest magnitude, sign included, on the lowest code: there are more negative codes. */
function chooseScale(values: Float32Array, row: number, bits: 4 | 8): number {
	const half = 1 << (bits - 1);
	const widest = signedMaximum(values, row) / -half;
	if (Math.fround(widest) === 0) return 1;
	if (bits === 8) return Math.fround(widest);
	let best = 0;
	let least = Number.POSITIVE_INFINITY;
	for (const shrink of SHRINK) {
		const step = Math.fround(widest * shrink);
		let error = 0;
		for (let i = 0; i < values.length; i++) {
			const value = values[i]!;
			const off = value - clamp(Math.round(value / step), -half, half - 1) * step;
			error += off * off;
		}
		if (error < least) {
			least = error;
			best = step;
		}
	}
	return best;
}

function packBlock(values: Float32Array, step: number, bits: 4 | 8, out: Uint8Array): void {
	const half = 1 << (bits - 1);
	out.fill(bits === 8 ? half : (half << 4) | half);
	for (let i = 0; i < values.length; i++) {
		const code = clamp(Math.round(values[i]! / step), -half, half - 1) + half;
		if (bits === 8) out[i] = code;
		else if (i % 2 === 0) out[i >> 1] = (half << 4) | code;
		else out[i >> 1] = (out[i >> 1]! & 15) | (code << 4);
	}
}

function signedMaximum(values: Float32Array, row: number): number {
	let maximum = 0;
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		if (!Number.isFinite(value)) {
			throw new SluiceError("invalid_weights", { detail: `row ${row} holds a value that is not finite` });
		}
		if (Math.abs(value) > Math.abs(maximum)) maximum = value;
	}
	return maximum;
}

function checkSize(weight: Float32Array, rows: number, cols: number): void {
	if (weight.length === rows * cols) return;
	throw new SluiceError("invalid_weights", { detail: `${weight.length} values do not fill [${rows}, ${cols}]` });
}

function clamp(value: number, low: number, high: number): number {
	return Math.max(low, Math.min(high, value));
}
