/**
 * The selecting inputs of a run and what the rows get of the selected outputs; the counterpart of architectures/readout.ts.
 */
import { type InferenceSession, Tensor } from "./onnxruntime.ts";
import type { JobOutput, Row } from "./protocol.ts";
import { logitsNeeded, type Selection, select, toInt64 } from "./row-inputs.ts";
import { sampleToken } from "./sampling.ts";

/** Outputs to fetch by name: into the tensor, or into memory of their own where null. */
export type Fetches = Readonly<Record<string, Tensor | null>>;

/** Fetches of outputs that get memory of their own. */
export function fetchAll(names: readonly string[]): Fetches {
	return Object.fromEntries(names.map((name) => [name, null]));
}

/** A run's selection: feeds, the outputs to fetch, and how to share them out. */
export interface ReadoutRun {
	readonly feeds: Readonly<Record<string, Tensor>>;
	readonly fetches: Fetches;
	/** The outputs of row i. */
	take(results: InferenceSession.OnnxValueMapType, i: number): JobOutput;
}

/**
 * Memory for logits that only this thread reads, used again by every run: the system takes longer to provide fresh pages
 * than the runtime to fill them. Unusable until a run has shown how many logits a row has.
 */
export interface LogitsMemory {
	values: Float32Array<ArrayBuffer>;
	/** Logits of a row; 0 while unknown. */
	width: number;
	/** Whether the graph sums them up. */
	hasBlocks: boolean;
}

export function createLogitsMemory(): LogitsMemory {
	return { values: new Float32Array(), width: 0, hasBlocks: false };
}

function borrowLogits(memory: LogitsMemory, rows: number): Tensor | null {
	const { width } = memory;
	if (width === 0) return null;
	if (memory.values.length < rows * width) memory.values = new Float32Array(rows * width);
	return new Tensor("float32", memory.values.subarray(0, rows * width), [rows, width]);
}

/** Prepares the outputs that the rows want; `offsets` are the numbers of their first tokens in the batch. */
export function prepareReadout(rows: readonly Row[], offsets: readonly number[], memory: LogitsMemory): ReadoutRun {
	const logits = select(rows, offsets, logitsNeeded);
	const states = select(rows, offsets, ({ hidden }) => hidden?.of);
	const scores = select(rows, offsets, (wanted) => (wanted.scores === undefined ? undefined : "last"));
	const layers = [...new Set(rows.flatMap(({ wanted }) => wanted.hidden?.layers ?? []))];
	const choices = [...new Set(rows.flatMap(({ wanted }) => [...(wanted.scores ?? [])]))];
	const isPrivate = rows.every(({ wanted }) => wanted.logits === undefined);
	return {
		feeds: {
			logit_rows: toInt64(logits.rows),
			hidden_rows: toInt64(states.rows),
			score_rows: toInt64(scores.rows),
			score_ids: toInt64(choices),
		},
		fetches: {
			...(logits.rows.length > 0 && { logits: isPrivate ? borrowLogits(memory, logits.rows.length) : null }),
			...(memory.hasBlocks && rows.some(({ wanted }) => wanted.sample) && { logit_blocks: null }),
			...(scores.rows.length > 0 && { scores: null }),
			...fetchAll(layers.map((layer) => `hidden.${layer}`)),
		},
		take(results, i) {
			const { wanted } = rows[i]!;
			if (results.logits !== undefined) memory.width = results.logits.dims[1]!;
			const own = wanted.logits && part(results.logits!, logits, i);
			const chosen = scores.rows.length === 0 ? undefined : part(results.scores!, scores, i);
			return {
				...(own && { logits: own }),
				...(wanted.scores && { scores: Float32Array.from(wanted.scores, (id) => chosen![choices.indexOf(id)]!) }),
				...(wanted.hidden && {
					hidden: wanted.hidden.layers.map((layer) => part(results[`hidden.${layer}`]!, states, i)),
				}),
				...(wanted.sample && {
					sampled: sampleToken(lastRow(results.logits!, logits, i), wanted.sample.plan, {
						...wanted.sample,
						blocks: results.logit_blocks && lastRow(results.logit_blocks, logits, i),
					}),
				}),
			};
		},
	};
}

/** A row's part of an output [selected, width]; the whole array where nothing else was selected. */
function part(output: InferenceSession.OnnxValueMapType[string], { rows, parts }: Selection, i: number): Float32Array {
	const values = output.data as Float32Array;
	const width = output.dims[1]!;
	const { from, count } = parts[i]!;
	return count === rows.length ? values : values.slice(from * width, (from + count) * width);
}

/** The last of what an output [selected, ...] holds for a row, where it lies. */
function lastRow(output: InferenceSession.OnnxValueMapType[string], { parts }: Selection, i: number): Float32Array {
	const width = output.data.length / output.dims[0]!;
	const { from, count } = parts[i]!;
	return (output.data as Float32Array).subarray((from + count - 1) * width, (from + count) * width);
}
