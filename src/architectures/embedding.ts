/**
 * The embedding table under each kind of weights, which is also the output layer (tied). Knows no architecture.
 */
import {
	cast,
	type Graph,
	gather,
	matMulTransposed,
	mul,
	scatter,
	squeeze,
	unsqueeze,
	type Value,
} from "../onnx/index.ts";
import { toFloats, toInt8 } from "../weights/matrix-pieces.ts";
import { highestColumns } from "./highest-columns.ts";
import { multiplyBlocks, scalar } from "./linear.ts";
import type { Parameters } from "./parameters.ts";

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
		pieces: toInt8,
	});
	const step = mul(g, gather(g, scale!, ids), multiplier); // [batch, seq, 1]
	return mul(g, cast(g, gather(g, codes!, ids), "float32"), step);
}

/**
 * Tables from here on are read twice: 4-bit codes of all rows, then the 8-bit rows of the tokens that score highest. Generation
 * reads the whole table for every token, and of all scores only the highest matter.
 */
const COARSE_FROM = 1 << 26;
const REFINED = 64;

/** x Eᵀ [n, vocab] for x [n, width]: the scores of every token, the highest ones from rows of 8 bits at least. */
export function unembed(g: Graph, p: Parameters, x: Value, table: Embedding): Value {
	if (p.kind === "f32") return matMulTransposed(g, x, wholeTable(g, p, table));
	const isCoarse = table.vocab * table.width >= COARSE_FROM;
	const all = multiplyBlocks(g, p, x, {
		name: `${table.name}:head`,
		from: [{ name: table.name, shape: [table.vocab, table.width] }],
		outputs: table.vocab,
		inputs: table.width,
		bits: isCoarse ? 4 : 8,
	});
	if (!isCoarse) return all;
	const ids = highestColumns(g, all, REFINED); // [n, 64]
	const rows = embed(g, p, ids, { ...table, multiplier: 1 }); // [n, 64, width]
	const refined = matMulTransposed(g, unsqueeze(g, x, 1), rows); // [n, 1, 64]
	return scatter(g, all, { indices: ids, values: squeeze(g, refined, 1), axis: 1 });
}

/** x E[ids]ᵀ: scores [..., n, m] of the m tokens `ids` alone, from the rows that {@link embed} reads. */
export function unembedSome(g: Graph, p: Parameters, x: Value, ids: Value, table: Embedding): Value {
	return matMulTransposed(g, x, embed(g, p, ids, { ...table, multiplier: 1 }));
}

function wholeTable(g: Graph, p: Parameters, { name, vocab, width }: Embedding): Value {
	const parameter = { name, shape: [vocab, width] };
	const to = [{ ...parameter, dtype: "float32" as const }];
	return p.derive(g, { from: [parameter], to, pieces: toFloats })[0]!;
}

/** The nearest bfloat16, as embedding multipliers are stored by the references. */
export function roundToBfloat16(value: number): number {
	const bits = new Uint32Array(Float32Array.of(value).buffer);
	bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >> 16) & 1)) & 0xffff0000;
	return new Float32Array(bits.buffer)[0]!;
}
