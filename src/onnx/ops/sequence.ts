/**
 * Operators along time: the scan and rotary position embedding.
 * https://onnx.ai/onnx/operators/onnx__Scan.html and https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
 */
import type { Graph, Value } from "../graph.ts";
import { addNode, formatType, requireDtype, requireRank, requireSameDtype, requireShape } from "./check.ts";

/** What a scan reads: a state and sequences, all with one time axis. */
export interface ScanOptions {
	readonly state: Value;
	readonly sequences: readonly Value[];
	/** The time axis of the sequences and of the result. */
	readonly axis: number;
	/** Makes the next state out of the last one and the values of one step; it sees only its arguments. */
	readonly step: (body: Graph, state: Value, values: readonly Value[]) => Value;
}

/** All states, along `axis`, and the last one. */
export function scan(g: Graph, { state, sequences, axis, step }: ScanOptions): { states: Value; last: Value } {
	const [first] = sequences;
	if (first === undefined) return g.fail("Scan", "no sequences");
	const length = first.shape[axis] ?? g.fail("Scan", `no axis ${axis} in ${formatType(first)}`);
	const body = g.body("Scan.body");
	const inside = body.input(`${body.name}/state`, state.dtype, state.shape);
	const values = sequences.map((sequence, i) => {
		requireShape(g, "Scan", sequence, first.shape);
		return body.input(`${body.name}/value.${i}`, sequence.dtype, sequence.shape.toSpliced(axis, 1));
	});
	const next = step(body, inside, values);
	requireSameDtype(body, "Scan", [inside, next]);
	requireShape(body, "Scan", next, state.shape);
	body.output(`${body.name}/next`, next);
	body.output(`${body.name}/step`, next);
	const axes = (count: number): { ints: number[] } => ({ ints: Array.from({ length: count }, () => axis) });
	const [last, states] = g.node("Scan", [state, ...sequences], {
		outputs: [state, { dtype: next.dtype, shape: next.shape.toSpliced(axis, 0, length) }],
		attributes: {
			body: { graph: body.toProto((name) => body.fail("Scan", `weight ${name} inside a body`)) },
			num_scan_inputs: { int: sequences.length },
			scan_input_axes: axes(sequences.length),
			scan_output_axes: axes(1),
		},
	});
	return { states: states!, last: last! };
}

/** Operands of rotary position embedding. */
export interface Rotation {
	/** float32 [batch, time, heads · size]. */
	readonly x: Value;
	readonly heads: number;
	/** The first `rotated` values of each head are rotated in pairs (i, i + rotated / 2), the others pass. */
	readonly rotated: number;
	/** Cosine and sine of the angles: [batch, time, rotated / 2]. */
	readonly cos: Value;
	readonly sin: Value;
}

/** Rotates the pairs of each head by the angles of their step. */
export function rotaryEmbedding(g: Graph, { x, heads, rotated, cos, sin }: Rotation): Value {
	const type = "RotaryEmbedding";
	requireDtype(g, type, [x, cos, sin], ["float32"]);
	requireRank(g, type, x, 3);
	const size = Number(x.shape[2]) / heads;
	if (!Number.isInteger(size) || rotated > size || rotated % 2 !== 0) {
		g.fail(type, `${formatType(x)} has not ${heads} heads of ${rotated} rotated values`);
	}
	for (const table of [cos, sin]) requireShape(g, type, table, [x.shape[0]!, x.shape[1]!, rotated / 2]);
	return addNode(g, type, [x, cos, sin], {
		dtype: x.dtype,
		shape: x.shape,
		attributes: { num_heads: { int: heads }, rotary_embedding_dim: { int: rotated } },
	});
}
