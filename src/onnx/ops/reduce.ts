/**
 * Operators that look at a whole row: reductions and normalisations. https://onnx.ai/onnx/operators/
 */
import type { Graph, Value } from "../graph.ts";
import { int64s } from "./arrange.ts";
import { addNode, requireDtype, requireSameDtype, requireShape, toAxis } from "./check.ts";

/** The largest value along an axis, which stays with size 1. */
export function reduceMax(g: Graph, x: Value, axis: number): Value {
	const at = toAxis(g, "ReduceMax", x, axis);
	requireDtype(g, "ReduceMax", [x], ["float32", "int32", "int64"]);
	const attributes = { keepdims: { int: 1 } };
	return addNode(g, "ReduceMax", [x, int64s(g, [at])], { dtype: x.dtype, shape: x.shape.with(at, 1), attributes });
}

/** The sum along an axis, which stays with size 1. */
export function reduceSum(g: Graph, x: Value, axis: number): Value {
	const at = toAxis(g, "ReduceSum", x, axis);
	requireDtype(g, "ReduceSum", [x], ["float32", "int32", "int64"]);
	const attributes = { keepdims: { int: 1 } };
	return addNode(g, "ReduceSum", [x, int64s(g, [at])], { dtype: x.dtype, shape: x.shape.with(at, 1), attributes });
}

/** Where along the last axis the `count` largest values lie, in no order: int64 [..., count]. */
export function topIndices(g: Graph, x: Value, count: number): Value {
	const at = toAxis(g, "TopK", x, -1);
	requireDtype(g, "TopK", [x], ["float32"]);
	const shape = x.shape.with(at, count);
	const attributes = { axis: { int: at }, largest: { int: 1 }, sorted: { int: 0 } };
	const outputs = [
		{ dtype: x.dtype, shape },
		{ dtype: "int64" as const, shape },
	];
	return g.node("TopK", [x, int64s(g, [count])], { outputs, attributes })[1]!;
}

/** exp(x) over its sum along the last axis, the largest value taken off first. */
export function softmax(g: Graph, x: Value): Value {
	toAxis(g, "Softmax", x, -1);
	requireDtype(g, "Softmax", [x], ["float32"]);
	return addNode(g, "Softmax", [x], { dtype: x.dtype, shape: x.shape, attributes: { axis: { int: -1 } } });
}

/** x · rsqrt(mean(x²) + epsilon) · scale along the last axis; scale [features]. */
export function rmsNormalize(g: Graph, x: Value, scale: Value, epsilon: number): Value {
	const type = "SimplifiedLayerNormalization";
	const at = toAxis(g, type, x, -1);
	requireDtype(g, type, [x], ["float32"]);
	requireSameDtype(g, type, [x, scale]);
	requireShape(g, type, scale, [x.shape[at]!]);
	return addNode(g, type, [x, scale], {
		dtype: x.dtype,
		shape: x.shape,
		attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
	});
}
