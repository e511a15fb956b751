/**
 * The library contract: what an open model and a session on it can do. Kept stable. Token ids in, float32 arrays out.
 */
import type { CallOptions, ModelIdentity } from "../types.ts";
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
export interface Model {
	/** The directory's name, and the hash of everything that decides the numbers. */
	readonly identity: ModelIdentity;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	/** Rows of the heads' output; 0 where the model has none. */
	readonly headRows: number;
	/** The converted directory that the model runs from. */
	readonly directory: string;
	/** Next-token logits after every prefix of `ids`. */
	forward(ids: ArrayLike<number>, options?: ForwardOptions): Promise<ForwardResult>;
	/** Head outputs after every prefix of `ids`: [T, headRows], row-major. Short texts of concurrent calls run as batches. */
	heads(ids: ArrayLike<number>, options?: CallOptions): Promise<Float32Array>;
	/** Opens a session from an empty state. Rejects with `overloaded` at the limit of open sessions. */
	session(options?: SessionOptions): Promise<Session>;
	stats(): PoolStats;
	/** Rejects what waits, ends the threads. A model that is not closed keeps the process alive. */
	close(): Promise<void>;
}

/** What a session's appends return: `logits` (default) or `heads`. */
export interface SessionOptions {
	readonly outputs?: "logits" | "heads" | undefined;
}

/** What {@link Session.append} returns for the n ids appended. */
export interface AppendResult {
	/** [n, vocabSize], row-major. */
	readonly logits?: Float32Array;
	/** [n, headRows], row-major. */
	readonly heads?: Float32Array;
}

/**
 * A text read piece by piece. Its caches stay in one inference thread and are lost with it: appends then reject with
 * `inference_failed`. An append that fails, is aborted or comes too late leaves the session as it was.
 */
export interface Session {
	/** Reads any number of ids after those read so far. Concurrent appends run in the order of the calls. */
	append(ids: ArrayLike<number>, options?: CallOptions): Promise<AppendResult>;
	/** An independent copy after the appends called so far. */
	fork(): Promise<Session>;
	/** Bytes of the caches; grows only until the attention window is full. */
	readonly stateBytes: number;
	/** Ids read so far. */
	readonly length: number;
	/** Frees the caches; appends not yet done reject with `invalid_request`. */
	close(): Promise<void>;
}
