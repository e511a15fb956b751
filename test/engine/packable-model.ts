/**
 * Models whose weights ONNX Runtime packs, of seeded random weights: two graphs over one data file, as a converted directory
 * has them. Input `x` [rows, inputs], outputs `y.<matrix>` [rows, outputs].
 */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConvertedFile } from "../../src/convert/index.ts";
import type { PlainModel } from "../../src/engine/prepared-weights.ts";
import {
	createGraph,
	type Graph,
	matMul,
	matMulBlocks,
	matMulInteger,
	mul,
	quantize,
	toModelFile,
	type Value,
	writeWeights,
} from "../../src/onnx/index.ts";

/** Kinds of weights: float32, int8, or codes of 4 or 8 bits in blocks of inputs that share a scale. */
export type MatrixKind = "f32" | "int8" | { readonly bits: 4 | 8; readonly block: number };

export interface Matrix {
	readonly kind: MatrixKind;
	readonly inputs: number;
	readonly outputs: number;
	/** Only model.onnx or only slots.onnx has it. */
	readonly only?: "model" | "slots";
}

/** Writes model.onnx, slots.onnx with doubled outputs, and weights.data; all inputs are of one size. */
export async function writePackableModel(
	directory: string,
	matrices: readonly Matrix[],
	seed = 1,
): Promise<PlainModel> {
	const graphs = { "model.onnx": build(matrices, seed, "model"), "slots.onnx": build(matrices, seed, "slots") };
	const { locations, bytes, sha256 } = await writeWeights(
		join(directory, "weights.data"),
		Object.values(graphs).flatMap((graph) => graph.weightGroups()),
	);
	const files: ConvertedFile[] = [{ name: "weights.data", bytes, sha256 }];
	for (const [name, graph] of Object.entries(graphs)) {
		writeFileSync(join(directory, name), toModelFile(graph, locations));
		files.push({ name, bytes: statSync(join(directory, name)).size, sha256: String(seed).padStart(64, "0") });
	}
	const paths = { model: join(directory, "model.onnx"), slots: join(directory, "slots.onnx") };
	return { directory, manifest: { files }, files: paths };
}

function build(matrices: readonly Matrix[], seed: number, name: "model" | "slots"): Graph {
	const g = createGraph("packable");
	const x = g.input("x", "float32", ["rows", matrices[0]!.inputs]);
	for (const [i, matrix] of matrices.entries()) {
		if (matrix.only !== undefined && matrix.only !== name) continue;
		const y = product(g, x, { ...matrix, name: `w.${i}`, seed: seed * 1000 + i });
		g.output(`y.${i}`, name === "model" ? y : mul(g, y, g.constant(Float32Array.of(2), [])));
	}
	return g;
}

type NamedMatrix = Matrix & { readonly name: string; readonly seed: number };

function product(g: Graph, x: Value, matrix: NamedMatrix): Value {
	const { kind, inputs, outputs, name, seed } = matrix;
	if (typeof kind === "object") return blockProduct(g, x, { ...matrix, ...kind });
	if (kind === "f32") {
		const specs = [{ name, dtype: "float32" as const, shape: [inputs, outputs] }];
		const [w] = g.weights(specs, () => [Float32Array.from(randomBytes(inputs * outputs, seed), (n) => n / 128 - 1)]);
		return matMul(g, x, w!);
	}
	const specs = [
		{ name, dtype: "int8" as const, shape: [inputs, outputs] },
		{ name: `${name}.scale`, dtype: "float32" as const, shape: [outputs] },
	];
	const produce = () => [randomBytes(inputs * outputs, seed), new Float32Array(outputs).fill(0.01)];
	const [b, bScale] = g.weights(specs, produce);
	const aScale = g.constant(Float32Array.of(0.01), []);
	const aZeroPoint = g.constant(Uint8Array.of(128), []);
	const a = quantize(g, x, aScale, aZeroPoint);
	return matMulInteger(g, { a, b: b!, aScale, aZeroPoint, bScale: bScale! });
}

function blockProduct(g: Graph, x: Value, matrix: NamedMatrix & { bits: 4 | 8; block: number }): Value {
	const { inputs, outputs, bits, block, name, seed } = matrix;
	const blocks = Math.ceil(inputs / block);
	const size = (block * bits) / 8;
	const specs = [
		{ name, dtype: "uint8" as const, shape: [outputs, blocks, size] },
		{ name: `${name}.scale`, dtype: "float32" as const, shape: [outputs * blocks] },
	];
	const [codes, scale] = g.weights(specs, () => [
		randomBytes(outputs * blocks * size, seed),
		Float32Array.from(randomBytes(outputs * blocks, seed + 1), (n) => n / 10000),
	]);
	return matMulBlocks(g, x, { codes: codes!, scale: scale!, inputs, outputs, bits, block, accuracyLevel: 4 });
}

/** Bytes of a linear congruential generator. */
function randomBytes(length: number, seed: number): Uint8Array {
	const words = new Uint32Array(Math.ceil(length / 4));
	let state = seed >>> 0;
	for (let i = 0; i < words.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		words[i] = state ^ (state >>> 13);
	}
	return new Uint8Array(words.buffer, 0, length);
}
