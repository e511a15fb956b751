/**
 * Reads golden files: golden.json describes arrays that lie in golden.bin as little-endian float32.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** An array of golden.bin. */
export interface GoldenArray {
	readonly offset: number;
	readonly shape: readonly number[];
}

/** One prefill from an empty state. */
export interface GoldenSequence {
	readonly tokens: readonly number[];
	readonly logits: GoldenArray;
	/** The first position whose logits are kept. */
	readonly logits_start: number;
	readonly hidden?: GoldenArray;
	readonly cache?: Readonly<Record<string, GoldenArray>>;
}

/** What an independent reference computed for one model. */
export interface Golden {
	readonly sequences: readonly GoldenSequence[];
	readonly greedy: readonly { readonly prompt: readonly number[]; readonly continuation: readonly number[] }[];
	readonly packed: {
		readonly tokens: readonly number[];
		readonly positions: readonly number[];
		readonly logits: GoldenArray;
	};
	read(array: GoldenArray): Float32Array;
}

/** The directory of a fixture. */
export function fixturePath(model: string): string {
	return join(import.meta.dirname, "..", "fixtures", model);
}

/** The goldens of a fixture. */
export function readGolden(model: string): Golden {
	const directory = fixturePath(model);
	const bytes = readFileSync(join(directory, "golden.bin"));
	const json = JSON.parse(readFileSync(join(directory, "golden.json"), "utf8"));
	return {
		...json,
		read: ({ offset, shape }) => {
			const length = shape.reduce((product, dim) => product * dim, 4);
			return new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + length));
		},
	};
}

/** The largest absolute difference; infinite for different lengths or values that are not numbers. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
	if (a.length !== b.length) return Number.POSITIVE_INFINITY;
	let worst = 0;
	for (let i = 0; i < a.length; i++) {
		const difference = Math.abs(a[i]! - b[i]!);
		if (!(difference <= worst)) worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
	}
	return worst;
}
