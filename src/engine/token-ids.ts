/**
 * Checks token ids and positions of callers and copies them into arrays that may change threads.
 */
import { SluiceError } from "../errors.ts";

/** A copy of `ids`; throws `invalid_request` naming the first index that is not a whole number in 0 ... vocabSize - 1. */
export function toTokenIds(ids: ArrayLike<number>, vocabSize: number, name = "ids"): Int32Array<ArrayBuffer> {
	if (ids.length === 0) {
		const detail = `${name} is empty; give at least one token id`;
		throw new SluiceError("invalid_request", { detail, pointer: `/${name}` });
	}
	return toIntegers(name, ids, { from: 0, to: vocabSize - 1 });
}

/** A copy of `positions`, one per id: whole numbers, -1 for padding before a document. Throws `invalid_request`. */
export function toPositions(positions: ArrayLike<number>, length: number): Int32Array<ArrayBuffer> {
	if (positions.length !== length) {
		const detail = `positions has ${positions.length} entries for ${length} ids; give one per id`;
		throw new SluiceError("invalid_request", { detail, pointer: "/positions" });
	}
	return toIntegers("positions", positions, { from: -1, to: 0x7fffffff });
}

function toIntegers(
	name: string,
	values: ArrayLike<number>,
	{ from, to }: { from: number; to: number },
): Int32Array<ArrayBuffer> {
	const copy = new Int32Array(values.length);
	for (let i = 0; i < copy.length; i++) {
		const value = values[i];
		if (!Number.isInteger(value) || value! < from || value! > to) {
			const detail = `${name}[${i}] is not a whole number from ${from} to ${to}`;
			throw new SluiceError("invalid_request", { detail, pointer: `/${name}/${i}` });
		}
		copy[i] = value!;
	}
	return copy;
}
