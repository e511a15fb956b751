import assert from "node:assert/strict";
import { test } from "node:test";
import { type BlockOptions, quantizeBlocks, quantizeInt8PerChannel } from "../../src/weights/quantize.ts";

/** Values in about -3..3 from a fixed linear congruential sequence, summed to a bell shape. */
function randomWeight(length: number, seed: number): Float32Array {
	let state = seed;
	const next = (): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32 - 0.5;
	};
	return new Float32Array(length).map(() => 2 * (next() + next() + next()));
}

function dequantizeBlocks(packed: ReturnType<typeof quantizeBlocks>, rows: number, cols: number, o: BlockOptions) {
	const blocks = Math.ceil(cols / o.block);
	const out = new Float32Array(rows * cols);
	for (let r = 0; r < rows; r++) {
		for (let c = 0; c < cols; c++) {
			const block = r * blocks + Math.floor(c / o.block);
			const within = c % o.block;
			const byte = packed.q[block * ((o.block * o.bits) / 8) + (o.bits === 8 ? within : within >> 1)]!;
			const code = o.bits === 8 ? byte : within % 2 === 0 ? byte & 15 : byte >> 4;
			out[r * cols + c] = (code - (o.bits === 8 ? 128 : 8)) * packed.scale[block]!;
		}
	}
	return out;
}

function rootMeanSquare(values: Float32Array, minus?: Float32Array): number {
	return Math.sqrt(values.reduce((sum, v, i) => sum + (v - (minus?.[i] ?? 0)) ** 2, 0) / values.length);
}

test("int8 rows come back within half a step, and a row's largest value within rounding", () => {
	const [rows, cols] = [7, 53];
	const weight = randomWeight(rows * cols, 1);
	weight.fill(0, 2 * cols, 3 * cols);
	const { q, scale } = quantizeInt8PerChannel(weight, rows, cols);
	assert.deepEqual([q.length, scale.length], [rows * cols, rows]);
	for (let i = 0; i < weight.length; i++) {
		const step = scale[Math.floor(i / cols)]!;
		assert(Math.abs(q[i]! * step - weight[i]!) <= step * 0.5001, `value ${i}`);
		assert(q[i]! >= -127);
	}
	assert.equal(Math.max(...q.subarray(0, cols).map(Math.abs)), 127);
	assert(q.subarray(2 * cols, 3 * cols).every((code) => code === 0));
});

for (const bits of [4, 8] as const) {
	for (const block of [32, 64, 128] as const) {
		test(`${bits}-bit blocks of ${block} come back within one step, the mean error within a third of one`, () => {
			const [rows, cols] = [5, 2 * block + 17];
			const weight = randomWeight(rows * cols, bits * block);
			const packed = quantizeBlocks(weight, rows, cols, { bits, block });
			assert.deepEqual([packed.q.length, packed.scale.length], [(rows * 3 * block * bits) / 8, rows * 3]);
			const back = dequantizeBlocks(packed, rows, cols, { bits, block });
			for (let i = 0; i < weight.length; i++) {
				const scale = packed.scale[Math.floor(i / cols) * 3 + Math.floor((i % cols) / block)]!;
				const step = bits === 4 ? Math.abs(scale) * 1.2 : Math.abs(scale);
				assert(Math.abs(back[i]! - weight[i]!) <= step * 1.0001, `value ${i}`);
			}
			assert(rootMeanSquare(weight, back) < (bits === 4 ? 0.12 : 0.007) * rootMeanSquare(weight));
		});
	}
}

test("a block is packed with the even column in the low nibble and padded at the zero point", () => {
	const weight = new Float32Array([-8, 7, 1, -2, 0]);
	const { q, scale } = quantizeBlocks(weight, 1, 5, { bits: 4, block: 32 });
	assert.deepEqual(scale, new Float32Array([1]));
	assert.deepEqual([...q.subarray(0, 4)], [0xf0, 0x69, 0x88, 0x88]);
	assert(q.subarray(4).every((byte) => byte === 0x88));
	const bytes = quantizeBlocks(new Float32Array([-128, 127, 1]), 1, 3, { bits: 8, block: 32 });
	assert.deepEqual([...bytes.q.subarray(0, 5)], [0, 255, 129, 128, 128]);
	assert.equal(bytes.scale[0], 1);
});

test("all-zero blocks and denormal values quantize to finite scales", () => {
	for (const value of [0, 1e-45]) {
		const weight = new Float32Array(64).fill(value);
		const blocks = quantizeBlocks(weight, 2, 32, { bits: 4, block: 32 });
		assert([...blocks.scale].every((scale) => Number.isFinite(scale) && scale !== 0));
		assert([...quantizeInt8PerChannel(weight, 2, 32).scale].every((scale) => Number.isFinite(scale) && scale !== 0));
	}
});

test("values that are not finite and sizes that do not fit are refused", () => {
	for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
		const weight = new Float32Array(64);
		weight[40] = value;
		const refused = { code: "invalid_weights", message: /row 1/ };
		assert.throws(() => quantizeInt8PerChannel(weight, 2, 32), refused);
		assert.throws(() => quantizeBlocks(weight, 2, 32, { bits: 4, block: 32 }), refused);
	}
	assert.throws(() => quantizeInt8PerChannel(new Float32Array(5), 2, 3), { code: "invalid_weights" });
});

test("codes round to nearest with halves up, and scales are those of trying each shrink, value by value", () => {
	const weight = Float32Array.from({ length: 640 }, (_, i) => (((i * 7919) % 33) - 16) * [0.5, 1.5, 0.35][i % 3]!);
	const round = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.round(value)));
	const bytes = quantizeInt8PerChannel(weight, 10, 64);
	assert.deepEqual(
		bytes.q,
		Int8Array.from(weight, (value, i) => round(value / bytes.scale[Math.floor(i / 64)]!, -127, 127)),
	);
	const { q, scale } = quantizeBlocks(weight, 10, 64, { bits: 4, block: 32 });
	for (const [b, step] of scale.entries()) {
		const values = weight.subarray(b * 32, (b + 1) * 32);
		const widest = values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0) / -8;
		const error = (candidate: number): number =>
			values.reduce((sum, value) => sum + (value - round(value / candidate, -8, 7) * candidate) ** 2, 0);
		const candidates = [1, 0.95, 0.9, 0.85].map((shrink) => Math.fround(widest * shrink));
		assert.ok(
			candidates.includes(step) && candidates.every((candidate) => error(step) <= error(candidate)),
			`block ${b}`,
		);
		for (const [i, value] of values.entries()) {
			const byte = q[b * 16 + (i >> 1)]!;
			assert.equal(i % 2 === 0 ? byte & 15 : byte >> 4, round(value / step, -8, 7) + 8, `value ${b * 32 + i}`);
		}
	}
});
