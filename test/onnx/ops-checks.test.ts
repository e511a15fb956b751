import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import * as ops from "../../src/onnx/index.ts";

const { createGraph } = ops;
type Build = (g: ops.Graph) => unknown;

const f32 = (g: ops.Graph, ...shape: ops.Shape): ops.Value => g.constant(new Float32Array(sizeOf(shape)), shape);
const sizeOf = (shape: ops.Shape): number => shape.reduce<number>((n, dim) => n * Number(dim), 1);
const ids = (g: ops.Graph, n: number): ops.Value => g.constant(new BigInt64Array(n), [n]);

/** What must fail when the graph is built, and what the message says after the scope. */
const WRONG: readonly [string, Build, string][] = [
	["sizes that do not broadcast", (g) => ops.add(g, f32(g, 2, 3), f32(g, 4)), "Add: float32 [2, 3] and float32 [4]"],
	["mixed dtypes", (g) => ops.mul(g, f32(g, 2), ids(g, 2)), "Mul: dtypes differ: float32 [2], int64 [2]"],
	["functions of integers", (g) => ops.exp(g, ids(g, 2)), "Exp: int64 [2] is not float32"],
	["logic on numbers", (g) => ops.and(g, f32(g, 2), f32(g, 2)), "And: float32 [2] is not bool"],
	[
		"a condition that is a number",
		(g) => ops.where(g, f32(g, 2), f32(g, 2), f32(g, 2)),
		"Where: float32 [2] is not bool",
	],
	["a bias of another width", (g) => ops.gelu(g, f32(g, 2, 3), f32(g, 2)), "FastGelu: bias float32 [2]"],
	[
		"inner sizes that differ",
		(g) => ops.matMul(g, f32(g, 2, 3), f32(g, 4, 5)),
		"MatMul: float32 [2, 3] and float32 [4, 5]: inner sizes 3 and 4 differ",
	],
	["a vector as a matrix", (g) => ops.matMul(g, f32(g, 3), f32(g, 3, 5)), "MatMul: float32 [3]"],
	["transposed sizes that differ", (g) => ops.matMulTransposed(g, f32(g, 2, 3), f32(g, 3, 5)), "FusedMatMul"],
	[
		"symbols that differ",
		(g) => ops.add(g, g.input("a", "float32", ["n"]), g.input("b", "float32", ["m"])),
		"Add: float32 [n] and float32 [m]",
	],
	["a reshape of another size", (g) => ops.reshape(g, f32(g, 2, 3), [4]), "Reshape: float32 [2, 3] does not fill [4]"],
	["a reshape with two unknowns", (g) => ops.reshape(g, g.input("x", "float32", ["a", "b"]), ["b", "a"]), "Reshape"],
	["parts that do not add up", (g) => ops.split(g, f32(g, 2, 6), [2, 3], -1), "Split: sizes [2,3] of axis 1"],
	["a concatenation of other shapes", (g) => ops.concat(g, [f32(g, 2, 3), f32(g, 3, 3)], 1), "Concat"],
	["an axis that is not there", (g) => ops.reduceMax(g, f32(g, 2), 1), "ReduceMax: no axis 1 in float32 [2]"],
	["fractional indices", (g) => ops.gather(g, f32(g, 4, 2), f32(g, 2)), "Gather: float32 [2] is not int32 or int64"],
	["a squeeze of a wide axis", (g) => ops.squeeze(g, f32(g, 2, 3), 1), "Squeeze: axis 1 of float32 [2, 3] is not 1"],
	[
		"a scale of another width",
		(g) => ops.rmsNormalize(g, f32(g, 2, 3), f32(g, 2), 1e-6),
		"SimplifiedLayerNormalization",
	],
	[
		"a scale per value",
		(g) => ops.quantize(g, f32(g, 2), f32(g, 2), g.constant(Uint8Array.of(0), [])),
		"QuantizeLinear",
	],
	[
		"sequences of other shapes",
		(g) =>
			ops.scan(g, { state: f32(g, 1, 4), sequences: [f32(g, 1, 3, 4), f32(g, 1, 2, 4)], axis: 1, step: (_, h) => h }),
		"Scan: float32 [1, 2, 4] has not shape [1, 3, 4]",
	],
	[
		"a state that changes shape",
		(g) =>
			ops.scan(g, {
				state: f32(g, 1, 4),
				sequences: [f32(g, 1, 3, 4)],
				axis: 1,
				step: (body, h) => ops.unsqueeze(body, h, 0),
			}),
		"Scan: float32 [1, 1, 4] has not shape [1, 4]",
	],
	[
		"a rotation wider than a head",
		(g) =>
			ops.rotaryEmbedding(g, { x: f32(g, 1, 2, 8), heads: 2, rotated: 6, cos: f32(g, 1, 2, 3), sin: f32(g, 1, 2, 3) }),
		"RotaryEmbedding",
	],
];

for (const [what, build, message] of WRONG) {
	test(`${what}: rejected when the graph is built, with the scope in the message`, () => {
		const g = createGraph("main").scope("layers.3/attn");
		assert.throws(
			() => build(g),
			(error) =>
				error instanceof SluiceError &&
				error.code === "invalid_graph" &&
				error.detail.startsWith("layers.3/attn") &&
				error.detail.includes(message),
		);
	});
}

test("a scan body cannot use values of the outer graph", () => {
	const g = createGraph("main");
	const x = f32(g, 1, 3, 4);
	const step = (body: ops.Graph, h: ops.Value): ops.Value => ops.add(body, h, f32(g, 1, 4));
	assert.throws(() => ops.scan(g, { state: f32(g, 1, 4), sequences: [x], axis: 1, step }), /belongs to another graph/);
});

test("products of block-quantized weights check codes, scales and inputs", () => {
	const g = createGraph("main");
	const codes = g.constant(new Uint8Array(4 * 2 * 16), [4, 2, 16]);
	const weight = { codes, scale: f32(g, 8), inputs: 40, outputs: 4, bits: 4, block: 32, accuracyLevel: 4 } as const;
	assert.deepEqual(ops.matMulBlocks(g, f32(g, 3, 40), weight).shape, [3, 4]);
	assert.throws(() => ops.matMulBlocks(g, f32(g, 3, 41), weight), /float32 \[3, 41\] for 40 inputs/);
	assert.throws(() => ops.matMulBlocks(g, f32(g, 3, 40), { ...weight, bits: 8 }), /has not shape \[4, 2, 32\]/);
	assert.throws(() => ops.matMulBlocks(g, f32(g, 3, 40), { ...weight, scale: f32(g, 4) }), /has not shape \[8\]/);
});
