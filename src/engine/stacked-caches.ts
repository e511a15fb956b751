/**
 * Caches of several texts as one batch, for texts that take a step together, and apart again. A shorter past gets zeros in
 * front, which no query sees: what a query sees is counted back from it.
 */
import type { CacheSpec } from "../architectures/index.ts";
import { Tensor } from "./onnxruntime.ts";

/** One text's caches by input name; undefined is an empty state. */
type Tensors = Readonly<Record<string, Tensor>> | undefined;

/** The batch's caches by input name. */
export function stackCaches(specs: readonly CacheSpec[], rows: readonly Tensors[]): Record<string, Tensor> {
	return Object.fromEntries(specs.map((spec) => [spec.input, stack(spec, rows)]));
}

function stack({ input, shape }: CacheSpec, rows: readonly Tensors[]): Tensor {
	const past = Math.max(0, ...rows.map((row) => (shape.includes("past") ? (row?.[input]?.dims[1] ?? 0) : 0)));
	const dims = shape.map((dim) => (dim === "batch" ? rows.length : dim === "past" ? past : dim));
	const each = dims.slice(1).reduce((n, dim) => n * dim, 1);
	const data = new Float32Array(rows.length * each);
	for (const [i, row] of rows.entries()) {
		const own = row?.[input]?.data as Float32Array | undefined;
		if (own !== undefined) data.set(own, (i + 1) * each - own.length);
	}
	return new Tensor("float32", data, dims);
}

/** One text's part of a batch's new cache, `tokens` being all it has read. */
export function unstackCache({ shape, maxPast = 0 }: CacheSpec, batch: Tensor, row: number, tokens: number): Tensor {
	const data = batch.data as Float32Array;
	const each = data.length / batch.dims[0]!;
	const held = shape.includes("past") ? Math.min(tokens, maxPast) : batch.dims[1]!;
	const length = shape.includes("past") ? (each / batch.dims[1]!) * held : each;
	const dims = [1, held, ...batch.dims.slice(2)].slice(0, shape.length);
	return new Tensor("float32", data.slice((row + 1) * each - length, (row + 1) * each), dims);
}
