/**
 * The seam between a guard and the models that can follow a text: a stream of text in, calibrated risks of its prefixes out.
 * Knows no thresholds and takes no decisions.
 */
import type { CallOptions, ModelIdentity, Policy } from "../../types.ts";

/** The risks of a prefix; the same numbers that {@link Scorer.score} gives for it as a whole text. */
export interface PrefixScore {
	/** Length of the prefix in UTF-16 code units. */
	readonly end: number;
	/** By policy id. */
	readonly risks: Readonly<Record<string, number>>;
	/** Tokens of the prefix as the model reads it. */
	readonly tokens: number;
}

/**
 * A text that is being read. Which prefixes are scored depends on the text alone, never on how it was cut into deltas: those
 * that end with a word, some inside very long words, and the whole text.
 */
export interface ScoreStream {
	/** Takes more of the text; computes nothing. */
	push(delta: string): void;
	/** Says that the text is complete. */
	end(): void;
	/**
	 * Scores the next prefixes, in order, each once; an empty list where no further prefix is known yet. One call at a time.
	 * Throws what the engine throws, or `text_too_long` where a passage has no place at which what came before can no longer
	 * change; the stream is of no use after that.
	 */
	read(options?: CallOptions): Promise<readonly PrefixScore[]>;
	/** Frees the state. */
	close(): Promise<void>;
}

/** Opens streams of texts. */
export interface StreamScorer {
	readonly model: ModelIdentity;
	/** Throws `invalid_policy` with the reason when it cannot measure the policy. */
	check(policy: Policy): void;
	/** Rejects with `overloaded` where too many texts are being read. */
	open(policies: readonly Policy[]): Promise<ScoreStream>;
}
