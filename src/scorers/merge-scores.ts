/**
 * A text's score put together from several scorers' scores, policy by policy, each with the decision behind it.
 */
import { SluiceError } from "../errors.ts";
import type { Decision, Score, Span } from "../types.ts";

/** A score in the making. */
export interface ScoreDraft extends Score {
	readonly risks: Record<string, number>;
	readonly spans: Record<string, readonly Span[]>;
	tokens: number;
	readonly decisions: Record<string, Decision>;
}

/** Nothing said yet. */
export function createScoreDraft(): ScoreDraft {
	return { risks: {}, spans: {}, tokens: 0, decisions: {} };
}

/** What a scorer that says nothing of its decisions has decided: everything, in one stage. */
export interface PlainDecision {
	readonly scorer: string;
	readonly ms: number;
}

/** The decision behind a policy's part of a score. */
export function decisionOf(score: Score, policy: string, plain: PlainDecision): Decision {
	return score.decisions?.[policy] ?? { scorer: plain.scorer, stages: 1, ms: plain.ms, tokens: score.tokens };
}

/** Takes over what `from` says of a policy, a missing risk included; `decision` is the one to show. */
export function takePolicy(draft: ScoreDraft, policy: string, from: Score, decision: Decision): void {
	const risk = from.risks[policy];
	if (risk !== undefined) draft.risks[policy] = risk;
	draft.spans[policy] = from.spans[policy] ?? [];
	draft.decisions[policy] = decision;
	draft.tokens = Math.max(draft.tokens, from.tokens);
}

/** The scores of a call; throws `inference_failed` where there is not one per content. */
export function checkCount(scores: readonly Score[], contents: number): readonly Score[] {
	if (scores.length === contents) return scores;
	throw new SluiceError("inference_failed", { detail: `a scorer gave ${scores.length} scores for ${contents} texts` });
}
