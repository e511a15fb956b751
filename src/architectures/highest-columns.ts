/** Where the highest of many scores lie, without a copy of the scores. Knows no embedding. */
import {
	add,
	type Dim,
	div,
	type Graph,
	gather,
	int64s,
	mod,
	mul,
	pad,
	range,
	reduceMax,
	reshape,
	sizeOf,
	slice,
	squeeze,
	topIndices,
	UNKNOWN,
	unsqueeze,
	type Value,
} from "../onnx/index.ts";

/**
 * The columns of the `count` highest scores of each row [n, count]. The highest scores all lie in the `count` groups of columns
 * with the highest maxima, so that only these are searched: TopK needs a row where there may be none, and adding one to all
 * scores would copy them.
 */
export function highestColumns(g: Graph, scores: Value, count: number): Value {
	const [n, columns] = scores.shape as [Dim, number];
	const size = groupSize(columns, count);
	if (size === 1) return highestOf(g, scores, count);
	const groups = columns / size;
	const maxima = reduceMax(g, reshape(g, scores, [n, groups, size]), 2); // [n, groups, 1]
	const best = highestOf(g, squeeze(g, maxima, 2), count); // [n, count]
	const row = unsqueeze(g, range(g, squeeze(g, sizeOf(g, scores, 0), 0), n), 1); // [n, 1]
	const flat = reshape(g, scores, [UNKNOWN, size], int64s(g, [-1, size])); // [n * groups, size]
	const candidates = gather(g, flat, add(g, mul(g, row, scalarInt(g, groups)), best)); // [n, count, size]
	const found = highestOf(g, reshape(g, candidates, [n, count * size]), count); // [n, count]
	const group = add(g, mul(g, row, scalarInt(g, count)), div(g, found, scalarInt(g, size)));
	const groupIds = gather(g, reshape(g, best, [UNKNOWN], int64s(g, [-1])), group); // [n, count]
	return add(g, mul(g, groupIds, scalarInt(g, size)), mod(g, found, scalarInt(g, size)));
}

/** Columns per group: the divisor that leaves least to search, 1 where none leaves `count` groups. */
function groupSize(columns: number, count: number): number {
	const searched = (size: number): number => (size === 1 ? columns : columns / size + count * size);
	const sizes = Array.from({ length: Math.floor(columns / count) }, (_, i) => i + 1).filter((n) => columns % n === 0);
	return sizes.reduce((best, size) => (searched(size) < searched(best) ? size : best), 1);
}

/** TopK on any number of rows, none included: it divides by their number. */
function highestOf(g: Graph, scores: Value, count: number): Value {
	const [n, columns] = scores.shape as [Dim, number];
	const some = pad(g, scores, { pads: int64s(g, [0, 0, 1, 0]), value: 0, shape: [UNKNOWN, columns] });
	return slice(g, topIndices(g, some, count), { axis: 0, start: 0, end: -1, size: n });
}

function scalarInt(g: Graph, value: number): Value {
	return g.constant(BigInt64Array.of(BigInt(value)), []);
}
