/** The flags of `sluice generate` as options of a generation. */
import type { Command } from "commander";
import { parseSamplingOptions, type SamplingOptions } from "../engine/sampling.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { TextOptions } from "../generator/index.ts";

/** What commander makes of the flags. */
export interface GenerationFlags {
	readonly maxTokens: string;
	readonly temperature?: string;
	readonly topK?: string;
	readonly topP?: string;
	readonly minP?: string;
	readonly repetitionPenalty?: string;
	readonly seed?: string;
	readonly stop?: readonly string[];
	readonly logprobs?: string;
}

/** Larger than any vocabulary: the model checks ids and counts against its own. */
const ANY_VOCABULARY = 2 ** 24;

/** Adds the flags. */
export function addGenerationFlags(command: Command): Command {
	const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
	return command
		.option("--max-tokens <n>", "most tokens to generate", "256")
		.option("--temperature <t>", "0 takes the likeliest token each time (1 where a filter below is given, else 0)")
		.option("--top-k <k>", "draw from the k likeliest tokens")
		.option("--top-p <p>", "draw from the likeliest tokens with this share of the probability")
		.option("--min-p <p>", "draw from tokens with this share of the likeliest one's probability")
		.option("--repetition-penalty <p>", "above 1: tokens that have occurred become less likely")
		.option("--seed <n>", "the same seed draws the same tokens (chosen and shown)")
		.option("--stop <text>", "end before this text; may be given several times", collect)
		.option("--logprobs <n>", "with --json: log-probabilities of each token and of the n likeliest, 0 to 20");
}

/** Throws `invalid_request` naming what does not fit. */
export function toTextOptions(flags: GenerationFlags): Omit<TextOptions, "signal"> {
	const sampling: SamplingOptions = {
		temperature: toNumber("temperature", flags.temperature),
		topK: toNumber("top-k", flags.topK),
		topP: toNumber("top-p", flags.topP),
		minP: toNumber("min-p", flags.minP),
		repetitionPenalty: toNumber("repetition-penalty", flags.repetitionPenalty),
		seed: toNumber("seed", flags.seed),
		topLogprobs: toNumber("logprobs", flags.logprobs),
	};
	checkSampling(sampling);
	if (!/^[1-9]\d{0,8}$/.test(flags.maxTokens))
		throw new SluiceError("invalid_request", { detail: "--max-tokens must be a whole number from 1 up" });
	return { ...sampling, maxTokens: Number(flags.maxTokens), stop: flags.stop };
}

/** Tells wrong values before a model is loaded, by the names of the flags. */
function checkSampling(sampling: SamplingOptions): void {
	try {
		parseSamplingOptions(sampling, ANY_VOCABULARY);
	} catch (error) {
		if (!isSluiceError(error)) throw error;
		const toFlag = (name: string): string =>
			name === "topLogprobs" ? "--logprobs" : `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
		throw new SluiceError(error.code, { detail: error.detail.replace(/^[a-zA-Z]+/, toFlag) });
	}
}

function toNumber(flag: string, value: string | undefined): number | undefined {
	if (value === undefined) return undefined;
	if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value);
	throw new SluiceError("invalid_request", { detail: `--${flag} must be a number` });
}
