/**
 * Checks that operators make of their operands before they add a node.
 */
import type { ElementType } from "../element-types.ts";
import type { Graph, NodeOptions, Value } from "../graph.ts";
import { type Dim, formatShape, isSameDim } from "../shape.ts";

/** For messages: `float32 [batch, seq, 80]`. */
export function formatType({ dtype, shape }: Pick<Value, "dtype" | "shape">): string {
	return `${dtype} ${formatShape(shape)}`;
}

/** Requires one of `allowed` of every value. */
export function requireDtype(g: Graph, type: string, values: readonly Value[], allowed: readonly ElementType[]): void {
	for (const value of values) {
		if (!allowed.includes(value.dtype)) g.fail(type, `${formatType(value)} is not ${allowed.join(" or ")}`);
	}
}

/** Requires the same dtype of all values. */
export function requireSameDtype(g: Graph, type: string, values: readonly Value[]): void {
	if (values.some((value) => value.dtype !== values[0]?.dtype)) {
		g.fail(type, `dtypes differ: ${values.map(formatType).join(", ")}`);
	}
}

/** Requires an exact rank. */
export function requireRank(g: Graph, type: string, value: Value, rank: number): void {
	if (value.shape.length !== rank) g.fail(type, `${formatType(value)} has not rank ${rank}`);
}

/** Requires a shape, symbols included. */
export function requireShape(g: Graph, type: string, value: Value, shape: readonly Dim[]): void {
	const fits = value.shape.length === shape.length && shape.every((dim, i) => isSameDim(dim, value.shape[i]!));
	if (!fits) g.fail(type, `${formatType(value)} has not shape ${formatShape(shape)}`);
}

/** The axis counted from the front. */
export function toAxis(g: Graph, type: string, value: Value, axis: number): number {
	const rank = value.shape.length;
	if (!Number.isInteger(axis) || axis < -rank || axis >= rank) g.fail(type, `no axis ${axis} in ${formatType(value)}`);
	return axis < 0 ? axis + rank : axis;
}

/** Adds a node with a single result. */
export function addNode(
	g: Graph,
	type: string,
	inputs: readonly (Value | undefined)[],
	{ dtype, shape, ...options }: Pick<Value, "dtype" | "shape"> & Omit<NodeOptions, "outputs">,
): Value {
	return g.node(type, inputs, { ...options, outputs: [{ dtype, shape }] })[0]!;
}
