/**
 * What generating takes and gives: token ids in, chosen tokens out, one at a time. Knows no text.
 */
import type { CallOptions } from "../types.ts";
import type { SampledToken, SamplingOptions } from "./sampling.ts";

/** Options of {@link TokenGenerator.generate}. */
export interface GenerateOptions extends CallOptions, SamplingOptions {
	/** Most tokens to generate, from 1. */
	readonly maxTokens: number;
	/** Ids that end the generation; the one chosen is not yielded. */
	readonly stopTokens?: readonly number[] | undefined;
	/**
	 * Also give the hidden state of this layer with each token: 0 is the embeddings, the number of layers the last residual
	 * stream, before the final norm. It is the state that the token was drawn from.
	 */
	readonly hiddenLayer?: number | undefined;
	/** Number of the first token generated; default 0. With the seed it decides the draws, so that a text that was taken back in part goes on as if in one. */
	readonly firstIndex?: number | undefined;
	/** Ids that must not be drawn, by the number of the token. */
	readonly forbid?: ReadonlyMap<number, readonly number[]> | undefined;
}

/** A generated token. */
export interface GeneratedToken extends SampledToken {
	/** 0 for the first one generated, or {@link GenerateOptions.firstIndex}. */
	readonly index: number;
	/** [hiddenSize], with `hiddenLayer` only. */
	readonly hidden?: Float32Array | undefined;
}

/** Why a generation ended by itself: a stop token, `maxTokens`, or the model's context is full. */
export type FinishReason = "stop" | "length" | "context";

/**
 * The tokens of one generation, to be read once. The next step runs when the token before it was taken; leaving the loop ends
 * the generation. Rejects like every call of a model; an error is never a silent end.
 */
export interface TokenStream extends AsyncIterable<GeneratedToken> {
	/** Settles when the iteration ends; `tokens` counts those yielded. */
	readonly finished: Promise<{ readonly reason: FinishReason; readonly tokens: number; readonly seed: number }>;
}

/** The part of a model that continues ids. */
export interface TokenGenerator {
	/** Continues `ids` (at least one). */
	generate(ids: ArrayLike<number>, options: GenerateOptions): TokenStream;
}
