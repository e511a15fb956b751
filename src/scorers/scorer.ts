/**
 * The seam between policies and models: a scorer turns texts into calibrated risks. Every member passes one conformance suite.
 * Knows no thresholds and takes no decisions; the moderator does.
 */
import type { Budget, CallOptions, Content, ModelIdentity, Policy, Score } from "../types.ts";
import type { StreamScorer } from "./stream/score-stream.ts";

/** Options of {@link Scorer.score}. */
export interface ScoreOptions extends CallOptions {
	/** What may be spent on expensive scorers; as much as the deadline allows where left out. */
	readonly budget?: Budget | undefined;
}

/** Turns texts into risks. A text it cannot read whole is an error, never a partial score. */
export interface Scorer {
	readonly model: ModelIdentity;
	/** Longest text it reads, in UTF-16 code units. */
	readonly maxCharacters: number;
	/** Follows texts while they come, where the scorer can. */
	readonly streams?: StreamScorer | undefined;
	/** Throws `invalid_policy` with the reason when it cannot measure the policy. */
	check(policy: Policy): void;
	/** One score per content, in order, with a risk for each of the policies. Fails as a whole; see {@link CallOptions} for limits. */
	score(contents: readonly Content[], policies: readonly Policy[], options?: ScoreOptions): Promise<Score[]>;
	/** Work waiting and running, for readiness and load shedding. */
	load(): { readonly queued: number; readonly running: number };
	close(): Promise<void>;
}
