/**
 * manifest.json of a converted directory: what its graphs are fed with and which files belong to it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type CacheSpec, type KeyValueSpec, WEIGHT_KINDS, type WeightKind } from "../architectures/index.ts";
import { SluiceError } from "../errors.ts";
import { readJson } from "./read-json.ts";

/** Changes with what a manifest says; directories of another format are converted again. */
export const FORMAT = 2;
/** The file's name. A directory that has it is complete. */
export const MANIFEST = "manifest.json";
/** Texts that one run of slots.onnx reads. */
export const SLOTS = 8;
/** How the multiplier of the embeddings is rounded: not at all, or as a bfloat16 run of the reference does. */
export const EMBEDDING_SCALES: readonly ["exact", "bfloat16"] = ["exact", "bfloat16"];
/** One of {@link EMBEDDING_SCALES}. */
export type EmbeddingScale = (typeof EMBEDDING_SCALES)[number];

/** A file of a converted directory; `sha256` is in hex. */
export interface ConvertedFile {
	readonly name: string;
	readonly bytes: number;
	readonly sha256: string;
}

/** manifest.json of a converted directory. */
export interface ConvertedManifest {
	readonly format: typeof FORMAT;
	readonly model_type: string;
	readonly weights: WeightKind;
	readonly embeddingScale: EmbeddingScale;
	/** SHA-256 (hex) over all source files that decide scores, how they were converted and the converter's version. */
	readonly hash: string;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	/** Tokens that the model was made to read at most; left out where its state has a fixed size. */
	readonly contextSize?: number | undefined;
	/** rows: model.onnx, and heads.onnx where there are heads. slots: model.onnx (one slot) and slots.onnx, heads in both. */
	readonly layout: "rows" | "slots";
	/** Slots of slots.onnx; 0 in the rows layout. */
	readonly slots: number;
	/** Numbers in the model as trained, heads included. */
	readonly parameters: number;
	/** Rows of the `heads` output; 0 where there is none. */
	readonly headRows: number;
	/** What the heads measure, from heads.json. */
	readonly labels?: readonly string[] | undefined;
	/** Inputs and outputs that both graphs carry from call to call (rows layout). */
	readonly caches: readonly CacheSpec[];
	/** Keys and values of the attention layers (slots layout). */
	readonly keyValues: readonly KeyValueSpec[];
	/** All files but the manifest. */
	readonly files: readonly ConvertedFile[];
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().positive();
const count = z.int().nonnegative();

const ManifestSchema: z.ZodType<ConvertedManifest> = z.object({
	format: z.literal(FORMAT, "made by another version; convert the model again"),
	model_type: z.string(),
	weights: z.enum(WEIGHT_KINDS),
	embeddingScale: z.enum(EMBEDDING_SCALES),
	hash: sha256,
	vocabSize: size,
	hiddenSize: size,
	layers: size,
	contextSize: size.optional(),
	layout: z.enum(["rows", "slots"]),
	slots: count,
	parameters: count,
	headRows: count,
	labels: z.array(z.string()).optional(),
	caches: z.array(
		z.object({
			input: z.string(),
			output: z.string(),
			dtype: z.literal("float32"),
			shape: z.array(z.union([count, z.literal("batch"), z.literal("past")])),
			maxPast: size.optional(),
		}),
	),
	keyValues: z.array(z.object({ name: z.string(), heads: size, size, window: size.optional() })),
	files: z.array(z.object({ name: z.string(), bytes: count, sha256 })),
});

/** Whether a directory was made by convertModel. */
export function isConverted(dir: string): boolean {
	return existsSync(join(dir, MANIFEST));
}

/** The manifest of a converted directory. Throws `invalid_model` naming the field that does not fit. */
export async function readManifest(dir: string): Promise<ConvertedManifest> {
	const result = ManifestSchema.safeParse(await readJson(dir, MANIFEST));
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw new SluiceError("invalid_model", { detail: `${MANIFEST}: ${issue?.path.join(".")}: ${issue?.message}` });
}
