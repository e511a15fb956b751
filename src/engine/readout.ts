/**
 * The selecting inputs of a run and what the rows get of the selected outputs; the counterpart of architectures/readout.ts.
 */
import type { InferenceSession, Tensor } from "./onnxruntime.ts";
import type { JobOutput, Row } from "./protocol.ts";
import { logitsNeeded, type Selection, select, toInt64 } from "./row-inputs.ts";
import { sampleToken } from "./sampling.ts";

/** A run's selection: feeds, names of the outputs to fetch, and how to share them out. */
export interface ReadoutRun {
	readonly feeds: Readonly<Record<string, Tensor>>;
	readonly fetches: readonly string[];
	/** The outputs of row i. */
	take(results: InferenceSession.OnnxValueMapType, i: number): JobOutput;
}

/** Prepares the outputs that the rows want; `offsets` are the numbers of their first tokens in the batch. */
export function prepareReadout(rows: readonly Row[], offsets: readonly number[]): ReadoutRun {
	const logits = select(rows, offsets, logitsNeeded);
	const states = select(rows, offsets, ({ hidden }) => hidden?.of);
	const scores = select(rows, offsets, (wanted) => (wanted.scores === undefined ? undefined : "last"));
	const layers = [...new Set(rows.flatMap(({ wanted }) => wanted.hidden?.layers ?? []))];
	const choices = [...new Set(rows.flatMap(({ wanted }) => [...(wanted.scores ?? [])]))];
	return {
		feeds: {
			logit_rows: toInt64(logits.rows),
			hidden_rows: toInt64(states.rows),
			score_rows: toInt64(scores.rows),
			score_ids: toInt64(choices),
		},
		fetches: [
			...(logits.rows.length > 0 ? ["logits"] : []),
			...(scores.rows.length > 0 ? ["scores"] : []),
			...layers.map((layer) => `hidden.${layer}`),
		],
		take(results, i) {
			const { wanted } = rows[i]!;
			const own = logits.rows.length === 0 ? undefined : part(results.logits!, logits, i);
			const chosen = scores.rows.length === 0 ? undefined : part(results.scores!, scores, i);
			return {
				...(wanted.logits && { logits: own }),
				...(wanted.scores && { scores: Float32Array.from(wanted.scores, (id) => chosen![choices.indexOf(id)]!) }),
				...(wanted.hidden && {
					hidden: wanted.hidden.layers.map((layer) => part(results[`hidden.${layer}`]!, states, i)),
				}),
				...(wanted.sample && {
					sampled: sampleToken(lastRow(own!, results.logits!), wanted.sample.plan, wanted.sample),
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

function lastRow(logits: Float32Array, { dims }: InferenceSession.OnnxValueMapType[string]): Float32Array {
	return logits.subarray(logits.length - dims[1]!);
}
