/**
 * How sure a guard model was of its label: the probabilities of the labels where the label's first token stands.
 * Reads `logprobs` of OpenAI-compatible servers; where they are missing or do not fit the answer, says nothing.
 */
import { z } from "zod";
import type { GuardFormat } from "./guard-format.ts";

const Alternative = z.object({ token: z.string(), logprob: z.number() });

/** `choices[].logprobs`; null where a server sends something else or nothing. */
export const LogprobsSchema: z.ZodType<Logprobs | null | undefined> = z
	.object({ content: z.array(z.object({ token: z.string(), top_logprobs: z.array(Alternative) })) })
	.nullish()
	.catch(null);

/** Tokens of the answer, each with the likeliest ones at its place. */
export interface Logprobs {
	readonly content: readonly {
		readonly token: string;
		readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[];
	}[];
}

/**
 * Expected risk 0..1: the labels' risks weighted by their probabilities, normalised over the labels that are listed.
 * Undefined where the label's place is not found or another label is likelier there than the one that was answered.
 */
export function toExpectedRisk(
	{ labels, beforeLabel }: Pick<GuardFormat, "labels" | "beforeLabel">,
	answered: string,
	logprobs: Logprobs | null | undefined,
): number | undefined {
	let before = "";
	const place = logprobs?.content.find(({ token }) => {
		const found = token.trim() !== "" && beforeLabel.test(before);
		before += token;
		return found;
	});
	const weights = new Map<string, number>();
	for (const { token, logprob } of place?.top_logprobs ?? []) {
		const start = token.trim();
		const label = start === "" ? undefined : Object.keys(labels).find((name) => name.startsWith(start));
		if (label !== undefined) weights.set(label, (weights.get(label) ?? 0) + Math.exp(Math.min(0, logprob)));
	}
	const own = weights.get(answered) ?? 0;
	if (!(own > 0) || own < Math.max(...weights.values())) return undefined;
	let total = 0;
	let risk = 0;
	for (const [label, weight] of weights) {
		total += weight;
		risk += labels[label]! * weight;
	}
	return risk / total;
}
