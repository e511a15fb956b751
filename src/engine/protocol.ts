/**
 * What the main thread and an inference thread say to each other. Plain data only: it crosses a MessagePort.
 */
import type { CacheSpec } from "../architectures/index.ts";

/** A converted model's graphs: model.onnx (logits and hidden states) and heads.onnx. */
export type GraphName = "logits" | "heads";

/** What an inference thread is started with. */
export interface ThreadSetup {
	/** The converted directory. */
	readonly directory: string;
	readonly caches: readonly CacheSpec[];
	readonly layers: number;
	/** Opened at the start; the other graph is opened when it is first asked for. */
	readonly first: GraphName;
}

/** Some tokens of one text. `positions` count from `start` where they are left out. */
export interface Row {
	readonly ids: Int32Array;
	readonly start: number;
	readonly positions?: Int32Array | undefined;
	/** Left out for a text that is read at once and leaves no caches. */
	readonly carry?: Carry | undefined;
}

/** How a row continues a job that needs its caches; such a row runs alone. */
export interface Carry {
	/** The thread keeps the job's caches and outputs until its last row. */
	readonly job: number;
	/** Kept state that a job's first row continues; a fresh one where left out. */
	readonly from?: number | undefined;
	/** Number under which the caches after the last row are kept. */
	readonly keep?: number | undefined;
	readonly last: boolean;
}

/** All outputs of a job: logits [T, vocab] or head rows [T, headRows], and hidden states [T, hidden] per layer. */
export interface JobOutput {
	readonly values: Float32Array;
	readonly hidden?: readonly Float32Array[] | undefined;
	/** Bytes of the caches kept. */
	readonly stateBytes?: number | undefined;
}

/** To an inference thread. */
export type Order =
	| {
			readonly type: "run";
			readonly task: number;
			readonly graph: GraphName;
			readonly hidden: boolean;
			readonly rows: readonly Row[];
	  }
	| { readonly type: "forget"; readonly job?: number | undefined; readonly state?: number | undefined }
	| { readonly type: "close" };

/** From an inference thread; `outputs` has an entry per row, undefined where the job goes on. */
export type Report =
	| { readonly type: "ready" }
	| { readonly type: "unusable"; readonly reason: string }
	| { readonly type: "done"; readonly task: number; readonly outputs: readonly (JobOutput | undefined)[] }
	| { readonly type: "failed"; readonly task: number; readonly reason: string };
