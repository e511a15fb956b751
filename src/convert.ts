/**
 * Hugging Face directory -> ONNX directory: graphs, one shared weight file, a manifest, and the files that scoring
 * reads besides. The result appears whole or not at all. Knows no architecture and no runtime.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type CacheSpec, type ModelPlan, planModel, WEIGHT_KINDS, type WeightKind } from "./architectures/index.ts";
import { SluiceError } from "./errors.ts";
import { type Graph, toModelFile, writeWeights } from "./onnx/index.ts";
import { openWeights, type Weights } from "./weights/safetensors.ts";

/** Changes whenever the same source gives other graphs or weights; part of every content hash. */
const CONVERTER_VERSION = 1;
const FORMAT = 1;
const MANIFEST = "manifest.json";
const HEADS = "heads.safetensors";
/** Files besides the weights; the first must be there. All decide scores and are copied. */
const COMPANIONS = ["config.json", "tokenizer.json", "heads.json"] as const;

/** manifest.json of a converted directory. */
export interface ConvertedManifest {
	readonly format: 1;
	readonly model_type: string;
	readonly weights: WeightKind;
	/** SHA-256 (hex) over all source files that decide scores, the kind of weights and the converter's version. */
	readonly hash: string;
	readonly vocabSize: number;
	readonly hiddenSize: number;
	readonly layers: number;
	/** Rows of the `heads` output of heads.onnx; 0 where there is none. */
	readonly headRows: number;
	/** What the heads measure, from heads.json. */
	readonly labels?: readonly string[] | undefined;
	/** Inputs and outputs that both graphs carry from call to call. */
	readonly caches: readonly CacheSpec[];
}

const ManifestSchema: z.ZodType<ConvertedManifest> = z.object({
	format: z.literal(FORMAT),
	model_type: z.string(),
	weights: z.enum(WEIGHT_KINDS),
	hash: z.string().regex(/^[0-9a-f]{64}$/),
	vocabSize: z.int().positive(),
	hiddenSize: z.int().positive(),
	layers: z.int().positive(),
	headRows: z.int().nonnegative(),
	labels: z.array(z.string()).optional(),
	caches: z.array(
		z.object({
			input: z.string(),
			output: z.string(),
			dtype: z.literal("float32"),
			shape: z.array(z.union([z.int().nonnegative(), z.literal("batch"), z.literal("past")])),
			maxPast: z.int().positive().optional(),
		}),
	),
});

/** What to convert to. `onProgress` counts weight tensors written. */
export interface ConvertOptions {
	readonly weights: WeightKind;
	readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Converts `dir` (config.json, model.safetensors or shards; optionally tokenizer.json, heads.safetensors, heads.json)
 * into `outDir`: model.onnx, heads.onnx where there are heads, weights.data, manifest.json and copies of the JSON files.
 * Replaces a conversion that was there. Throws `invalid_model` for a bad config, `invalid_weights` naming the tensor,
 * `invalid_config` for an `outDir` that holds anything else.
 */
export async function convertModel(dir: string, outDir: string, options: ConvertOptions): Promise<ConvertedManifest> {
	const target = resolve(outDir);
	checkReplaceable(target);
	const plan = planModel(await readJson(dir, "config.json"));
	const model = openWeights(dir);
	let heads: Weights | undefined;
	const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
	try {
		heads = existsSync(join(dir, HEADS)) ? openWeights(join(dir, HEADS)) : undefined;
		await mkdir(temporary, { recursive: true });
		const manifest = await describe(dir, plan, heads, options.weights);
		await writeGraphs(temporary, buildGraphs(plan, model, heads, options.weights), options.onProgress);
		for (const name of COMPANIONS)
			if (existsSync(join(dir, name))) await copyFile(join(dir, name), join(temporary, name));
		await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, undefined, "\t")}\n`);
		await moveIntoPlace(temporary, target, manifest.hash);
		return manifest;
	} finally {
		model.close();
		heads?.close();
		await rm(temporary, { recursive: true, force: true });
	}
}

/** Whether a directory was made by {@link convertModel}. */
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

/** The content hash that converting `dir` would give; reads every file that decides scores. */
export async function hashModel(dir: string, weights: WeightKind): Promise<string> {
	const model = openWeights(dir);
	const files = new Set([...model.tensors.values()].map(({ file }) => file));
	model.close();
	for (const name of [...COMPANIONS, HEADS]) if (existsSync(join(dir, name))) files.add(resolve(dir, name));
	const total = createHash("sha256").update(JSON.stringify({ converter: CONVERTER_VERSION, weights }));
	for (const file of [...files].sort()) total.update(`\n${basename(file)} ${await hashFile(file)}`);
	return total.digest("hex");
}

async function hashFile(path: string): Promise<string> {
	const hash = createHash("sha256");
	for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
	return hash.digest("hex");
}

async function readJson(dir: string, name: string): Promise<unknown> {
	let text: string;
	try {
		text = await readFile(join(dir, name), "utf8");
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: `${basename(resolve(dir))}: ${name} cannot be read`, cause });
	}
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: `${basename(resolve(dir))}: ${name} is not valid JSON`, cause });
	}
}

async function describe(
	dir: string,
	plan: ModelPlan,
	heads: Weights | undefined,
	weights: WeightKind,
): Promise<ConvertedManifest> {
	const headRows = heads?.tensors.get("heads.weight")?.shape[0] ?? 0;
	const labels = heads !== undefined && existsSync(join(dir, "heads.json")) ? await readLabels(dir) : undefined;
	if (labels !== undefined && labels.length * 3 !== headRows) {
		const detail = `heads.json names ${labels.length} labels, ${HEADS} has ${headRows} rows instead of 3 each`;
		throw new SluiceError("invalid_model", { detail });
	}
	const { modelType, vocabSize, hiddenSize, layers, caches } = plan;
	const hash = await hashModel(dir, weights);
	const sizes = { vocabSize, hiddenSize, layers, headRows };
	return { format: FORMAT, model_type: modelType, weights, hash, ...sizes, ...(labels && { labels }), caches };
}

async function readLabels(dir: string): Promise<string[]> {
	const result = z.object({ labels: z.array(z.string().min(1)).min(1) }).safeParse(await readJson(dir, "heads.json"));
	if (result.success) return result.data.labels;
	const [issue] = result.error.issues;
	throw new SluiceError("invalid_model", { detail: `heads.json: ${issue?.path.join(".")}: ${issue?.message}` });
}

/** Graphs by file name. A runtime computes a whole graph whatever is fetched, so the heads have one without logits. */
function buildGraphs(
	plan: ModelPlan,
	model: Weights,
	heads: Weights | undefined,
	weights: WeightKind,
): Record<string, Graph> {
	const graphs: Record<string, Graph> = { "model.onnx": plan.build(model, { outputs: "logits", weights }) };
	if (heads === undefined) return graphs;
	const both = {
		tensors: new Map([...model.tensors, ...heads.tensors]),
		readF32: (name: string) => (heads.tensors.has(name) ? heads : model).readF32(name),
	};
	const rows = heads.tensors.get("heads.weight")?.shape[0] ?? 0;
	graphs["heads.onnx"] = plan.build(both, { outputs: "heads", weights, heads: { rows } });
	return graphs;
}

async function writeGraphs(
	directory: string,
	graphs: Readonly<Record<string, Graph>>,
	onProgress: ConvertOptions["onProgress"],
): Promise<void> {
	const groups = Object.values(graphs).flatMap((graph) => graph.weightGroups());
	const locations = await writeWeights(join(directory, "weights.data"), groups, onProgress);
	for (const [name, graph] of Object.entries(graphs)) {
		await writeFile(join(directory, name), toModelFile(graph, locations));
	}
}

/** Only an earlier conversion or an empty directory gives way. */
function checkReplaceable(target: string): void {
	if (!existsSync(target) || isConverted(target)) return;
	if (statSync(target).isDirectory() && readdirSync(target).length === 0) return;
	const detail = `${basename(target)} exists and is no converted model; give another output directory`;
	throw new SluiceError("invalid_config", { detail });
}

/** A directory cannot be renamed over another: what is there is moved aside first, unless it is the same model. */
async function moveIntoPlace(temporary: string, target: string, hash: string): Promise<void> {
	const aside = `${temporary}.old`;
	for (let attempt = 0; ; attempt++) {
		try {
			return await rename(temporary, target);
		} catch (error) {
			const code = error instanceof Error && "code" in error ? error.code : undefined;
			if ((code !== "ENOTEMPTY" && code !== "EEXIST") || attempt === 3) throw error;
			const existing = await readManifest(target).catch(() => undefined);
			if (existing?.hash === hash) return;
			checkReplaceable(target);
			await rename(target, aside);
			await rm(aside, { recursive: true, force: true });
		}
	}
}
