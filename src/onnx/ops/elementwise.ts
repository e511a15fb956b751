/**
 * Elementwise operators, NumPy broadcasting. https://onnx.ai/onnx/operators/
 */
import { ELEMENT_TYPES, type ElementType } from "../element-types.ts";
import type { Graph, Value } from "../graph.ts";
import { broadcastShapes, type Shape } from "../shape.ts";
import { addNode, formatType, requireDtype, requireSameDtype } from "./check.ts";

const NUMBERS: readonly ElementType[] = ["float32", "float16", "int32", "int64"];
const FLOATS: readonly ElementType[] = ["float32", "float16"];

/** a + b. */
export function add(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Add", a, b);
}

/** a - b. */
export function sub(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Sub", a, b);
}

/** a * b. */
export function mul(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Mul", a, b);
}

/** a / b. */
export function div(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Div", a, b);
}

/** The smaller of two values. */
export function min(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Min", a, b);
}

/** The larger of two values. */
export function max(g: Graph, a: Value, b: Value): Value {
	return binary(g, "Max", a, b);
}

/** The remainder of an integer division, with the sign of b. */
export function mod(g: Graph, a: Value, b: Value): Value {
	requireDtype(g, "Mod", [a, b], ["int32", "int64"]);
	return binary(g, "Mod", a, b);
}

/** e^x. */
export function exp(g: Graph, x: Value): Value {
	return unary(g, "Exp", x);
}

/** Square root. */
export function sqrt(g: Graph, x: Value): Value {
	return unary(g, "Sqrt", x);
}

/** |x|. */
export function abs(g: Graph, x: Value): Value {
	return unary(g, "Abs", x);
}

/** Cosine of an angle in radians. */
export function cos(g: Graph, x: Value): Value {
	return unary(g, "Cos", x);
}

/** Sine of an angle in radians. */
export function sin(g: Graph, x: Value): Value {
	return unary(g, "Sin", x);
}

/** Hyperbolic tangent. */
export function tanh(g: Graph, x: Value): Value {
	return unary(g, "Tanh", x);
}

/** 1 / (1 + e^-x). */
export function sigmoid(g: Graph, x: Value): Value {
	return unary(g, "Sigmoid", x);
}

/** GELU in its tanh form, of x + bias where a bias [features] is given. */
export function gelu(g: Graph, x: Value, bias?: Value): Value {
	const type = "FastGelu";
	requireDtype(g, type, [x], FLOATS);
	if (bias !== undefined) {
		requireSameDtype(g, type, [x, bias]);
		if (bias.shape.length !== 1 || bias.shape[0] !== x.shape.at(-1)) {
			g.fail(type, `bias ${formatType(bias)} for ${formatType(x)}`);
		}
	}
	return addNode(g, type, bias === undefined ? [x] : [x, bias], { ...toType(x), domain: "com.microsoft" });
}

/** Whether a >= b. */
export function greaterOrEqual(g: Graph, a: Value, b: Value): Value {
	return compare(g, "GreaterOrEqual", a, b);
}

/** Whether a <= b. */
export function lessOrEqual(g: Graph, a: Value, b: Value): Value {
	return compare(g, "LessOrEqual", a, b);
}

/** Whether a = b. */
export function equal(g: Graph, a: Value, b: Value): Value {
	return compare(g, "Equal", a, b);
}

/** Logical and. */
export function and(g: Graph, a: Value, b: Value): Value {
	requireDtype(g, "And", [a, b], ["bool"]);
	return addNode(g, "And", [a, b], { dtype: "bool", shape: broadcast(g, "And", [a, b]) });
}

/** a where the condition holds, b elsewhere. */
export function where(g: Graph, condition: Value, a: Value, b: Value): Value {
	requireDtype(g, "Where", [condition], ["bool"]);
	requireSameDtype(g, "Where", [a, b]);
	const shape = broadcast(g, "Where", [condition, a, b]);
	return addNode(g, "Where", [condition, a, b], { dtype: a.dtype, shape });
}

/** The same numbers in another dtype. */
export function cast(g: Graph, x: Value, dtype: ElementType): Value {
	return addNode(g, "Cast", [x], { dtype, shape: x.shape, attributes: { to: { int: ELEMENT_TYPES[dtype].code } } });
}

function unary(g: Graph, type: string, x: Value): Value {
	requireDtype(g, type, [x], FLOATS);
	return addNode(g, type, [x], toType(x));
}

function binary(g: Graph, type: string, a: Value, b: Value): Value {
	requireDtype(g, type, [a, b], NUMBERS);
	requireSameDtype(g, type, [a, b]);
	return addNode(g, type, [a, b], { dtype: a.dtype, shape: broadcast(g, type, [a, b]) });
}

function compare(g: Graph, type: string, a: Value, b: Value): Value {
	requireDtype(g, type, [a, b], NUMBERS);
	requireSameDtype(g, type, [a, b]);
	return addNode(g, type, [a, b], { dtype: "bool", shape: broadcast(g, type, [a, b]) });
}

function broadcast(g: Graph, type: string, values: readonly Value[]): Shape {
	return values.reduce<Shape>((shape, value) => {
		return broadcastShapes(shape, value.shape) ?? g.fail(type, `${values.map(formatType).join(" and ")} do not fit`);
	}, []);
}

function toType({ dtype, shape }: Value): Pick<Value, "dtype" | "shape"> {
	return { dtype, shape };
}
