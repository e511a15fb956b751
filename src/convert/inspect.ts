/**
 * What a model directory holds, from its configuration and the headers of its files; weights are never loaded.
 */
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { planModel, WEIGHT_KINDS, type WeightKind } from "../architectures/index.ts";
import { SluiceError } from "../errors.ts";
import { countWeightBytes } from "../onnx/index.ts";
import { openWeights } from "../weights/safetensors.ts";
import { describePlan, type PlanDescription, readLabels } from "./describe.ts";
import { buildGraphs, countHeadRows } from "./graphs.ts";
import { type ConvertedFile, type EmbeddingScale, isConverted, MANIFEST, readManifest } from "./manifest.ts";
import { readJson } from "./read-json.ts";
import { HEADS } from "./source.ts";
import { hashFile } from "./tensor-hashes.ts";

/** A tensor in the files. `dtype` is spelled as the files' format spells it. */
export interface TensorFacts {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly number[];
	readonly bytes: number;
}

/** A model directory in numbers. */
export interface ModelFacts extends PlanDescription {
	readonly kind: "huggingface" | "converted";
	/** Of a converted directory: kind of weights, rounding and content hash. */
	readonly weights?: WeightKind | undefined;
	readonly embeddingScale?: EmbeddingScale | undefined;
	readonly hash?: string | undefined;
	readonly headRows: number;
	readonly labels?: readonly string[] | undefined;
	/** Numbers in the model as trained, heads included. */
	readonly parameters: number;
	readonly tensors: readonly TensorFacts[];
	readonly files: readonly (Omit<ConvertedFile, "sha256"> & { readonly sha256?: string | undefined })[];
	/** Bytes of weights.data by kind: those a conversion gives, or gave. */
	readonly weightBytes: Readonly<Partial<Record<WeightKind, number>>>;
}

/** The list of tensors in weights.data, beside the manifest. */
export const TENSORS = "tensors.json";
/** Files up to this size are hashed unasked. */
const QUICKLY_HASHED = 64 << 20;

const TensorsSchema = z.array(
	z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()), bytes: z.number() }),
);

/**
 * The facts of a Hugging Face or converted directory; `hashes` reads large files to hash them. Throws `invalid_model` for
 * a directory that is neither, and what converting throws for a config or tensors that do not fit.
 */
export async function inspectModel(dir: string, { hashes = false }: { hashes?: boolean } = {}): Promise<ModelFacts> {
	if (isConverted(dir)) return inspectConverted(dir);
	if (existsSync(join(dir, "config.json"))) return inspectSource(dir, hashes);
	const detail = `${basename(resolve(dir))} is no model directory: it has neither config.json nor ${MANIFEST}`;
	throw new SluiceError("invalid_model", { detail });
}

async function inspectConverted(dir: string): Promise<ModelFacts> {
	const manifest = await readManifest(dir);
	const tensors = TensorsSchema.safeParse(await readJson(dir, TENSORS));
	if (!tensors.success) throw new SluiceError("invalid_model", { detail: `${TENSORS} does not list tensors` });
	const data = manifest.files.find(({ name }) => name === "weights.data");
	return {
		kind: "converted",
		...manifest,
		tensors: tensors.data,
		weightBytes: { [manifest.weights]: data?.bytes ?? 0 },
	};
}

async function inspectSource(dir: string, hashes: boolean): Promise<ModelFacts> {
	const plan = planModel(await readJson(dir, "config.json"));
	const model = openWeights(dir);
	const heads = existsSync(join(dir, HEADS)) ? openWeights(join(dir, HEADS)) : undefined;
	// Headers are all that is needed
	model.close();
	heads?.close();
	const labels = await readLabels(dir, heads);
	const infos = [...model.tensors.values(), ...(heads?.tensors.values() ?? [])];
	const sizes = WEIGHT_KINDS.map((weights) => {
		const graphs = Object.values(buildGraphs({ plan, model, heads, weights, embeddingScale: "exact" }));
		return [weights, countWeightBytes(graphs.flatMap((graph) => graph.weightGroups()))] as const;
	});
	return {
		kind: "huggingface",
		...describePlan(plan),
		headRows: countHeadRows(heads),
		...(labels && { labels }),
		parameters: countParameters(infos),
		tensors: infos.map(({ name, dtype, shape, length }) => ({ name, dtype, shape, bytes: length })),
		files: await listFiles(dir, hashes),
		weightBytes: Object.fromEntries(sizes),
	};
}

/** Numbers in tensors of these shapes. */
export function countParameters(tensors: readonly { readonly shape: readonly number[] }[]): number {
	return tensors.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

async function listFiles(dir: string, hashes: boolean): Promise<ModelFacts["files"]> {
	const files: { name: string; bytes: number; sha256?: string }[] = [];
	for (const name of (await readdir(dir)).filter((file) => !file.startsWith(".")).sort()) {
		const stats = await stat(join(dir, name));
		if (!stats.isFile()) continue;
		const hashed = hashes || stats.size <= QUICKLY_HASHED;
		files.push({ name, bytes: stats.size, ...(hashed && { sha256: await hashFile(join(dir, name)) }) });
	}
	return files;
}
