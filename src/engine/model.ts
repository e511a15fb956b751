/**
 * The library contract: what an open model and a session on it can do. Kept stable. Token ids in, float32 arrays out.
 */
import type { CallOptions, ModelIdentity } from "../types.ts";
import type { GenerateOptions, TokenGenerator, TokenStream } from "./generation.ts";
import type { PoolStats } from "./pool.ts";

/** Options of {@link Model.forward}. */
export interface ForwardOptions extends CallOptions {
	/**
	 * One position per id, counting from 0 in each document, so that several documents may be packed into one row; -1 for
	 * padding before a document. 0, 1, 2 ... where left out.
	 */
	readonly positions?: ArrayLike<number> | undefined;
	/** Also return hidden states. */
	readonly hidden?: boolean | undefined;
}

/** What {@link Model.forward} returns, T being the number of ids. */
export interface ForwardResult {
	/** [T, vocabSize], row-major. */
	readonly logits: Float32Array;
	/** layers + 1 arrays [T, hiddenSize]: the embeddings, then the residual stream after each layer, before the final norm. */
	readonly hidden?: readonly Float32Array[];
}

/**
 * An open model. Calls may be made concurrently; they share the model's inference threads. Every call rejects with
 * `invalid_request` naming the index of a bad id, `overloaded` when too many calls wait, `deadline_exceeded`, `aborted`, or
 * `inference_failed` when the model could not be run, its thread ended or it was closed.
 */
export interface Model extends TokenGenerator {
	/** The directory's name, and the hash of everything that decides the numbers. */
	readonly identity: ModelIdentity;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	/** Rows of the heads' output; 0 where the model has none. */
	readonly headRows: number;
	/** Tokens that a text or session may have; undefined where the model's state has a fixed size and there is no limit. */
	readonly contextSize: number | undefined;
	/** The converted directory that the model runs from. */
	readonly directory: string;
	/** Next-token logits after every prefix of `ids`. */
	forward(ids: ArrayLike<number>, options?: ForwardOptions): Promise<ForwardResult>;
	/** Head outputs after every prefix of `ids`: [T, headRows], row-major. Short texts of concurrent calls run as batches. */
	heads(ids: ArrayLike<number>, options?: CallOptions): Promise<Float32Array>;
	/** Logits after the last of `ids` of the vocabulary entries `tokens` alone, in their order: the head's other rows are not computed. */
	score(ids: ArrayLike<number>, tokens: ArrayLike<number>, options?: CallOptions): Promise<Float32Array>;
	/** Opens a session from an empty state. Rejects with `overloaded` at the limit of open sessions or of their memory. */
	session(options?: SessionOptions): Promise<Session>;
	/**
	 * Opens a session from what {@link Session.serialize} gave. Rejects with `invalid_request` where the bytes are damaged, of
	 * another format version, or of a model with another hash.
	 */
	restore(bytes: Uint8Array, options?: SessionOptions): Promise<Session>;
	/** Bytes that the caches of a session of so many tokens take at most. */
	sessionBytes(tokens: number): number;
	stats(): PoolStats;
	/** Rejects what waits, ends the threads. A model that is not closed keeps the process alive. */
	close(): Promise<void>;
}

/** How a session is opened. */
export interface SessionOptions {
	/** What appends return unless they say: `logits` (default) or `heads`. */
	readonly outputs?: "logits" | "heads" | undefined;
	/** Tokens the session may come to have; its memory is set aside when it is opened. Default: the model's context. */
	readonly maxTokens?: number | undefined;
	/**
	 * States of this many last appends that are kept for {@link Session.rollback}, each the size of a state; default 0. Only
	 * recurrent models need them: keys and values are shortened without.
	 */
	readonly checkpoints?: number | undefined;
	/**
	 * Whether the ids read are kept (default), which takes a few bytes a token. A session that keeps none takes the same
	 * memory however long its text; it cannot generate, roll back or be serialized.
	 */
	readonly keepsIds?: boolean | undefined;
}

/** Options of {@link Session.fork}. */
export interface ForkOptions {
	/** Tokens the copy may come to have; as many as the session where left out. */
	readonly maxTokens?: number | undefined;
}

/** Options of {@link Session.append}. */
export interface AppendOptions extends CallOptions {
	/** Logits of all ids appended, of the last one, or none. Default: all, or none where the session's outputs are heads. */
	readonly logits?: "all" | "last" | "none" | undefined;
	/** Hidden states of all ids appended; default false. */
	readonly hidden?: boolean | undefined;
}

/** What {@link Session.append} returns for the n ids appended. */
export interface AppendResult {
	/** [n, vocabSize], or [vocabSize] of the last one; row-major. */
	readonly logits?: Float32Array;
	/** [n, headRows], row-major. */
	readonly heads?: Float32Array;
	/** layers + 1 arrays [n, hiddenSize], as in {@link ForwardResult}. */
	readonly hidden?: readonly Float32Array[];
}

/**
 * A text read piece by piece. Its caches stay in one inference thread and are lost with it: calls then reject with
 * `inference_failed`. A call that fails, is aborted or comes too late leaves the session as it was. Calls run in the order
 * they are made.
 */
export interface Session {
	/** Reads any number of ids after those read so far. Rejects with `text_too_long` beyond `maxTokens`. */
	append(ids: ArrayLike<number>, options?: AppendOptions): Promise<AppendResult>;
	/** Reads `ids` and goes on with tokens drawn; afterwards the session has read all of these but the last. */
	generate(ids: ArrayLike<number>, options: GenerateOptions): TokenStream;
	/**
	 * Logits after `ids` of the vocabulary entries `tokens` alone; the session stays as it was, so `ids` count against the
	 * model's context, not against `maxTokens`.
	 */
	score(ids: ArrayLike<number>, tokens: ArrayLike<number>, options?: CallOptions): Promise<Float32Array>;
	/** Head outputs of `ids` as if they had been read, [n, headRows]; the session stays as it was, as with `score`. */
	heads(ids: ArrayLike<number>, options?: CallOptions): Promise<Float32Array>;
	/** An independent copy; keys and values are shared until both go on. */
	fork(options?: ForkOptions): Promise<Session>;
	/**
	 * Forgets the last `tokens` ids. Exact always; at once where the state of that time is still known, else the ids since the
	 * last known one are read again.
	 */
	rollback(tokens: number): Promise<void>;
	/** All that {@link Model.restore} needs, in a format of our own with model hash, version and checksum. */
	serialize(): Promise<Uint8Array>;
	/** Bytes of the caches now. */
	readonly stateBytes: number;
	/** Ids read so far. */
	readonly length: number;
	/** Frees the caches; calls not yet done reject with `invalid_request`. */
	close(): Promise<void>;
}
