/**
 * What the main thread and an inference thread say to each other. Plain data only: it crosses a MessagePort.
 */
import type { CacheSpec, KeyValueSpec } from "../architectures/index.ts";
import type { GraphOptions } from "./onnxruntime.ts";
import type { SampledToken, SamplingPlan } from "./sampling.ts";

/** The graphs of the rows layout: logits and hidden states, or heads. The slots layout has all outputs in each graph. */
export type GraphName = "logits" | "heads";

/** What a model's graphs are fed with beside token ids; see CacheSpec and KeyValueSpec. */
export type ModelLayout =
	| { readonly kind: "rows"; readonly caches: readonly CacheSpec[] }
	| { readonly kind: "slots"; readonly keyValues: readonly KeyValueSpec[]; readonly slots: number };

/** What an inference thread is started with. */
export interface ThreadSetup {
	/** Graph files; the one for a single slot or for `first` is opened at the start, others when first asked for. */
	readonly files: Readonly<Record<string, string>>;
	readonly layout: ModelLayout;
	readonly layers: number;
	readonly headRows: number;
	/** Opened at the start (rows layout). */
	readonly first: GraphName;
	readonly graph: GraphOptions;
}

/** Which numbers of a row's tokens to return. */
export interface Wanted {
	readonly logits?: "all" | "last" | undefined;
	readonly heads?: boolean | undefined;
	/** Layers (0 = embeddings) of all tokens or of the last one. */
	readonly hidden?: { readonly layers: readonly number[]; readonly of: "all" | "last" } | undefined;
	/** Vocabulary entries whose logits after the last token are returned. */
	readonly scores?: Int32Array | undefined;
	/** Draw a token from the logits after the last token. */
	readonly sample?: SampleOrder | undefined;
}

/** One draw. */
export interface SampleOrder {
	readonly plan: SamplingPlan;
	/** Number of the draw in its generation. */
	readonly index: number;
	/** All ids before; empty unless the plan looks at them. */
	readonly history: Int32Array;
	readonly forbid?: readonly number[] | undefined;
}

/** Some tokens of one text. `positions` count from `start` where they are left out. */
export interface Row {
	readonly ids: Int32Array;
	readonly start: number;
	readonly positions?: Int32Array | undefined;
	readonly wanted: Wanted;
	/** Left out for a text that is read at once and leaves no caches. */
	readonly carry?: Carry | undefined;
}

/** How a row continues a job that needs its caches. */
export interface Carry {
	/** The thread keeps the job's caches and outputs until its last row. */
	readonly job: number;
	/** Kept state that a job's first row continues; a fresh one where left out. */
	readonly from?: number | undefined;
	/** Number under which the caches after the last row are kept. */
	readonly keep?: number | undefined;
	readonly last: boolean;
}

/** The outputs of a job: those wanted, of all its rows one after another. */
export interface JobOutput {
	/** [tokens, vocab] or [vocab]. */
	readonly logits?: Float32Array | undefined;
	/** [tokens, headRows]. */
	readonly heads?: Float32Array | undefined;
	/** Per wanted layer, [tokens, hidden] or [hidden]. */
	readonly hidden?: readonly Float32Array[] | undefined;
	readonly scores?: Float32Array | undefined;
	readonly sampled?: SampledToken | undefined;
	/** Bytes of the caches kept. */
	readonly stateBytes?: number | undefined;
}

/** Caches outside a thread: named float32 arrays. */
export type CacheArrays = Readonly<Record<string, Float32Array>>;

/** What is done with kept states between runs. */
export type StateRequest =
	/** Keeps the first `tokens` tokens of `from` as `keep`, if they are still there. */
	| { readonly kind: "truncate"; readonly from: number; readonly tokens: number; readonly keep: number }
	| { readonly kind: "export"; readonly from: number }
	| { readonly kind: "import"; readonly arrays: CacheArrays; readonly tokens: number; readonly keep: number };

/** The answer: `bytes` of the state kept (undefined where it could not be), or what was exported. */
export interface StateAnswer {
	readonly bytes?: number | undefined;
	readonly arrays?: CacheArrays | undefined;
}

/** To an inference thread. */
export type Order =
	| { readonly type: "run"; readonly task: number; readonly rows: readonly Row[] }
	| { readonly type: "state"; readonly task: number; readonly request: StateRequest }
	| { readonly type: "forget"; readonly job?: number | undefined; readonly state?: number | undefined }
	| { readonly type: "close" };

/** From an inference thread; `outputs` has an entry per row, undefined where the job goes on. */
export type Report =
	| { readonly type: "ready" }
	| { readonly type: "unusable"; readonly reason: string }
	| { readonly type: "done"; readonly task: number; readonly outputs: readonly (JobOutput | undefined)[] }
	| { readonly type: "answer"; readonly task: number; readonly answer: StateAnswer }
	| { readonly type: "failed"; readonly task: number; readonly reason: string };
