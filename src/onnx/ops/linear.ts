/**
 * Matrix products: float32, int8 rows and block-quantized weights. https://onnx.ai/onnx/operators/ and
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
import type { Graph, Value } from "../graph.ts";
import { broadcastShapes, isSameDim, type Shape } from "../shape.ts";
import { addNode, formatType, requireDtype, requireRank, requireSameDtype, requireShape } from "./check.ts";

/** a [..., n, k] · b [..., k, m]; leading axes broadcast. */
export function matMul(g: Graph, a: Value, b: Value): Value {
	requireDtype(g, "MatMul", [a, b], ["float32", "float16"]);
	requireSameDtype(g, "MatMul", [a, b]);
	return addNode(g, "MatMul", [a, b], { dtype: a.dtype, shape: productShape(g, "MatMul", a, b) });
}

/** `alpha` · a [..., n, k] · bᵀ for b [..., m, k]. */
export function matMulTransposed(g: Graph, a: Value, b: Value, alpha = 1): Value {
	const type = "FusedMatMul";
	requireDtype(g, type, [a, b], ["float32"]);
	if (b.shape.length < 2) g.fail(type, `${formatType(b)} is no matrix`);
	const [m, k] = b.shape.slice(-2);
	const shape = productShape(g, type, a, { ...b, shape: [...b.shape.slice(0, -2), k!, m!] });
	const attributes = { transB: { int: 1 }, alpha: { float: alpha } };
	return addNode(g, type, [a, b], { dtype: "float32", shape, domain: "com.microsoft", attributes });
}

/** Operands of an int8 product: a uint8 with one zero point, b int8 with one float scale per column. */
export interface IntegerProduct {
	readonly a: Value;
	readonly b: Value;
	/** float32 scalar: what one step of `a` is worth. */
	readonly aScale: Value;
	readonly aZeroPoint: Value;
	/** float32 [m]. */
	readonly bScale: Value;
}

/** ((a - zeroPoint) · b) · aScale · bScale in float32, for a [..., n, k] and b [k, m]; the sums are exact. */
export function matMulInteger(g: Graph, { a, b, aScale, aZeroPoint, bScale }: IntegerProduct): Value {
	const type = "MatMulIntegerToFloat";
	requireDtype(g, type, [a, b], ["uint8", "int8"]);
	requireDtype(g, type, [aScale, bScale], ["float32"]);
	requireSameDtype(g, type, [a, aZeroPoint]);
	requireRank(g, type, b, 2);
	requireShape(g, type, bScale, [b.shape[1]!]);
	for (const scalar of [aScale, aZeroPoint]) requireShape(g, type, scalar, []);
	const shape = productShape(g, type, a, b);
	return addNode(g, type, [a, b, aScale, bScale, aZeroPoint], { dtype: "float32", shape, domain: "com.microsoft" });
}

/** round(x / scale) + zeroPoint, saturated to the dtype of the scalar zero point. */
export function quantize(g: Graph, x: Value, scale: Value, zeroPoint: Value): Value {
	const type = "QuantizeLinear";
	requireDtype(g, type, [x, scale], ["float32"]);
	requireDtype(g, type, [zeroPoint], ["uint8", "int8"]);
	for (const scalar of [scale, zeroPoint]) requireShape(g, type, scalar, []);
	return addNode(g, type, [x, scale, zeroPoint], { dtype: zeroPoint.dtype, shape: x.shape });
}

/** A matrix [outputs, inputs] in blocks along the inputs. */
export interface BlockMatrix {
	/** uint8 [outputs, blocks, block · bits / 8]. */
	readonly codes: Value;
	/** float32 [outputs · blocks]. */
	readonly scale: Value;
	readonly inputs: number;
	readonly outputs: number;
	readonly bits: 4 | 8;
	readonly block: number;
	/** 0: the operator's choice, 4: int8 activations. */
	readonly accuracyLevel: 0 | 4;
}

/** x [..., inputs] · weightᵀ for block-quantized weights. */
export function matMulBlocks(g: Graph, x: Value, weight: BlockMatrix): Value {
	const type = "MatMulNBits";
	const { codes, scale, inputs, outputs, bits, block, accuracyLevel } = weight;
	requireDtype(g, type, [x, scale], ["float32"]);
	requireDtype(g, type, [codes], ["uint8"]);
	const blocks = Math.ceil(inputs / block);
	requireShape(g, type, codes, [outputs, blocks, (block * bits) / 8]);
	requireShape(g, type, scale, [outputs * blocks]);
	if (x.shape.at(-1) !== inputs) g.fail(type, `${formatType(x)} for ${inputs} inputs`);
	const sizes = { K: inputs, N: outputs, bits, block_size: block, accuracy_level: accuracyLevel };
	return addNode(g, type, [x, codes, scale], {
		dtype: "float32",
		shape: x.shape.with(-1, outputs),
		domain: "com.microsoft",
		attributes: Object.fromEntries(Object.entries(sizes).map(([name, int]) => [name, { int }])),
	});
}

function productShape(g: Graph, type: string, a: Value, b: Pick<Value, "dtype" | "shape">): Shape {
	const wrong = (reason: string): never => g.fail(type, `${formatType(a)} and ${formatType(b)}: ${reason}`);
	if (a.shape.length < 2 || b.shape.length < 2) return wrong("not two matrices");
	const [inner, columns] = b.shape.slice(-2);
	if (!isSameDim(a.shape.at(-1)!, inner!)) return wrong(`inner sizes ${a.shape.at(-1)} and ${inner} differ`);
	const leading = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? wrong("leading axes do not fit");
	return [...leading, a.shape.at(-2)!, columns!];
}
