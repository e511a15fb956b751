/** Random blocks of llama.cpp's formats hold weights of the deviation asked for, around zero. */
import assert from "node:assert/strict";
import test from "node:test";
import { BLOCK_FORMATS, createPool } from "../../bench/llama/block-formats.ts";
import { f16ToF32 } from "../../src/weights/dtypes.ts";

const DEVIATION = 0.02;
const IQ4_CODES = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

function float16(block: DataView, at: number): number {
	const out = new Float32Array(1);
	f16ToF32(Uint16Array.of(block.getUint16(at, true)), out);
	return out[0]!;
}

function nibbles(block: DataView, from: number, bytes: number): number[] {
	return Array.from({ length: bytes }, (_, i) => block.getUint8(from + i)).flatMap((byte) => [byte & 15, byte >> 4]);
}

/** The weights of one block, in any order, after ggml's dequantize_row_* functions. */
const READERS: Readonly<Record<string, (block: DataView) => number[]>> = {
	F16: (block) => [float16(block, 0)],
	BF16: (block) => [new Float32Array(Uint32Array.of(block.getUint16(0, true) << 16).buffer)[0]!],
	Q8_0: (block) => Array.from({ length: 32 }, (_, i) => float16(block, 0) * block.getInt8(2 + i)),
	Q4_0: (block) => nibbles(block, 2, 16).map((code) => float16(block, 0) * (code - 8)),
	IQ4_NL: (block) => nibbles(block, 2, 16).map((code) => float16(block, 0) * IQ4_CODES[code]!),
	Q4_K: (block) => {
		const byte = (i: number): number => block.getUint8(4 + i);
		const pairs = Array.from({ length: 8 }, (_, j) =>
			j < 4
				? [byte(j) & 63, byte(j + 4) & 63]
				: [(byte(j + 4) & 15) | ((byte(j - 4) >> 6) << 4), (byte(j + 4) >> 4) | ((byte(j) >> 6) << 4)],
		);
		return pairs.flatMap(([scale, minimum], j) =>
			nibbles(block, 16 + 16 * j, 16).map((q) => float16(block, 0) * scale! * q - float16(block, 2) * minimum!),
		);
	},
	Q6_K: (block) => {
		const low = nibbles(block, 0, 128);
		const high = Array.from({ length: 256 }, (_, i) => (block.getUint8(128 + (i >> 2)) >> (2 * (i & 3))) & 3);
		return low.map((code, i) => float16(block, 208) * block.getInt8(192 + (i >> 4)) * ((code | (high[i]! << 4)) - 32));
	},
	Q2_K: (block) =>
		Array.from({ length: 256 }, (_, i) => {
			const code = (block.getUint8(16 + (i >> 2)) >> (2 * (i & 3))) & 3;
			const scales = block.getUint8(i >> 4);
			return float16(block, 80) * (scales & 15) * code - float16(block, 82) * (scales >> 4);
		}),
};

for (const [name, format] of Object.entries(BLOCK_FORMATS)) {
	test(`random ${name} blocks spread by the deviation asked for, around zero`, () => {
		const pool = createPool(format, DEVIATION, 7);
		const weights: number[] = [];
		for (let at = 0; weights.length < 20_000; at += format.bytes) {
			weights.push(...READERS[name]!(new DataView(pool.buffer, at, format.bytes)));
		}
		const mean = weights.reduce((a, b) => a + b, 0) / weights.length;
		const spread = Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / weights.length);
		assert.ok(Math.abs(spread / DEVIATION - 1) < 0.03, `deviation ${spread}`);
		assert.ok(Math.abs(mean) < 0.15 * DEVIATION, `mean ${mean}`);
	});
}

test("the same seed gives the same blocks", () => {
	assert.deepEqual(createPool(BLOCK_FORMATS.Q4_0!, 0.02, 3), createPool(BLOCK_FORMATS.Q4_0!, 0.02, 3));
});
