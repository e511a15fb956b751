/**
 * Prepared models: the graphs of a converted directory over weights that are packed already, so that sessions of any number of
 * threads and processes map the same pages of one file. Made once per model, runtime and kind of processor, beside the cache of
 * converted models; whatever is in the way, the plain graphs run.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ConvertedFile, ConvertedManifest } from "../convert/index.ts";
import { readCpuKey } from "./cpu-key.ts";
import { withLock } from "./file-lock.ts";
import { RUNTIME_VERSION } from "./onnxruntime.ts";
import type { PackingOrder } from "./packed-weights.ts";
import { packInProcess } from "./packing-process.ts";
import { FORMAT, isComplete, isOrphan, writeRecord } from "./prepared-record.ts";

/** A converted directory and the graphs wanted of it: paths by the caller's own names. */
export interface PlainModel {
	readonly directory: string;
	readonly manifest: Pick<ConvertedManifest, "files">;
	readonly files: Readonly<Record<string, string>>;
}

/** Where and when to prepare. */
export interface PrepareOptions {
	/** Prepared models lie in its `prepared`. */
	readonly cacheDir: string;
	/** Models with smaller files are left as they are; default 256 MiB. */
	readonly minBytes?: number | undefined;
	/** The processor's key; undefined prepares nothing. Default: this machine's. */
	readonly cpuKey?: string | undefined;
	/** Packs; default in a process of its own. */
	readonly pack?: ((order: PackingOrder) => Promise<void>) | undefined;
}

/** Paths to open in place of those given. */
export interface PreparedWeights {
	readonly files: Readonly<Record<string, string>>;
	/** Why these are the plain graphs; undefined where they are prepared. */
	readonly plain?: string | undefined;
}

/** Below this, copies in several threads are cheaper than files to look after. */
const MIN_BYTES = 256 << 20;

/**
 * The prepared form of a model, made on first use, which takes seconds per gigabyte and as much disk as the weights. Never
 * rejects: where it cannot be made or read, the files are those given, and `plain` says why.
 */
export async function prepareWeights(model: PlainModel, options: PrepareOptions): Promise<PreparedWeights> {
	const { files, manifest } = model;
	const { cacheDir, minBytes = MIN_BYTES, pack = packInProcess } = options;
	const cpuKey = "cpuKey" in options ? options.cpuKey : readCpuKey();
	if (cpuKey === undefined) return { files, plain: "the processor is not known" };
	const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
	if (bytes < minBytes) return { files, plain: "the model is small" };
	const names = new Set(manifest.files.map(({ name }) => name));
	const graphs = [...new Set(Object.values(files).map((path) => basename(path)))].filter((name) => names.has(name));
	const place = join(resolve(cacheDir), "prepared", toPlaceName(manifest.files, graphs, cpuKey));
	try {
		if (!(await isComplete(place, graphs)))
			await withLock(`${place}.lock`, async () => {
				if (!(await isComplete(place, graphs)))
					await prepare(place, { directory: resolve(model.directory), graphs }, pack);
			});
	} catch (error) {
		return { files, plain: error instanceof Error ? error.message : String(error) };
	}
	const prepared = Object.entries(files).map(([graph, path]) => {
		const name = basename(path);
		return [graph, graphs.includes(name) ? join(place, name) : path] as const;
	});
	return { files: Object.fromEntries(prepared) };
}

/** Says what the files hold, which graphs are wanted, for which runtime and processor. */
function toPlaceName(files: readonly ConvertedFile[], graphs: readonly string[], cpuKey: string): string {
	const hash = createHash("sha256").update(`${FORMAT}\n${graphs.join("\n")}\n`);
	for (const { name, sha256 } of files) if (/\.(onnx|data)$/.test(name)) hash.update(`${name} ${sha256}\n`);
	return `${hash.digest("hex").slice(0, 16)}-${RUNTIME_VERSION}-${cpuKey}`;
}

/** Makes the directory under another name, then moves it into its place. Others of its kind are gone or left behind. */
async function prepare(
	place: string,
	{ directory, graphs }: Omit<PackingOrder, "target">,
	pack: (order: PackingOrder) => Promise<void>,
): Promise<void> {
	await removeOld(place);
	const target = `${place}.${randomBytes(6).toString("hex")}.tmp`;
	await mkdir(target);
	try {
		await pack({ directory, graphs, target });
		await writeRecord(target);
		await rm(place, { recursive: true, force: true });
		await rename(target, place);
	} finally {
		await rm(target, { recursive: true, force: true });
	}
}

/** Takes away what a killed process left, and what was prepared of models that are gone: nobody else has their weights. */
async function removeOld(place: string): Promise<void> {
	const parent = dirname(place);
	for (const name of await readdir(parent)) {
		const left = name.startsWith(`${basename(place)}.`) && name.endsWith(".tmp");
		if (left || (await isOrphan(join(parent, name)))) await rm(join(parent, name), { recursive: true, force: true });
	}
}
