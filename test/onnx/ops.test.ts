import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceSession, type Tensor } from "../../src/engine/onnxruntime.ts";
import * as ops from "../../src/onnx/index.ts";
import { maxDifference } from "../conformance/golden.ts";

const { createGraph, toModelFile } = ops;

async function run(build: (g: ops.Graph) => ops.Value, feeds: Readonly<Record<string, Tensor>> = {}): Promise<Tensor> {
	const g = createGraph("test");
	g.output("y", build(g));
	const session = await InferenceSession.create(toModelFile(g, new Map()), { logSeverityLevel: 3 });
	const { y } = await session.run(feeds);
	await session.release();
	return y as Tensor;
}

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

async function assertResult(
	build: (g: ops.Graph) => ops.Value,
	shape: number[],
	values: number[],
	tolerance = 1e-6,
): Promise<void> {
	const y = await run(build);
	assert.deepEqual(y.dims, shape);
	const difference = maxDifference(Array.from(y.data as Float32Array, Number), values);
	assert.ok(difference <= tolerance, `differs by ${difference}`);
}

test("elementwise operators compute what they say", async () => {
	const x = floats(-2, 0.5, 3);
	const apply = (op: (g: ops.Graph, x: ops.Value) => ops.Value) => (g: ops.Graph) => op(g, g.constant(x, [3]));
	const expected = (f: (value: number) => number): number[] => Array.from(x, f);
	await assertResult(apply(ops.exp), [3], expected(Math.exp), 1e-5);
	await assertResult(apply(ops.abs), [3], expected(Math.abs));
	await assertResult(apply(ops.cos), [3], expected(Math.cos));
	await assertResult(apply(ops.sin), [3], expected(Math.sin));
	await assertResult(apply(ops.tanh), [3], expected(Math.tanh));
	await assertResult(
		apply(ops.sigmoid),
		[3],
		expected((v) => 1 / (1 + Math.exp(-v))),
	);
	const gelu = (v: number): number => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
	await assertResult(apply(ops.gelu), [3], expected(gelu), 1e-5);
	const biased = (g: ops.Graph): ops.Value => ops.gelu(g, g.constant(x, [1, 3]), g.constant(floats(1, 1, -1), [3]));
	await assertResult(biased, [1, 3], [gelu(-1), gelu(1.5), gelu(2)], 1e-5);
});

test("the window of comparisons, remainders and choices", async () => {
	const ints = (g: ops.Graph, ...values: number[]): ops.Value => ops.int64s(g, values);
	await assertResult((g) => ops.mod(g, ints(g, -5, 130), ints(g, 128)), [2], [123, 2]);
	const inside = (g: ops.Graph): ops.Value => {
		const keys = ops.range(g, ops.squeeze(g, ints(g, 4), 0), 4);
		return ops.and(g, ops.greaterOrEqual(g, keys, ints(g, 1)), ops.lessOrEqual(g, keys, ints(g, 2)));
	};
	const choose = (g: ops.Graph): ops.Value => ops.where(g, inside(g), ints(g, 7), ints(g, 0));
	await assertResult(choose, [4], [0, 7, 7, 0]);
	await assertResult((g) => ops.cast(g, ops.equal(g, ints(g, 0, 5), ints(g, 0)), "float32"), [2], [1, 0]);
	await assertResult((g) => ops.max(g, ops.min(g, ints(g, 1, 9), ints(g, 5)), ints(g, 3)), [2], [3, 5]);
});

test("arranging operators move values as their shapes say", async () => {
	const m = (g: ops.Graph): ops.Value => g.constant(floats(1, 2, 3, 4, 5, 6), [2, 3]);
	await assertResult((g) => ops.slice(g, m(g), { axis: 1, start: -2, size: 2 }), [2, 2], [2, 3, 5, 6]);
	await assertResult((g) => ops.slice(g, m(g), { axis: 1, start: 0, end: -1, size: 2 }), [2, 2], [1, 2, 4, 5]);
	await assertResult((g) => ops.concat(g, ops.split(g, m(g), [1, 2], 1).toReversed(), 1), [2, 3], [2, 3, 1, 5, 6, 4]);
	await assertResult((g) => ops.gather(g, m(g), ops.int64s(g, [1, 0])), [2, 3], [4, 5, 6, 1, 2, 3]);
	await assertResult((g) => ops.reshape(g, m(g), [3, 1, 2]), [3, 1, 2], [1, 2, 3, 4, 5, 6]);
	await assertResult((g) => ops.sizeOf(g, m(g), 1), [1], [3]);
	const pads = (g: ops.Graph): ops.Value => ops.int64s(g, [1, 0, 0, 1]);
	const padded = (g: ops.Graph): ops.Value => ops.pad(g, m(g), { pads: pads(g), value: 9, shape: [3, 4] });
	await assertResult(padded, [3, 4], [9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9]);
});

test("rows: maximum and root-mean-square norm", async () => {
	const m = (g: ops.Graph): ops.Value => g.constant(floats(1, 2, 3, -4, -5, -6), [2, 3]);
	await assertResult((g) => ops.reduceMax(g, m(g), -1), [2, 1], [3, -4]);
	await assertResult((g) => ops.reduceSum(g, m(g), -1), [2, 1], [6, -15]);
	const root = (values: number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
	const norm = [1, 2, 3]
		.map((v) => (2 * v) / root([1, 2, 3]))
		.concat([-4, -5, -6].map((v) => (2 * v) / root([4, 5, 6])));
	await assertResult((g) => ops.rmsNormalize(g, m(g), g.constant(floats(2, 2, 2), [3]), 1e-9), [2, 3], norm, 1e-5);
});

test("matrix products, plain, transposed and of integers", async () => {
	const a = (g: ops.Graph): ops.Value => g.constant(floats(1, 2, 3, 4), [2, 2]);
	const b = (g: ops.Graph): ops.Value => g.constant(floats(5, 6, 7, 8), [2, 2]);
	await assertResult((g) => ops.matMul(g, a(g), b(g)), [2, 2], [19, 22, 43, 50]);
	await assertResult((g) => ops.matMulTransposed(g, a(g), b(g), 0.5), [2, 2], [8.5, 11.5, 19.5, 26.5]);
	const product = (g: ops.Graph): ops.Value =>
		ops.matMulInteger(g, {
			a: g.constant(Uint8Array.of(129, 126), [1, 2]),
			b: g.constant(Int8Array.of(10, -3, 4, 5), [2, 2]),
			aScale: g.constant(floats(0.5), []),
			aZeroPoint: g.constant(Uint8Array.of(128), []),
			bScale: g.constant(floats(1, 10), [2]),
		});
	await assertResult(product, [1, 2], [(10 - 8) * 0.5, (-3 - 10) * 5]);
	const quantized = (g: ops.Graph): ops.Value =>
		ops.cast(g, ops.quantize(g, a(g), g.constant(floats(0.25), []), g.constant(Uint8Array.of(128), [])), "float32");
	await assertResult(quantized, [2, 2], [132, 136, 140, 144]);
});

test("a scan carries its state along the given axis, rows of a batch apart", async () => {
	// h_t = a_t h_{t-1} + b_t for two rows of three steps
	const scan = (g: ops.Graph): { states: ops.Value; last: ops.Value } =>
		ops.scan(g, {
			state: g.constant(floats(1, 10), [2, 1]),
			sequences: [g.constant(floats(2, 0, 3, 1, 1, 1), [2, 3, 1]), g.constant(floats(1, 1, 1, 1, 1, 1), [2, 3, 1])],
			axis: 1,
			step: (body, h, [a, b]) => ops.add(body, ops.mul(body, a!, h), b!),
		});
	await assertResult((g) => scan(g).states, [2, 3, 1], [3, 1, 4, 11, 12, 13]);
	await assertResult((g) => scan(g).last, [2, 1], [4, 13]);
});

test("rotary embedding turns the first values of each head in pairs half the rotated width apart", async () => {
	const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
	const rotated = (g: ops.Graph): ops.Value =>
		ops.rotaryEmbedding(g, {
			x: g.constant(floats(1, 2, 3, 4, 5, 6, 7, 8), [1, 1, 8]),
			heads: 2,
			rotated: 2,
			cos: g.constant(floats(c), [1, 1, 1]),
			sin: g.constant(floats(s), [1, 1, 1]),
		});
	const turn = (x: number, y: number): number[] => [x * c - y * s, y * c + x * s];
	await assertResult(rotated, [1, 1, 8], [...turn(1, 2), 3, 4, ...turn(5, 6), 7, 8], 1e-6);
});
