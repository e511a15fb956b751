import assert from "node:assert/strict";
import { test } from "node:test";
import { embed, unembed } from "../../src/architectures/embedding.ts";
import type { WeightKind } from "../../src/architectures/index.ts";
import { linear } from "../../src/architectures/linear.ts";
import { createParameters, type Parameters } from "../../src/architectures/parameters.ts";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { createGraph, type Graph, toModelFile, type Value } from "../../src/onnx/index.ts";
import { createRandomSource } from "../conformance/architecture.ts";
import { maxDifference } from "../conformance/golden.ts";

const INPUTS = 48;
const OUTPUTS = 20;
const source = createRandomSource({
	"layer.weight": [OUTPUTS, INPUTS],
	"layer.bias": [OUTPUTS],
	"table.weight": [OUTPUTS, INPUTS],
	x: [5, INPUTS],
});
const X = source.readF32("x").map((value) => value * 20);

/** Weights become constants, so that the graph needs no file. */
async function run(
	kind: WeightKind,
	build: (g: Graph, p: Parameters) => Value,
	feeds: Record<string, Tensor>,
): Promise<Float32Array> {
	const g = createGraph("test");
	const inline: Graph = {
		...g,
		scope: () => inline,
		weights(specs, produce) {
			const bytes = Buffer.concat(Array.from(produce(), (piece) => Buffer.from(toBytes(piece))));
			let at = 0;
			return specs.map(({ dtype, shape }) => {
				const kind = { float32: Float32Array, int8: Int8Array, uint8: Uint8Array }[dtype as "float32"];
				const length = shape.reduce<number>((n, dim) => n * Number(dim), kind.BYTES_PER_ELEMENT);
				const data = new kind(Uint8Array.from(bytes.subarray(at, at + length)).buffer);
				at += length;
				return g.constant(data, shape);
			});
		},
	};
	g.output("y", build(inline, createParameters(source, kind)));
	const session = await InferenceSession.create(toModelFile(g, new Map()));
	const { y } = await session.run(feeds);
	await session.release();
	return y?.data as Float32Array;
}

function toBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
	return new Uint8Array(buffer, byteOffset, byteLength);
}

function runLayer(kind: WeightKind, rows: Float32Array): Promise<Float32Array> {
	const build = (g: Graph, p: Parameters): Value => {
		return linear(g, p, g.input("x", "float32", ["batch", "seq", INPUTS]), { name: "layer", outputs: OUTPUTS });
	};
	return run(kind, build, { x: new Tensor("float32", rows, [1, rows.length / INPUTS, INPUTS]) });
}

/** x Wᵀ + b in double precision. */
function multiply(x: ArrayLike<number>, weight: ArrayLike<number>): number[] {
	const bias = source.readF32("layer.bias");
	return Array.from({ length: (x.length / INPUTS) * OUTPUTS }, (_, at) => {
		const [row, column] = [Math.floor(at / OUTPUTS), at % OUTPUTS];
		let sum = bias[column]!;
		for (let k = 0; k < INPUTS; k++) sum += x[row * INPUTS + k]! * weight[column * INPUTS + k]!;
		return sum;
	});
}

/** Every row rounded to 127 steps of its largest magnitude. */
function roundRows(matrix: Float32Array): Float32Array {
	return matrix.map((value, at) => {
		const row = matrix.subarray(at - (at % INPUTS), at - (at % INPUTS) + INPUTS);
		const step = row.reduce((largest, v) => Math.max(largest, Math.abs(v)), 0) / 127;
		return Math.round(value / step) * step;
	});
}

test("f32: a layer is x Wᵀ + b", async () => {
	assert.ok(maxDifference(await runLayer("f32", X), multiply(X, source.readF32("layer.weight"))) < 1e-4);
});

test("q8: a layer is exactly the product of rows rounded to 127 steps, of the input and of the weights", async () => {
	const expected = multiply(roundRows(X), roundRows(source.readF32("layer.weight")));
	assert.ok(maxDifference(await runLayer("q8", X), expected) < 1e-3);
});

test("q8: a row of zeros gives the bias", async () => {
	assert.deepEqual(await runLayer("q8", new Float32Array(INPUTS)), source.readF32("layer.bias"));
});

test("q8 and q4: a row gives the same bits whatever the other rows are", async () => {
	for (const kind of ["q8", "q4"] as const) {
		const together = await runLayer(kind, X);
		for (let row = 0; row < 5; row++) {
			const alone = await runLayer(kind, X.slice(row * INPUTS, (row + 1) * INPUTS));
			assert.deepEqual(alone, together.slice(row * OUTPUTS, (row + 1) * OUTPUTS), `${kind}, row ${row}`);
		}
	}
});

test("q4: a layer whose inputs do not fill a block stays within a tenth of the outputs' size", async () => {
	const expected = multiply(X, source.readF32("layer.weight"));
	const size = Math.sqrt(expected.reduce((sum, v) => sum + v * v, 0) / expected.length);
	const actual = await runLayer("q4", X);
	const error = Math.sqrt(actual.reduce((sum, v, i) => sum + (v - expected[i]!) ** 2, 0) / actual.length);
	assert.ok(error < 0.1 * size, `${error} of ${size}`);
});

test("an embedding's rows are scaled, within half an int8 step when quantized; the same table scores tokens", async () => {
	const table = { name: "table.weight", vocab: OUTPUTS, width: INPUTS };
	const weight = source.readF32("table.weight");
	const ids = new Tensor("int64", BigInt64Array.of(3n, 19n), [1, 2]);
	for (const kind of ["f32", "q8", "q4"] as const) {
		const expected = [3, 19].flatMap((id) => [
			...(kind === "f32" ? weight : roundRows(weight)).slice(id * INPUTS, (id + 1) * INPUTS),
		]);
		const rows = await run(
			kind,
			(g, p) => embed(g, p, g.input("ids", "int64", ["b", "t"]), { ...table, multiplier: 6.5 }),
			{ ids },
		);
		assert.ok(
			maxDifference(
				rows,
				expected.map((v) => v * 6.5),
			) < 1e-5,
			kind,
		);
		const scores = await run(kind, (g, p) => unembed(g, p, g.input("x", "float32", ["b", "t", INPUTS]), table), {
			x: new Tensor("float32", X, [1, 5, INPUTS]),
		});
		const bias = source.readF32("layer.bias");
		const exact = multiply(X, weight).map((v, i) => v - bias[i % OUTPUTS]!);
		assert.ok(maxDifference(scores, exact) < (kind === "f32" ? 1e-4 : 1.5), kind);
	}
});
