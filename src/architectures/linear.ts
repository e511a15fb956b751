/**
 * Linear layers and embeddings under each kind of weights. Every kind computes a row from that row alone, so a token's
 * numbers do not depend on what else is in the batch or the chunk.
 * q8: the vector-wise scheme of LLM.int8(), one scale per token and per output (arXiv:2208.07339 section 2.2).
 * q4: blocks of 32 inputs with a scale each; embedding and output layer keep 8 bits.
 */
import {
	abs,
	add,
	cast,
	div,
	type Graph,
	gather,
	matMul,
	matMulBlocks,
	matMulInteger,
	matMulTransposed,
	mul,
	quantize,
	reduceMax,
	type Value,
} from "../onnx/index.ts";
import { quantizeBlocks, quantizeInt8PerChannel } from "../weights/quantize.ts";
import { type Parameter, type Parameters, toValue } from "./parameters.ts";

/** Block length of 4-bit weights. */
const BLOCK = 32;

/** A linear layer: tensors `name.weight` [outputs, inputs] and, where it has one, `name.bias` [outputs]. */
export interface Linear {
	readonly name: string;
	readonly outputs: number;
}

/** x Wᵀ + b. */
export function linear(g: Graph, p: Parameters, x: Value, layer: Linear): Value {
	return add(g, project(g, p, x, [layer])[0]!, biasOf(g, p, layer));
}

/** b of a layer. */
export function biasOf(g: Graph, p: Parameters, { name, outputs }: Linear): Value {
	return toValue(g, p, { name: `${name}.bias`, shape: [outputs] });
}

/** x Wᵀ of several layers. */
export function project(g: Graph, p: Parameters, x: Value, layers: readonly Linear[]): Value[] {
	const inputs = Number(x.shape.at(-1));
	const matrices = layers.map(({ name, outputs }) => toMatrix([{ name: `${name}.weight`, outputs }], inputs));
	return multiply(g, p, x, matrices);
}

/** x Wᵀ of several layers, side by side in one result. */
export function projectTogether(g: Graph, p: Parameters, x: Value, layers: readonly Linear[]): Value {
	const rows = layers.map(({ name, outputs }) => ({ name: `${name}.weight`, outputs }));
	return multiply(g, p, x, [toMatrix(rows, Number(x.shape.at(-1)))])[0]!;
}

/** A matrix [outputs, inputs] made of the rows of one or more tensors. */
interface Matrix {
	readonly name: string;
	readonly from: readonly Parameter[];
	readonly outputs: number;
	readonly inputs: number;
	/** Width of block-quantized codes. */
	readonly bits: 4 | 8;
}

function toMatrix(rows: readonly Linear[], inputs: number): Matrix {
	return {
		name: rows.map(({ name }) => name).join("+"),
		from: rows.map(({ name, outputs }) => ({ name, shape: [outputs, inputs] })),
		outputs: rows.reduce((sum, { outputs }) => sum + outputs, 0),
		inputs,
		bits: 4,
	};
}

function multiply(g: Graph, p: Parameters, x: Value, matrices: readonly Matrix[]): Value[] {
	if (p.kind === "q8") return multiplyInt8(g, p, x, matrices);
	return matrices.map((matrix) => (p.kind === "q4" ? multiplyBlocks : multiplyFloat)(g, p, x, matrix));
}

function multiplyFloat(g: Graph, p: Parameters, x: Value, { name, from, outputs, inputs }: Matrix): Value {
	const [weight] = p.derive(g, {
		from,
		to: [{ name: `${name}:transposed`, dtype: "float32", shape: [inputs, outputs] }],
		compute: (values) => [transposed(new Float32Array(outputs * inputs), concatFloats(values), outputs, inputs)],
	});
	return matMul(g, x, weight!);
}

/** x ≈ (a - 128) / step per token with step = 127 / max|x|, so y = ((a - 128) · b) · scale / step: exact integer sums. */
function multiplyInt8(g: Graph, p: Parameters, x: Value, matrices: readonly Matrix[]): Value[] {
	const largest = add(g, reduceMax(g, abs(g, x), -1), scalar(g, 1e-30)); // [batch, seq, 1], never 0
	const aZeroPoint = g.constant(Uint8Array.of(128), []);
	const scaled = mul(g, x, div(g, scalar(g, 127), largest));
	const a = quantize(g, scaled, scalar(g, 1), aZeroPoint);
	return matrices.map(({ name, from, outputs, inputs }) => {
		const [b, bScale] = p.derive(g, {
			from,
			to: [
				{ name: `${name}:int8`, dtype: "int8", shape: [inputs, outputs] },
				{ name: `${name}:int8.scale`, dtype: "float32", shape: [outputs] },
			],
			compute: (values) => {
				const { q, scale } = quantizeInt8PerChannel(concatFloats(values), outputs, inputs);
				return [transposed(new Int8Array(q.length), q, outputs, inputs), scale];
			},
		});
		const y = matMulInteger(g, { a, b: b!, aScale: scalar(g, 1 / 127), aZeroPoint, bScale: bScale! });
		return mul(g, y, largest);
	});
}

function multiplyBlocks(g: Graph, p: Parameters, x: Value, { name, from, outputs, inputs, bits }: Matrix): Value {
	const blocks = Math.ceil(inputs / BLOCK);
	const [codes, scale] = p.derive(g, {
		from,
		to: [
			{ name: `${name}:blocks${bits}`, dtype: "uint8", shape: [outputs, blocks, (BLOCK * bits) / 8] },
			{ name: `${name}:blocks${bits}.scale`, dtype: "float32", shape: [outputs * blocks] },
		],
		compute: (values) => {
			const { q, scale } = quantizeBlocks(concatFloats(values), outputs, inputs, { bits, block: BLOCK });
			return [q, scale];
		},
	});
	const sizes = { inputs, outputs, bits, block: BLOCK, accuracyLevel: 4 } as const;
	return matMulBlocks(g, x, { codes: codes!, scale: scale!, ...sizes });
}

/** An embedding table [vocab, width], also used as the output layer (tied). */
export interface Embedding {
	readonly name: string;
	readonly vocab: number;
	readonly width: number;
}

/** `multiplier` · E[ids]; int8 rows with one scale each unless the weights are f32. */
export function embed(g: Graph, p: Parameters, ids: Value, table: Embedding & { multiplier: number }): Value {
	const multiplier = scalar(g, table.multiplier);
	const from = [{ name: table.name, shape: [table.vocab, table.width] }];
	if (p.kind === "f32") {
		const rows = gather(g, wholeTable(g, p, table), ids); // [batch, seq, width]
		return table.multiplier === 1 ? rows : mul(g, rows, multiplier);
	}
	const [codes, scale] = p.derive(g, {
		from,
		to: [
			{ name: `${table.name}:int8`, dtype: "int8", shape: [table.vocab, table.width] },
			{ name: `${table.name}:int8.scale`, dtype: "float32", shape: [table.vocab, 1] },
		],
		compute: ([rows]) => {
			const { q, scale } = quantizeInt8PerChannel(rows!, table.vocab, table.width);
			return [q, scale];
		},
	});
	const step = mul(g, gather(g, scale!, ids), multiplier); // [batch, seq, 1]
	return mul(g, cast(g, gather(g, codes!, ids), "float32"), step);
}

/** x Eᵀ: scores of every token; never less than 8 bits, since each score comes straight from one row. */
export function unembed(g: Graph, p: Parameters, x: Value, table: Embedding): Value {
	if (p.kind === "f32") return matMulTransposed(g, x, wholeTable(g, p, table));
	const from = [{ name: table.name, shape: [table.vocab, table.width] }];
	const matrix = { name: `${table.name}:head`, from, outputs: table.vocab, inputs: table.width, bits: 8 as const };
	return multiply(g, p, x, [matrix])[0]!;
}

function wholeTable(g: Graph, p: Parameters, { name, vocab, width }: Embedding): Value {
	const parameter = { name, shape: [vocab, width] };
	const to = [{ ...parameter, dtype: "float32" as const }];
	return p.derive(g, { from: [parameter], to, compute: (values) => values })[0]!;
}

/** A float32 scalar. */
export function scalar(g: Graph, value: number): Value {
	return g.constant(Float32Array.of(value), []);
}

function concatFloats(parts: readonly Float32Array[]): Float32Array {
	if (parts.length === 1) return parts[0]!;
	const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}

function transposed<A extends Float32Array | Int8Array>(into: A, matrix: A, rows: number, cols: number): A {
	for (let r = 0; r < rows; r++) {
		for (let c = 0; c < cols; c++) into[c * rows + r] = matrix[r * cols + c]!;
	}
	return into;
}
