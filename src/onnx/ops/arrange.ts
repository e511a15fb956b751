/**
 * Operators that move values without changing them. https://onnx.ai/onnx/operators/
 */
import type { Graph, Value } from "../graph.ts";
import { addDims, type Dim, isSameDim, type Shape, UNKNOWN } from "../shape.ts";
import { addNode, formatType, requireDtype, requireRank, requireSameDtype, requireShape, toAxis } from "./check.ts";

/**
 * The same values in row-major order under another shape. A symbolic size is copied where it stays at its place;
 * one other may be derived from the rest. `runtime` (int64 [rank]) gives the sizes where that is not enough.
 */
export function reshape(g: Graph, x: Value, shape: Shape, runtime?: Value): Value {
	if (runtime !== undefined) {
		requireDtype(g, "Reshape", [runtime], ["int64"]);
		return addNode(g, "Reshape", [x, runtime], { dtype: x.dtype, shape });
	}
	const sizes = shape.map((dim, i) => (typeof dim === "number" ? dim : dim === x.shape[i] ? 0 : -1));
	if (sizes.filter((size) => size === -1).length > 1) g.fail("Reshape", `${formatType(x)} to [${shape}] is ambiguous`);
	if (!sizes.includes(-1) && !isSameCount(x.shape, shape))
		g.fail("Reshape", `${formatType(x)} does not fill [${shape}]`);
	return addNode(g, "Reshape", [x, int64s(g, sizes)], { dtype: x.dtype, shape });
}

/** Values one after another along an axis. */
export function concat(g: Graph, values: readonly Value[], axis: number): Value {
	const [first] = values;
	if (first === undefined) return g.fail("Concat", "nothing to concatenate");
	requireSameDtype(g, "Concat", values);
	const at = toAxis(g, "Concat", first, axis);
	const fits = values.every(
		({ shape }) =>
			shape.length === first.shape.length && shape.every((dim, i) => i === at || isSameDim(dim, first.shape[i]!)),
	);
	if (!fits) g.fail("Concat", `${values.map(formatType).join(" and ")} do not fit along axis ${at}`);
	const length = values.map(({ shape }) => shape[at]!).reduce(addDims);
	const shape = first.shape.with(at, length);
	return addNode(g, "Concat", values, { dtype: first.dtype, shape, attributes: { axis: { int: at } } });
}

/** Parts of the given sizes along an axis of known size. */
export function split(g: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
	const at = toAxis(g, "Split", x, axis);
	const sum = sizes.reduce((total, size) => total + size, 0);
	if (x.shape[at] !== sum) g.fail("Split", `sizes [${sizes}] of axis ${at} of ${formatType(x)}`);
	return g.node("Split", [x, int64s(g, sizes)], {
		outputs: sizes.map((size) => ({ dtype: x.dtype, shape: x.shape.with(at, size) })),
		attributes: { axis: { int: at } },
	});
}

/** Parts along an axis whose sizes (int64 [parts]) are known at run time; `dims` names them. */
export function splitAt(
	g: Graph,
	x: Value,
	{ sizes, axis, dims }: { sizes: Value; axis: number; dims: readonly Dim[] },
): Value[] {
	const at = toAxis(g, "Split", x, axis);
	requireDtype(g, "Split", [sizes], ["int64"]);
	requireShape(g, "Split", sizes, [dims.length]);
	return g.node("Split", [x, sizes], {
		outputs: dims.map((size) => ({ dtype: x.dtype, shape: x.shape.with(at, size) })),
		attributes: { axis: { int: at } },
	});
}

/** Axis i of the result is axis `order[i]` of x. */
export function transpose(g: Graph, x: Value, order: readonly number[]): Value {
	const isOrder = order.length === x.shape.length && x.shape.every((_, axis) => order.includes(axis));
	if (!isOrder) g.fail("Transpose", `[${order}] is no order of the axes of ${formatType(x)}`);
	const shape = order.map((axis) => x.shape[axis]!);
	return addNode(g, "Transpose", [x], { dtype: x.dtype, shape, attributes: { perm: { ints: order } } });
}

/** Values from `start` up to `end` along an axis, negative ones counted from its end; `size` says how many these are. */
export function slice(g: Graph, x: Value, range: { axis: number; start: number; end?: number; size: Dim }): Value {
	const at = toAxis(g, "Slice", x, range.axis);
	const shape = x.shape.with(at, range.size);
	const bounds = [range.start, range.end ?? Number.MAX_SAFE_INTEGER, at].map((bound) => int64s(g, [bound]));
	return addNode(g, "Slice", [x, ...bounds], { dtype: x.dtype, shape });
}

/** Rows of `table` (its first axis) chosen by integer indices. */
export function gather(g: Graph, table: Value, indices: Value): Value {
	requireDtype(g, "Gather", [indices], ["int32", "int64"]);
	if (table.shape.length === 0) g.fail("Gather", `${formatType(table)} has no rows`);
	const shape = [...indices.shape, ...table.shape.slice(1)];
	return addNode(g, "Gather", [table, indices], { dtype: table.dtype, shape, attributes: { axis: { int: 0 } } });
}

/** x with the values at `indices` (int64, of the same shape as `values`) along an axis replaced. */
export function scatter(
	g: Graph,
	x: Value,
	{ indices, values, axis }: { indices: Value; values: Value; axis: number },
): Value {
	const at = toAxis(g, "ScatterElements", x, axis);
	requireDtype(g, "ScatterElements", [indices], ["int64"]);
	requireSameDtype(g, "ScatterElements", [x, values]);
	requireShape(g, "ScatterElements", values, indices.shape);
	requireRank(g, "ScatterElements", indices, x.shape.length);
	const attributes = { axis: { int: at } };
	return addNode(g, "ScatterElements", [x, indices, values], { dtype: x.dtype, shape: x.shape, attributes });
}

/** The same values with a further axis of size 1. */
export function unsqueeze(g: Graph, x: Value, axis: number): Value {
	const rank = x.shape.length + 1;
	const at = axis < 0 ? axis + rank : axis;
	if (at < 0 || at >= rank) g.fail("Unsqueeze", `no place ${axis} in ${formatType(x)}`);
	const shape = x.shape.toSpliced(at, 0, 1);
	return addNode(g, "Unsqueeze", [x, int64s(g, [at])], { dtype: x.dtype, shape });
}

/** The same values without an axis of size 1. */
export function squeeze(g: Graph, x: Value, axis: number): Value {
	const at = toAxis(g, "Squeeze", x, axis);
	if (x.shape[at] !== 1) g.fail("Squeeze", `axis ${at} of ${formatType(x)} is not 1`);
	return addNode(g, "Squeeze", [x, int64s(g, [at])], { dtype: x.dtype, shape: x.shape.toSpliced(at, 1) });
}

/** Values around x: `pads` (int64 [2 · rank]) counts those before each axis, then those after; all are `value`. */
export function pad(g: Graph, x: Value, { pads, value, shape }: { pads: Value; value: number; shape: Shape }): Value {
	requireDtype(g, "Pad", [x], ["float32"]);
	requireDtype(g, "Pad", [pads], ["int64"]);
	requireShape(g, "Pad", pads, [2 * x.shape.length]);
	return addNode(g, "Pad", [x, pads, g.constant(Float32Array.of(value), [])], { dtype: x.dtype, shape });
}

/** The size of one axis at run time, int64 [1]. */
export function sizeOf(g: Graph, x: Value, axis: number): Value {
	const at = toAxis(g, "Shape", x, axis);
	const attributes = { start: { int: at }, end: { int: at + 1 } };
	return addNode(g, "Shape", [x], { dtype: "int64", shape: [1], attributes });
}

/** 0, 1, ... `count` - 1 for an int64 scalar. */
export function range(g: Graph, count: Value, size: Dim = UNKNOWN): Value {
	requireDtype(g, "Range", [count], ["int64"]);
	requireRank(g, "Range", count, 0);
	const scalar = (value: bigint): Value => g.constant(BigInt64Array.of(value), []);
	return addNode(g, "Range", [scalar(0n), count, scalar(1n)], { dtype: "int64", shape: [size] });
}

/** An int64 constant [n]. */
export function int64s(g: Graph, values: readonly number[]): Value {
	return g.constant(BigInt64Array.from(values, BigInt), [values.length]);
}

function isSameCount(a: Shape, b: Shape): boolean {
	const count = (shape: Shape): string => {
		const symbols = shape.filter((dim) => typeof dim === "string").sort();
		return [shape.reduce<number>((n, dim) => (typeof dim === "number" ? n * dim : n), 1), ...symbols].join();
	};
	return count(a) === count(b);
}
