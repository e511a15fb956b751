/**
 * A model directory to convert: its weights, the files that decide scores besides, and the content hash of it all.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { WeightKind } from "../architectures/index.ts";
import { SluiceError } from "../errors.ts";
import { openWeights, type Weights } from "../weights/safetensors.ts";
import type { DigestCache } from "./digest-cache.ts";
import { type FileStats, isSameFile, readStats } from "./file-stats.ts";
import type { EmbeddingScale } from "./manifest.ts";
import { createTensorHashes, hashFile, type TensorHashes } from "./tensor-hashes.ts";

/** Changes whenever the same source gives other graphs or weights; part of every content hash. */
const CONVERTER_VERSION = 9;
/** Weights of the heads, if there are any. */
export const HEADS = "heads.safetensors";
/** Files besides the weights; the first must be there. All decide scores and are copied. */
export const COMPANIONS: readonly string[] = ["config.json", "tokenizer.json", "heads.json"];

/** How a model is converted. */
export interface Conversion {
	readonly weights: WeightKind;
	readonly embeddingScale: EmbeddingScale;
}

/** A file of weights as it was when the source was opened. */
interface WeightFile {
	readonly file: string;
	readonly weights: Weights;
	readonly stats: FileStats;
}

/** An open model directory. */
export interface Source {
	readonly directory: string;
	readonly model: Weights;
	readonly heads: Weights | undefined;
	/** Digests of the tensors read so far. */
	readonly hashes: TensorHashes;
	readonly weightFiles: readonly WeightFile[];
	/** Stats of the companions that are there. */
	readonly companions: readonly FileStats[];
	close(): void;
}

/** Opens a model directory. Throws `invalid_weights` for weight files that are missing or malformed. */
export async function openSource(dir: string): Promise<Source> {
	const hashes = createTensorHashes();
	const opened: Weights[] = [];
	const close = (): void => {
		for (const weights of opened) weights.close();
	};
	try {
		const model = openWeights(dir, hashes.onRead);
		opened.push(model);
		const heads = existsSync(join(dir, HEADS)) ? openWeights(join(dir, HEADS), hashes.onRead) : undefined;
		if (heads !== undefined) opened.push(heads);
		const weightFiles: WeightFile[] = [];
		for (const weights of opened) {
			const files = new Set([...weights.tensors.values()].map(({ file }) => file));
			for (const file of files) weightFiles.push({ file, weights, stats: await readStats(file) });
		}
		const present = COMPANIONS.map((name) => resolve(dir, name)).filter((file) => existsSync(file));
		const companions = await Promise.all(present.map(readStats));
		return { directory: resolve(dir), model, heads, hashes, weightFiles, companions, close };
	} catch (error) {
		close();
		throw error;
	}
}

/** Says which files these are, of which content as far as that shows without reading, and how they are converted. */
export function identify({ weightFiles, companions }: Source, conversion: Conversion): string {
	const files = [...weightFiles.map(({ stats }) => stats), ...companions];
	return createHash("sha256")
		.update(JSON.stringify({ ...toKey(conversion), files }))
		.digest("hex");
}

/** The content hash, unless that takes reading weights. */
export async function findHash(
	source: Source,
	conversion: Conversion,
	cache: DigestCache,
): Promise<string | undefined> {
	const digests = new Map<string, string>();
	for (const { file, stats } of source.weightFiles) {
		const digest = await cache.get(stats);
		if (digest === undefined) return undefined;
		digests.set(file, digest);
	}
	return combine(source, conversion, digests);
}

/** The content hash; reads what was not read before. Throws `invalid_model` where a file changed since the source was opened. */
export async function computeHash(source: Source, conversion: Conversion, cache?: DigestCache): Promise<string> {
	const digests = new Map<string, string>();
	for (const { file, weights } of source.weightFiles) digests.set(file, await source.hashes.digestFile(file, weights));
	const hash = await combine(source, conversion, digests);
	for (const { file, stats } of source.weightFiles) await cache?.set(stats, digests.get(file)!);
	return hash;
}

async function combine(
	{ directory, weightFiles, companions }: Source,
	conversion: Conversion,
	weightDigests: ReadonlyMap<string, string>,
): Promise<string> {
	const digests = new Map(weightDigests);
	for (const name of COMPANIONS) {
		const file = join(directory, name);
		if (existsSync(file)) digests.set(file, await hashFile(file));
	}
	for (const stats of [...weightFiles.map(({ stats }) => stats), ...companions]) {
		const now = await readStats(stats.path).catch(() => undefined);
		if (now !== undefined && isSameFile(now, stats)) continue;
		throw new SluiceError("invalid_model", { detail: `${basename(stats.path)} changed while it was read` });
	}
	const total = createHash("sha256").update(JSON.stringify(toKey(conversion)));
	for (const [file, digest] of [...digests].sort(([a], [b]) => (a < b ? -1 : 1))) {
		total.update(`\n${basename(file)} ${digest}`);
	}
	return total.digest("hex");
}

function toKey({ weights, embeddingScale }: Conversion): object {
	return { converter: CONVERTER_VERSION, weights, embeddingScale };
}

/** The content hash that converting `dir` would give; reads weights only where the cache does not know their digests. */
export async function hashModel(
	dir: string,
	weights: WeightKind,
	{
		embeddingScale = "exact",
		cache,
	}: { readonly embeddingScale?: EmbeddingScale | undefined; readonly cache?: DigestCache | undefined } = {},
): Promise<string> {
	const source = await openSource(dir);
	try {
		const conversion = { weights, embeddingScale };
		const known = cache === undefined ? undefined : await findHash(source, conversion, cache);
		return known ?? (await computeHash(source, conversion, cache));
	} finally {
		source.close();
	}
}
