/**
 * What an architecture is: from a config.json to a plan that knows its sizes and caches and builds graphs.
 * Names no member. Inputs of every graph: `input_ids` and `positions`, int64 [batch, seq], and the caches.
 * Positions count from 0 in each document of a row; padding is -1 before a document and anything after the last.
 * Rows layout: one text per row, its caches go in whole and come out whole. Slots layout: one row holds the tokens of up
 * to `slots` texts one after another; each reads its own keys and values, and only those of the new tokens come out.
 */
import type { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { Graph } from "../onnx/index.ts";
import type { RowRange } from "../weights/safetensors.ts";

/** f32: as trained; q8: int8 weights and activations; q4: weights in 4-bit blocks. */
export const WEIGHT_KINDS: readonly ["f32", "q8", "q4"] = ["f32", "q8", "q4"];
/** One of {@link WEIGHT_KINDS}. */
export type WeightKind = (typeof WEIGHT_KINDS)[number];

/** Where weights come from; `heads.weight` and `heads.bias` are among them for graphs with heads. */
export interface WeightSource {
	readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
	/** All values, row-major, or those of some rows. */
	readF32(name: string, rows?: RowRange): Float32Array;
}

/** Which graph to build. */
export interface BuildOptions {
	/**
	 * logits: `logits` [n, vocab], their summary `logit_blocks` [n, blocks, 3] (readout.ts) and `hidden.0` ... `hidden.L` [n, hidden] of the tokens that the inputs `logit_rows` and
	 * `hidden_rows` (int64 [n]) name in row-major order of the batch, `scores` [n, m] of the tokens `score_rows` for the
	 * vocabulary entries `score_ids` (int64 [m]), and the caches;
	 * heads: `heads` [batch, seq, rows] and the caches.
	 */
	readonly outputs: "logits" | "heads";
	readonly weights: WeightKind;
	/** Rows of `heads.weight`. */
	readonly heads?: { readonly rows: number } | undefined;
	/** Slots layout: texts per run, default 1. */
	readonly slots?: number | undefined;
	/** Round the embeddings' multiplier to bfloat16, as a bfloat16 run of the reference does. */
	readonly bfloat16Scale?: boolean | undefined;
}

/** One tensor carried from call to call: fed as `input`, fetched as `output`. A fresh one is zeros, "past" being 0. */
export interface CacheSpec {
	readonly input: string;
	readonly output: string;
	readonly dtype: "float32";
	/** "past" is the number of steps held: any number fits, the output holds at most `maxPast`. */
	readonly shape: readonly (number | "batch" | "past")[];
	readonly maxPast?: number;
}

/**
 * Keys and values of an attention layer in the slots layout: inputs `past.<name>.keys.<slot>` and `past.<name>.values.<slot>`
 * [heads, 1, any number of steps, size], outputs `present.<name>.keys` and `.values` [heads, 1, tokens of the run, size].
 * Which text step an entry holds is said by `index.<window or "all">.<slot>`, int64 [steps]; an unused entry by a large one.
 */
export interface KeyValueSpec {
	/** `layers.3`. */
	readonly name: string;
	readonly heads: number;
	readonly size: number;
	/** The newest tokens that a query sees, itself included; all where left out. */
	readonly window?: number | undefined;
}

/** A configured model of an architecture. */
export interface ModelPlan {
	readonly modelType: string;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	/** Tokens that the model was made to read at most; undefined where its state has a fixed size. */
	readonly contextSize?: number | undefined;
	readonly layout: "rows" | "slots";
	/** Rows layout. */
	readonly caches: readonly CacheSpec[];
	/** Slots layout. */
	readonly keyValues: readonly KeyValueSpec[];
	/** Throws `invalid_weights` naming the tensor that is missing or of another shape. */
	build(source: WeightSource, options: BuildOptions): Graph;
}

/** A member of the registry. */
export interface Architecture {
	/** `model_type` of config.json. */
	readonly modelType: string;
	/** Throws `invalid_model` naming the field of a config that does not fit. */
	plan(config: unknown): ModelPlan;
}

/** An architecture out of its config schema and what to make of a valid config. */
export function defineArchitecture<C>(
	modelType: string,
	schema: z.ZodType<C>,
	plan: (config: C) => Omit<ModelPlan, "modelType">,
): Architecture {
	return {
		modelType,
		plan(config) {
			const result = schema.safeParse(config);
			if (result.success) return { modelType, ...plan(result.data) };
			const [issue] = result.error.issues;
			const path = issue?.path.join(".") || "(root)";
			throw new SluiceError("invalid_model", {
				detail: `config.json: ${path}: ${issue?.message}`,
				pointer: `/${issue?.path.join("/") ?? ""}`,
			});
		},
	};
}
