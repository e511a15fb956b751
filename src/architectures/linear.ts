/**
 * Linear layers under each kind of weights. Every kind computes a row from that row alone, so a token's
 * numbers do not depend on what else is in the batch or the chunk.
 * q8: the vector-wise scheme of LLM.int8(), one scale per token and per output (arXiv:2208.07339 section 2.2).
 * q4: blocks of inputs with a scale each. Embedding and output layer: embedding.ts.
 */
import {
	abs,
	add,
	div,
	type Graph,
	matMul,
	matMulBlocks,
	matMulInteger,
	mul,
	quantize,
	reduceMax,
	type Value,
} from "../onnx/index.ts";
import { toCodeBlocks, toTransposedFloats, toTransposedInt8 } from "../weights/matrix-pieces.ts";
import { type Parameter, type Parameters, toValue } from "./parameters.ts";

/**
 * Inputs that share a scale. Wide layers have long blocks: 256 take 0.6 of the time of 32, for an error that is a fifth
 * larger on normal weights (docs/log.md).
 */
function blockLength(inputs: number): 32 | 128 | 256 {
	if (inputs < 1024) return 32;
	return inputs % 256 === 0 ? 256 : 128;
}

/** A linear layer: tensors `name.weight` [outputs, inputs] and, where it has one, `name.bias` [outputs]. */
export interface Linear {
	readonly name: string;
	readonly outputs: number;
	/** Whether there is a bias; default true. */
	readonly bias?: boolean;
}

/** x Wᵀ + b, or x Wᵀ. */
export function linear(g: Graph, p: Parameters, x: Value, layer: Linear): Value {
	const [y] = project(g, p, x, [layer]);
	return layer.bias === false ? y! : add(g, y!, biasOf(g, p, layer));
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
export interface Matrix {
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
		pieces: (matrix) => toTransposedFloats(matrix),
	});
	return matMul(g, x, weight!);
}

/**
 * x ≈ (a - 128) · max|x| / 127 per token, so y = ((a - 128) · b) · scale · max|x| / 127: exact integer sums. Codes of a row of
 * zeros mean nothing, and are multiplied by 0.
 */
function multiplyInt8(g: Graph, p: Parameters, x: Value, matrices: readonly Matrix[]): Value[] {
	const largest = reduceMax(g, abs(g, x), -1); // [batch, seq, 1]
	const aZeroPoint = g.constant(Uint8Array.of(128), []);
	const a = quantize(g, div(g, x, largest), scalar(g, 1 / 127), aZeroPoint);
	return matrices.map(({ name, from, outputs, inputs }) => {
		const [b, bScale] = p.derive(g, {
			from,
			to: [
				{ name: `${name}:int8`, dtype: "int8", shape: [inputs, outputs] },
				{ name: `${name}:int8.scale`, dtype: "float32", shape: [outputs] },
			],
			pieces: (matrix) => toTransposedInt8(matrix),
		});
		const y = matMulInteger(g, { a, b: b!, aScale: scalar(g, 1 / 127), aZeroPoint, bScale: bScale! });
		return mul(g, y, largest);
	});
}

/** x Wᵀ for a matrix in blocks of codes. */
export function multiplyBlocks(
	g: Graph,
	p: Parameters,
	x: Value,
	{ name, from, outputs, inputs, bits }: Matrix,
): Value {
	const block = blockLength(inputs);
	const blocks = Math.ceil(inputs / block);
	const [codes, scale] = p.derive(g, {
		from,
		to: [
			{ name: `${name}:blocks${bits}`, dtype: "uint8", shape: [outputs, blocks, (block * bits) / 8] },
			{ name: `${name}:blocks${bits}.scale`, dtype: "float32", shape: [outputs * blocks] },
		],
		pieces: (matrix) => toCodeBlocks(matrix, { bits, block }),
	});
	const sizes = { inputs, outputs, bits, block, accuracyLevel: 4 } as const;
	return matMulBlocks(g, x, { codes: codes!, scale: scale!, ...sizes });
}

/** A float32 scalar. */
export function scalar(g: Graph, value: number): Value {
	return g.constant(Float32Array.of(value), []);
}
