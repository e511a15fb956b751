/**
 * The seam between policies and models: a scorer turns texts into calibrated risks. Every member passes one conformance suite.
 * Knows no thresholds and takes no decisions; the moderator does.
 */
import type { CallOptions, ModelIdentity, Policy, Score } from "../types.ts";

/** Turns texts into risks. A text it cannot read whole is an error, never a partial score. */
export interface Scorer {
	readonly model: ModelIdentity;
	/** Longest text it reads, in UTF-16 code units. */
	readonly maxCharacters: number;
	/** Throws `invalid_policy` with the reason when it cannot measure the policy. */
	check(policy: Policy): void;
	/** One score per text, in order, with a risk for each of the policies. Fails as a whole; see {@link CallOptions} for limits. */
	score(texts: readonly string[], policies: readonly Policy[], options?: CallOptions): Promise<Score[]>;
	/** Work waiting and running, for readiness and load shedding. */
	load(): { readonly queued: number; readonly running: number };
	close(): Promise<void>;
}
