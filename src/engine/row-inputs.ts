/**
 * Inputs that all graphs have: token ids, positions, and which tokens each output is computed for.
 */
import { Tensor } from "./onnxruntime.ts";
import type { Row, Wanted } from "./protocol.ts";

/** An int64 tensor; values must fit in 32 bits. */
export function toInt64(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Tensor {
	const data = new BigInt64Array(values.length);
	const words = new Int32Array(data.buffer); // little-endian: low word first
	for (let i = 0; i < values.length; i++) {
		const value = values[i]!;
		words[2 * i] = value;
		words[2 * i + 1] = value >> 31;
	}
	return new Tensor("int64", data, [...dims]);
}

/** Position of each token of a row. */
export function positionsOf({ positions, start, ids }: Row): Int32Array {
	return positions ?? Int32Array.from(ids, (_, t) => start + t);
}

/** Places in an output that selects rows: where the part of each row begins, and the rows' numbers in the batch. */
export interface Selection {
	readonly rows: readonly number[];
	/** Per row of the run: the first place and the number of places. */
	readonly parts: readonly { readonly from: number; readonly count: number }[];
}

/** The tokens of which an output is wanted; `offsets` are the numbers of the rows' first tokens. */
export function select(
	rows: readonly Row[],
	offsets: readonly number[],
	of: (wanted: Wanted) => "all" | "last" | undefined,
): Selection {
	const chosen: number[] = [];
	const parts = rows.map((row, i) => {
		const which = of(row.wanted);
		const from = chosen.length;
		const length = row.ids.length;
		if (which === "last") chosen.push(offsets[i]! + length - 1);
		else if (which === "all") for (let t = 0; t < length; t++) chosen.push(offsets[i]! + t);
		return { from, count: chosen.length - from };
	});
	return { rows: chosen, parts };
}

/** Which logits a row needs: what it wants, and the last ones to draw from. */
export function logitsNeeded({ logits, sample }: Wanted): "all" | "last" | undefined {
	return logits ?? (sample === undefined ? undefined : "last");
}
