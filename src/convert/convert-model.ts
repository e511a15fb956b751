/**
 * Converts a model directory: builds the graphs, writes weights and graphs beside the target, then puts all in place.
 */
import { existsSync } from "node:fs";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { planModel, type WeightKind } from "../architectures/index.ts";
import { isSluiceError } from "../errors.ts";
import { type ExternalLocation, type Graph, toModelFile, type WrittenWeights, writeWeights } from "../onnx/index.ts";
import { TOKENIZER_CACHE, writeTokenizerCache } from "../tokenizer/index.ts";
import { describePlan, readLabels } from "./describe.ts";
import type { DigestCache } from "./digest-cache.ts";
import { checkRoom, toDiskError } from "./disk.ts";
import { checkExtraTensors } from "./extra-tensors.ts";
import { buildGraphs, countHeadRows } from "./graphs.ts";
import { countParameters, TENSORS } from "./inspect.ts";
import { type ConvertedFile, type ConvertedManifest, type EmbeddingScale, MANIFEST } from "./manifest.ts";
import { checkReplaceable, moveIntoPlace } from "./placing.ts";
import { readJson } from "./read-json.ts";
import { COMPANIONS, type Conversion, computeHash, identify, openSource, type Source } from "./source.ts";
import { hashFile, type TensorDigests } from "./tensor-hashes.ts";
import { openWorkplace, WEIGHTS, type Workplace } from "./workplace.ts";

const TOKENIZER = "tokenizer.json";

/** What to convert to. `onProgress` counts weight tensors written. */
export interface ConvertOptions {
	readonly weights: WeightKind;
	/** Default "exact". */
	readonly embeddingScale?: EmbeddingScale | undefined;
	readonly onProgress?: ((done: number, total: number) => void) | undefined;
	/** Where digests of the source's files are kept, if they are to be. */
	readonly cache?: DigestCache | undefined;
	/** Free bytes of the disk that a directory is on; asks the system where left out. */
	readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
}

/** Where a conversion grows and where it goes: `place` is called with the content hash. */
export interface Target {
	readonly parent: string;
	/** Names the unfinished directory. */
	readonly stem: string;
	place(hash: string): string;
}

/**
 * Converts `dir` (config.json, model.safetensors or shards; optionally tokenizer.json, heads.safetensors, heads.json)
 * into `outDir`: the graphs, weights.data, manifest.json and copies of the JSON files. Replaces a conversion that was
 * there; goes on where a killed one stopped. Throws `invalid_model` for a bad config, `invalid_weights` naming the
 * tensor, `invalid_config` for an `outDir` that holds anything else or cannot be written.
 */
export async function convertModel(dir: string, outDir: string, options: ConvertOptions): Promise<ConvertedManifest> {
	const target = resolve(outDir);
	checkReplaceable(target);
	return convertTo(dir, { parent: dirname(target), stem: basename(target), place: () => target }, options);
}

/** The same into a place that depends on the content hash. */
export async function convertTo(dir: string, target: Target, options: ConvertOptions): Promise<ConvertedManifest> {
	const { weights, embeddingScale = "exact", cache } = options;
	const conversion: Conversion = { weights, embeddingScale };
	const plan = planModel(await readJson(dir, "config.json"));
	const source = await openSource(dir);
	let workplace: Workplace | undefined;
	try {
		const { model, heads } = source;
		const labels = await readLabels(dir, heads);
		const graphs = buildGraphs({ plan, model, heads, ...conversion });
		checkExtraTensors(Object.values(graphs), heads === undefined ? [model] : [model, heads]);
		workplace = await openWorkplace(target.parent, target.stem, identify(source, conversion));
		const files = await writeAll(source, graphs, workplace, options);
		const hash = await computeHash(source, conversion, cache);
		const manifest: ConvertedManifest = {
			...describePlan(plan),
			...conversion,
			hash,
			parameters: countParameters([...model.tensors.values(), ...(heads?.tensors.values() ?? [])]),
			headRows: countHeadRows(heads),
			...(labels && { labels }),
			files,
		};
		await writeFile(join(workplace.directory, MANIFEST), `${JSON.stringify(manifest, undefined, "\t")}\n`);
		await workplace.finish();
		await moveIntoPlace(workplace.directory, target.place(hash), hash);
		return manifest;
	} catch (error) {
		throw toDiskError(error, target.parent);
	} finally {
		source.close();
		if (workplace !== undefined) await rm(workplace.directory, { recursive: true, force: true });
	}
}

/** Writes everything but the manifest. */
async function writeAll(
	source: Source,
	graphs: Readonly<Record<string, Graph>>,
	workplace: Workplace,
	options: ConvertOptions,
): Promise<ConvertedFile[]> {
	const { directory } = workplace;
	const groups = Object.values(graphs).flatMap((graph) => graph.weightGroups());
	for (const { digests } of workplace.entries) source.hashes.learn(digests);
	const there = workplace.entries.at(-1)?.group.end ?? 0;
	await checkRoom(directory, { groups, there, freeBytes: options.freeBytes });
	const noted = new Set(Object.keys(source.hashes.known()));
	const takeNew = (): TensorDigests => {
		const fresh = Object.entries(source.hashes.known()).filter(([name]) => !noted.has(name));
		for (const [name] of fresh) noted.add(name);
		return Object.fromEntries(fresh);
	};
	const data = await writeWeights(join(directory, WEIGHTS), groups, {
		written: workplace.entries.map(({ group }) => group),
		onWritten: (group) => workplace.note({ group, digests: takeNew() }),
		onGroup: options.onProgress,
	});
	const names = await writeSmallFiles(source, graphs, { directory, locations: data.locations });
	return describeFiles(directory, names, data);
}

async function writeSmallFiles(
	source: Source,
	graphs: Readonly<Record<string, Graph>>,
	{ directory, locations }: { directory: string; locations: ReadonlyMap<string, ExternalLocation> },
): Promise<string[]> {
	const names = Object.keys(graphs);
	for (const name of names) await writeFile(join(directory, name), toModelFile(graphs[name]!, locations));
	await writeFile(join(directory, TENSORS), toTensorList(Object.values(graphs), locations));
	names.push(TENSORS);
	for (const name of COMPANIONS) {
		if (!existsSync(join(source.directory, name))) continue;
		await copyFile(join(source.directory, name), join(directory, name));
		names.push(name);
	}
	if (names.includes(TOKENIZER) && (await writeTokenizer(directory))) names.push(TOKENIZER_CACHE);
	return names;
}

/** The binary form of tokenizer.json beside it; a tokenizer that cannot be used is its readers' business, not the weights'. */
async function writeTokenizer(directory: string): Promise<boolean> {
	try {
		await writeTokenizerCache(join(directory, TOKENIZER), join(directory, TOKENIZER_CACHE));
		return true;
	} catch (error) {
		if (isSluiceError(error)) return false;
		throw error;
	}
}

/** One line per tensor of the data file, in order. */
function toTensorList(graphs: readonly Graph[], locations: ReadonlyMap<string, ExternalLocation>): string {
	const specs = new Map(
		graphs.flatMap((graph) => graph.weightGroups().flatMap(({ specs }) => specs)).map((spec) => [spec.name, spec]),
	);
	const lines = [...locations].map(([name, { offset, length }]) => {
		const { dtype, shape } = specs.get(name)!;
		return `\t${JSON.stringify({ name, dtype, shape, offset, bytes: length })}`;
	});
	return `[\n${lines.join(",\n")}\n]\n`;
}

async function describeFiles(
	directory: string,
	names: readonly string[],
	{ bytes, sha256 }: WrittenWeights,
): Promise<ConvertedFile[]> {
	const small = names.map(async (name): Promise<ConvertedFile> => {
		const path = join(directory, name);
		return { name, bytes: (await readFile(path)).length, sha256: await hashFile(path) };
	});
	const files = [...(await Promise.all(small)), { name: WEIGHTS, bytes, sha256 }];
	return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}
