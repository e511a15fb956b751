/**
 * What an architecture is: from a config.json to a plan that knows its sizes and caches and builds graphs.
 * Names no member. Inputs of every graph: `input_ids` and `positions`, int64 [batch, seq], and the caches.
 * Positions count from 0 in each document of a row; padding is -1 before a document and anything after the last.
 */
import type { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { Graph } from "../onnx/index.ts";

/** f32: as trained; q8: int8 weights and activations; q4: weights in 4-bit blocks. */
export const WEIGHT_KINDS: readonly ["f32", "q8", "q4"] = ["f32", "q8", "q4"];
/** One of {@link WEIGHT_KINDS}. */
export type WeightKind = (typeof WEIGHT_KINDS)[number];

/** Where weights come from; `heads.weight` and `heads.bias` are among them for graphs with heads. */
export interface WeightSource {
	readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
	readF32(name: string): Float32Array;
}

/** Which graph to build. */
export interface BuildOptions {
	/**
	 * logits: `logits` [batch, seq, vocab], `hidden.0` ... `hidden.L` [batch, seq, hidden] and the caches;
	 * heads: `heads` [batch, seq, rows] and the caches.
	 */
	readonly outputs: "logits" | "heads";
	readonly weights: WeightKind;
	/** Rows of `heads.weight`. */
	readonly heads?: { readonly rows: number };
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

/** A configured model of an architecture. */
export interface ModelPlan {
	readonly modelType: string;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	readonly caches: readonly CacheSpec[];
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
