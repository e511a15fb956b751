/**
 * Shapes: a size is a number, or a symbol ("batch") that stands for one size throughout a graph. "?" stands for a
 * size nothing is known of, different from every other. Knows no operator.
 */

/** One size of a shape. */
export type Dim = number | string;
/** Sizes, outermost first; [] is a scalar. */
export type Shape = readonly Dim[];

/** The size nothing is known of. */
export const UNKNOWN = "?";

/** Whether two sizes can be the same at run time: equal, or one of them unknown. */
export function isSameDim(a: Dim, b: Dim): boolean {
	return a === b || a === UNKNOWN || b === UNKNOWN;
}

/** Whether two shapes can be the same at run time. */
export function isSameShape(a: Shape, b: Shape): boolean {
	return a.length === b.length && a.every((dim, i) => isSameDim(dim, b[i]!));
}

/** The shape of an elementwise result under NumPy's broadcasting, or undefined where the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
	const rank = Math.max(a.length, b.length);
	const out: Dim[] = [];
	for (let i = 0; i < rank; i++) {
		const x = a[i - rank + a.length] ?? 1;
		const y = b[i - rank + b.length] ?? 1;
		if (x === 1) out.push(y);
		else if (y === 1 || x === y || y === UNKNOWN) out.push(x);
		else if (x === UNKNOWN) out.push(y);
		else return undefined;
	}
	return out;
}

/** Sum of two sizes, symbolic where one of them is. */
export function addDims(a: Dim, b: Dim): Dim {
	if (typeof a === "number" && typeof b === "number") return a + b;
	if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN;
	return a === 0 ? b : b === 0 ? a : `${a}+${b}`;
}

/** Number of elements, or undefined where a size is symbolic. */
export function countElements(shape: Shape): number | undefined {
	let count = 1;
	for (const dim of shape) {
		if (typeof dim !== "number") return undefined;
		count *= dim;
	}
	return count;
}

/** For messages: `[batch, seq, 80]`. */
export function formatShape(shape: Shape): string {
	return `[${shape.join(", ")}]`;
}
