/** A moderator that costs nothing, with verdicts as large as those of ten policies: what is left is the way there and back. */
import type { Moderator } from "../../src/moderator.ts";
import { judgedText, type Policy, type Verdict } from "../../src/types.ts";

const POLICIES = 10;
const model = { id: "no-op", hash: "sha256:0" };

const policies: readonly Policy[] = Array.from({ length: POLICIES }, (_, i) => ({
	id: `policy-${i}`,
	title: `Policy ${i}`,
	guideline: "The text shall not contain it.",
	scorer: { kind: "head", head: `policy_${i}` },
	thresholds: { flag: 0.5, block: 0.9, target: "none" },
	maps: { openai: [], perspective: [], google: [], azure: [] },
	examples: [
		{ text: "a", violates: true },
		{ text: "b", violates: false },
	],
}));
const decision = { scorer: "head", stages: 1, ms: 1.25, tokens: 100 };
const judged = policies.map(({ id, thresholds: { flag, block } }, i) => {
	const risk = Math.fround(0.0123 * (i + 1)); // as many digits as a model's float32 has
	return { policy: id, risk, thresholds: { flag, block }, action: "allow", spans: [], decision } as const;
});

/** Says the same of every text. */
export function createNoOpModerator(): Moderator {
	return {
		policies,
		model,
		maxCharacters: 1_000_000,
		moderate: async (contents) =>
			contents.map((content): Verdict => {
				const coverage = { characters: judgedText(content).length, tokens: 100, complete: true } as const;
				return { action: "allow", risk: judged.at(-1)!.risk, policies: judged, model, coverage, latencyMs: 0 };
			}),
		isReady: () => true,
		ready: async () => {},
		load: () => ({ queued: 0, running: 0 }),
		close: async () => {},
	};
}
