/**
 * ggml's block formats, filled straight with random codes under one scale, so that weights have a given deviation.
 * Layouts and numbers: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h and include/ggml.h.
 */
import { createNormal, createRandom } from "../engine/random.ts";

/** One format: `values` weights in `bytes` bytes, written by `fill` at `at`. */
export interface BlockFormat {
	/** Number in `enum ggml_type`. */
	readonly type: number;
	/** Number in `enum llama_ftype`: what the file says of itself. */
	readonly fileType: number;
	readonly values: number;
	readonly bytes: number;
	/** Writes one block after random bytes were written: its scales, so that weights deviate by `deviation`. */
	readonly finish: (block: DataView, deviation: number, normal: () => number) => void;
}

/** Standard deviation of the uniform whole numbers 0 ... n - 1. */
function uniform(n: number): number {
	return Math.sqrt((n * n - 1) / 12);
}

function scaleAt(offset: number, spread: number): BlockFormat["finish"] {
	return (block, deviation) => block.setUint16(offset, toFloat16(deviation / spread), true);
}

/** Every format by the name llama.cpp gives it. */
export const BLOCK_FORMATS: Readonly<Record<string, BlockFormat>> = {
	F16: {
		type: 1,
		fileType: 1,
		values: 1,
		bytes: 2,
		finish: (block, deviation, normal) => block.setUint16(0, toFloat16(normal() * deviation), true),
	},
	BF16: {
		type: 30,
		fileType: 32,
		values: 1,
		bytes: 2,
		finish: (block, deviation, normal) => block.setUint16(0, toFloat32Bits(normal() * deviation) >>> 16, true),
	},
	Q8_0: { type: 8, fileType: 7, values: 32, bytes: 34, finish: scaleAt(0, uniform(256)) },
	Q4_0: { type: 2, fileType: 2, values: 32, bytes: 18, finish: scaleAt(0, uniform(16)) },
	// Non-linear codes from -127 to 113 with a deviation of 67.
	IQ4_NL: { type: 20, fileType: 25, values: 32, bytes: 18, finish: scaleAt(0, 67) },
	// d, dmin, 8 scales and 8 minima of 6 bits, all 32; weight = d · 32 · q - dmin · 32, q in 0 ... 15.
	Q4_K: {
		type: 12,
		fileType: 15,
		values: 256,
		bytes: 144,
		finish(block, deviation) {
			const scale = deviation / (32 * uniform(16));
			block.setUint16(0, toFloat16(scale), true);
			block.setUint16(2, toFloat16(scale * 7.5), true);
			for (let i = 0; i < 12; i++) block.setUint8(4 + i, i < 8 ? 0xa0 : 0);
		},
	},
	// 128 low nibbles, 64 high pairs, 16 scales, d; weight = d · scale · (q - 32), q in 0 ... 63.
	Q6_K: {
		type: 14,
		fileType: 18,
		values: 256,
		bytes: 210,
		finish(block, deviation) {
			for (let i = 0; i < 16; i++) block.setInt8(192 + i, 32);
			block.setUint16(208, toFloat16(deviation / (32 * uniform(64))), true);
		},
	},
	// 16 scales and minima of 4 bits, all 8, 64 bytes of codes, d, dmin; weight = d · 8 · q - dmin · 8, q in 0 ... 3.
	Q2_K: {
		type: 10,
		fileType: 10,
		values: 256,
		bytes: 84,
		finish(block, deviation) {
			const scale = deviation / (8 * uniform(4));
			for (let i = 0; i < 16; i++) block.setUint8(i, 0x88);
			block.setUint16(80, toFloat16(scale), true);
			block.setUint16(82, toFloat16(scale * 1.5), true);
		},
	},
};

/** About 4 MB of random blocks; a whole number of them that is prime to powers of two, so that rows differ. */
export function createPool(format: BlockFormat, deviation: number, seed: number): Uint8Array {
	const blocks = Math.floor((4 << 20) / format.bytes) | 1;
	const pool = new Uint8Array(blocks * format.bytes);
	const random = createRandom(seed);
	const normal = createNormal(seed);
	for (let i = 0; i < pool.length; i++) pool[i] = random() * 256;
	for (let at = 0; at < pool.length; at += format.bytes) {
		format.finish(new DataView(pool.buffer, at, format.bytes), deviation, normal);
	}
	return pool;
}

function toFloat32Bits(value: number): number {
	return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** Bits of the nearest binary16 number; for what weights and scales are: finite and below 65504. */
function toFloat16(value: number): number {
	const sign = value < 0 ? 0x8000 : 0;
	const size = Math.abs(value);
	if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
	const exponent = Math.floor(Math.log2(size));
	return sign | (((exponent + 15) << 10) + Math.round((size / 2 ** exponent - 1) * 1024));
}
