/**
 * The outputs of a job out of those of its rows.
 */
import type { JobOutput } from "./protocol.ts";

/** Outputs one after another; what only the last row gives is the last row's. */
export function joinOutputs(parts: readonly JobOutput[]): JobOutput {
	const last = parts.at(-1)!;
	if (parts.length === 1) return last;
	const join = (of: (part: JobOutput) => Float32Array | undefined): Float32Array | undefined => {
		const arrays = parts.map(of).filter((array) => array !== undefined);
		return arrays.length === 0 ? undefined : concatenate(arrays);
	};
	return {
		...last,
		logits: join(({ logits }) => logits),
		heads: join(({ heads }) => heads),
		hidden: last.hidden?.map((_, layer) => join(({ hidden }) => hidden?.[layer])!),
	};
}

/** The buffers that may change threads with an output. */
export function buffersOf(output: JobOutput | undefined): ArrayBuffer[] {
	if (output === undefined) return [];
	const arrays = [output.logits, output.heads, output.scores, ...(output.hidden ?? [])];
	const buffers = arrays.filter((array) => array !== undefined).map(({ buffer }) => buffer as ArrayBuffer);
	return [...new Set(buffers)];
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
	if (arrays.length === 1) return arrays[0]!;
	const whole = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
	let at = 0;
	for (const array of arrays) {
		whole.set(array, at);
		at += array.length;
	}
	return whole;
}
