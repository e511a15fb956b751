/**
 * Chooses the next token of one row of logits. Pure but for memory it reuses: the same row, plan and step give the same token
 * on every machine. Knows ids only. Filters in the order of Hugging Face transformers' logits processors.
 */
import { SluiceError } from "../errors.ts";
import type { SamplingPlan } from "./sampling-options.ts";
import { uniformAt } from "./sampling-random.ts";
import { argMax, BLOCK, binScale, readBlocks, type ScannedRow, scanRow, sumWeights } from "./sampling-scan.ts";
import {
	createSelectionScratch,
	rankCandidates,
	rankRow,
	type SelectionScratch,
	selectTop,
} from "./sampling-select.ts";

export { parseSamplingOptions, type SamplingOptions, type SamplingPlan } from "./sampling-options.ts";
export { randomSeed } from "./sampling-random.ts";

/** A token and its natural log-probability. */
export interface TokenLogprob {
	readonly id: number;
	readonly logprob: number;
}

/**
 * A chosen token. Log-probabilities are the model's: log-softmax of the logits as given over the whole vocabulary, before
 * penalty, bias, temperature and filters, to about 1e-6.
 */
export interface SampledToken extends TokenLogprob {
	/** The likeliest tokens of the model, `topLogprobs` of them (fewer where others are impossible), likeliest first. */
	readonly top: readonly TokenLogprob[];
}

/** Where in a generation a token is chosen. */
export interface SamplingStep {
	/** Of the token: 0 for the first one generated. With the plan's seed it gives the random number. */
	readonly index: number;
	/** Ids of prompt and output so far, for the repetition penalty. */
	readonly history: ArrayLike<number>;
	/** Ids that must not be chosen at this step. */
	readonly forbid?: readonly number[] | undefined;
	/** The graph's `logit_blocks` of the row [blocks, 3]: spares reading all of it, mostly. */
	readonly blocks?: Float32Array | undefined;
}

interface Scratch {
	readonly edited: Float32Array;
	readonly blockMax: Float32Array;
	readonly editedBlockMax: Float32Array;
	readonly selection: SelectionScratch;
}

let scratch: Scratch | undefined;

function scratchFor(length: number): Scratch {
	if (scratch?.edited.length === length) return scratch;
	const blocks = Math.ceil(length / BLOCK);
	scratch = {
		edited: new Float32Array(length),
		blockMax: new Float32Array(blocks),
		editedBlockMax: new Float32Array(blocks),
		selection: createSelectionScratch(length),
	};
	return scratch;
}

/**
 * Chooses a token from `logits` [vocab], which is not changed. Throws `inference_failed` where the logits hold NaN or
 * +Infinity or nothing finite, and `invalid_request` where bias and `forbid` leave no token.
 */
export function sampleToken(logits: Float32Array, plan: SamplingPlan, step: SamplingStep): SampledToken {
	const memory = scratchFor(logits.length);
	const summary = step.blocks && readBlocks(logits, step.blocks, memory.blockMax);
	const raw = summary ?? scanRow(logits, memory.blockMax);
	if (!Number.isFinite(raw.max)) {
		const detail = Number.isNaN(raw.max) ? "NaN" : raw.max > 0 ? "infinite" : "nothing finite";
		throw new SluiceError("inference_failed", { detail: `the model's logits are broken: ${detail}` });
	}
	const row = editRow(raw, plan, step, memory);
	const { id, rawMass } = plan.temperature === 0 ? { id: argMax(row) } : draw(row, plan, step.index, memory);
	const reusable = row === raw ? rawMass : undefined;
	const logMass = Math.log(raw.mass ?? reusable ?? sumWeights(raw, binScale(1)));
	const toLogprob = (token: number): TokenLogprob => ({ id: token, logprob: logits[token]! - raw.max - logMass });
	return { ...toLogprob(id), top: likeliest(raw, plan.topLogprobs, memory).map(toLogprob) };
}

/** The row after repetition penalty, bias and `forbid`; the row itself where they change nothing. */
function editRow(
	raw: ScannedRow,
	plan: SamplingPlan,
	{ history, forbid = [] }: SamplingStep,
	memory: Scratch,
): ScannedRow {
	const { repetitionPenalty, biasIds, biases } = plan;
	const penalized = repetitionPenalty !== 1 && history.length > 0;
	if (!penalized && biasIds.length === 0 && forbid.length === 0) return raw;
	const { values } = raw;
	const { edited, editedBlockMax } = memory;
	edited.set(values);
	for (let i = 0; penalized && i < history.length; i++) {
		const value = values[history[i]!]!;
		edited[history[i]!] = value > 0 ? value / repetitionPenalty : value * repetitionPenalty;
	}
	for (let i = 0; i < biasIds.length; i++) edited[biasIds[i]!] = edited[biasIds[i]!]! + biases[i]!;
	for (const id of forbid) edited[id] = Number.NEGATIVE_INFINITY;
	const row = scanRow(edited, editedBlockMax);
	if (Number.isFinite(row.max)) return row;
	throw new SluiceError("invalid_request", { detail: "logit bias and forbidden tokens leave no token to choose" });
}

/**
 * The token at which the running probability of what the filters keep, from the likeliest down, reaches the step's random
 * number. `rawMass` is the mass of the whole row where it was computed at temperature 1.
 */
function draw(
	row: ScannedRow,
	{ temperature, topK, topP, minP, seed }: SamplingPlan,
	index: number,
	{ selection }: Scratch,
): { readonly id: number; readonly rawMass?: number | undefined } {
	const { max, values } = row;
	const scale = binScale(temperature);
	const whole = topK >= values.length;
	const ranking = whole
		? rankRow(row, scale, selection)
		: rankCandidates(selectTop(row, topK, selection), { max, scale }, selection);
	let kept = ranking.mass;
	if (topP < 1) kept = ranking.reach(topP * ranking.mass).mass;
	if (minP > 0) kept = Math.min(kept, ranking.massFrom(max + temperature * Math.log(minP)));
	const { id } = ranking.reach(uniformAt(seed, index) * kept);
	return { id, rawMass: whole && temperature === 1 ? ranking.mass : undefined };
}

/** Ids of the `count` likeliest tokens, likeliest first. */
function likeliest(row: ScannedRow, count: number, { selection }: Scratch): number[] {
	if (count === 0) return [];
	const { ids, values } = selectTop(row, Math.min(count, row.values.length), selection);
	return Array.from(ids, (id, i) => ({ id, value: values[i]! }))
		.filter(({ value }) => value > Number.NEGATIVE_INFINITY)
		.sort((a, b) => b.value - a.value || a.id - b.id)
		.map(({ id }) => id);
}
