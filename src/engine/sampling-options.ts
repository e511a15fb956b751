/**
 * How the next token is chosen, as callers say it and as the inference thread gets it: checked, complete, plain data.
 */
import { SluiceError } from "../errors.ts";
import { randomSeed } from "./sampling-random.ts";

/**
 * How the next token is chosen. In the order they are applied, as in Hugging Face transformers: repetition penalty, bias,
 * temperature, top-k, top-p, min-p. Greedy with temperature 0, or with none of temperature, topK, topP and minP.
 */
export interface SamplingOptions {
	/** Divides the logits. 0: the likeliest token; default 1 where topK, topP or minP is given. */
	readonly temperature?: number | undefined;
	/** Only this many of the likeliest tokens, from 1. */
	readonly topK?: number | undefined;
	/** Only the fewest likeliest tokens that have this share of the probability together, 0 to 1. */
	readonly topP?: number | undefined;
	/** Only tokens with at least this share of the likeliest one's probability, 0 to 1. */
	readonly minP?: number | undefined;
	/** Of tokens in prompt and output, divides logits above 0 and multiplies others; 0.01 to 100. */
	readonly repetitionPenalty?: number | undefined;
	/** A whole number; the same seed draws the same tokens. Default: chosen and reported. */
	readonly seed?: number | undefined;
	/** Token id to what is added to its logit, -100 to 100; -100 and -Infinity forbid the token. */
	readonly logitBias?: Readonly<Record<number, number>> | undefined;
	/** How many of the likeliest tokens are reported with each token, 0 to 20. */
	readonly topLogprobs?: number | undefined;
}

/** {@link SamplingOptions} checked and complete. Plain data: it may change threads. */
export interface SamplingPlan {
	/** 0: greedy. */
	readonly temperature: number;
	/** At most the size of the vocabulary, which keeps all. */
	readonly topK: number;
	/** 1 keeps all. */
	readonly topP: number;
	/** 0 keeps all. */
	readonly minP: number;
	/** 1 changes nothing. */
	readonly repetitionPenalty: number;
	readonly seed: number;
	readonly biasIds: Int32Array;
	/** One per id; -Infinity forbids. */
	readonly biases: Float64Array;
	readonly topLogprobs: number;
}

/** Bias that forbids a token in OpenAI's API. */
const NEVER = -100;
const MOST_TOP_LOGPROBS = 20;

/** Throws `invalid_request` naming the first field that does not fit and what it must be. */
export function parseSamplingOptions(options: SamplingOptions, vocabSize: number): SamplingPlan {
	const { temperature, topK, topP, minP, repetitionPenalty = 1, seed, logitBias = {}, topLogprobs = 0 } = options;
	const drawn = topK !== undefined || topP !== undefined || minP !== undefined;
	return {
		temperature: check("temperature", temperature ?? (drawn ? 1 : 0), { from: 0, to: Number.MAX_VALUE }),
		topK: Math.min(vocabSize, checkWhole("topK", topK ?? vocabSize, { from: 1, to: Number.MAX_SAFE_INTEGER })),
		topP: check("topP", topP ?? 1, { from: 0, to: 1 }),
		minP: check("minP", minP ?? 0, { from: 0, to: 1 }),
		repetitionPenalty: check("repetitionPenalty", repetitionPenalty, { from: 0.01, to: 100 }),
		seed: checkWhole("seed", seed ?? randomSeed(), { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }),
		...parseBias(logitBias, vocabSize),
		topLogprobs: checkWhole("topLogprobs", topLogprobs, { from: 0, to: MOST_TOP_LOGPROBS }),
	};
}

interface Range {
	readonly from: number;
	readonly to: number;
}

function check(name: string, value: number, { from, to }: Range): number {
	if (typeof value === "number" && value >= from && value <= to) return value;
	const rule = to === Number.MAX_VALUE ? `a finite number from ${from} up` : `a number from ${from} to ${to}`;
	throw new SluiceError("invalid_request", { detail: `${name} must be ${rule}`, pointer: `/${name}` });
}

function checkWhole(name: string, value: number, { from, to }: Range): number {
	if (Number.isInteger(value) && value >= from && value <= to) return value;
	const detail = `${name} must be a whole number from ${from} to ${to}`;
	throw new SluiceError("invalid_request", { detail, pointer: `/${name}` });
}

function parseBias(
	bias: Readonly<Record<number, number>>,
	vocabSize: number,
): Pick<SamplingPlan, "biasIds" | "biases"> {
	if (typeof bias !== "object" || bias === null || Array.isArray(bias)) {
		const detail = "logitBias must be an object from token ids to numbers";
		throw new SluiceError("invalid_request", { detail, pointer: "/logitBias" });
	}
	const entries = Object.entries(bias).map(([key, value]): [number, number] => {
		const pointer = `/logitBias/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
		const id = /^\d{1,9}$/.test(key) ? Number(key) : vocabSize;
		if (id >= vocabSize) {
			const detail = `logitBias has a key that is no token id; ids are whole numbers from 0 to ${vocabSize - 1}`;
			throw new SluiceError("invalid_request", { detail, pointer });
		}
		const fits = typeof value === "number" && ((value >= NEVER && value <= -NEVER) || value === -Infinity);
		if (!fits) {
			const detail = `logitBias[${id}] must be a number from ${NEVER} to ${-NEVER}, or -Infinity`;
			throw new SluiceError("invalid_request", { detail, pointer });
		}
		return [id, value <= NEVER ? -Infinity : value];
	});
	return { biasIds: Int32Array.from(entries, ([id]) => id), biases: Float64Array.from(entries, ([, value]) => value) };
}
