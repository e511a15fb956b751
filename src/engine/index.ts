/**
 * Opens models. Sessions of the runtime live in inference threads; calls, from any number of callers, share them.
 */
import { availableParallelism, totalmem } from "node:os";
import { basename, join, resolve } from "node:path";
import type { WeightKind } from "../architectures/index.ts";
import type { ConvertedManifest } from "../convert/index.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import { defaultCacheDirectory, findConverted } from "./converted-directory.ts";
import { createModel } from "./create-model.ts";
import type { Model } from "./model.ts";
import { checkProvider, type ExecutionProvider, isBundled } from "./onnxruntime.ts";
import { createPool, type EngineRun, type Pool, type PoolOptions } from "./pool.ts";
import { prepareWeights } from "./prepared-weights.ts";
import type { ModelLayout, ThreadSetup } from "./protocol.ts";
import { ROWS_LIMITS, slotsLimits } from "./run-limits.ts";
import { createThreadStarter } from "./thread.ts";

export type { FinishReason, GeneratedToken, GenerateOptions, TokenGenerator, TokenStream } from "./generation.ts";
export type {
	AppendOptions,
	AppendResult,
	ForkOptions,
	ForwardOptions,
	ForwardResult,
	Model,
	Session,
	SessionOptions,
} from "./model.ts";
export type { ExecutionProvider } from "./onnxruntime.ts";
export type { EngineRun, PoolStats } from "./pool.ts";
export type { SampledToken, SamplingOptions, TokenLogprob } from "./sampling.ts";

/** Calls that may wait: a few requests of the largest size, some seconds of work for a small classifier. */
const DEFAULT_MAX_QUEUE = 4096;
const DEFAULT_MAX_SESSIONS = 1024;
/** Weights from here on: runs take long enough for several cores to share one. */
const LARGE_BYTES = 256 * 1024 * 1024;

/** How to open a model. */
export interface OpenOptions {
	/** f32 (default for a Hugging Face directory), q8 or q4. A converted directory has its own; naming others is an error. */
	readonly weights?: WeightKind | undefined;
	/** Inference threads, each with its own sessions; default 1. */
	readonly threads?: number | undefined;
	/** Cores that a run of one thread uses; default 1 for small models, for large ones all cores shared out among the threads. */
	readonly cores?: number | undefined;
	/** Calls that may wait before others are refused as `overloaded`; default 4096. */
	readonly maxQueue?: number | undefined;
	/** Sessions that may be open at a time; default 1024. */
	readonly maxSessions?: number | undefined;
	/** Bytes that the caches of all open sessions may come to; default a quarter of the machine's memory. */
	readonly maxSessionBytes?: number | undefined;
	/** What runs the model, as far as it can; default cpu. Numbers differ between providers as floats do. */
	readonly provider?: ExecutionProvider | undefined;
	/** Where converted models are kept; default ~/.cache/sluice. */
	readonly cacheDir?: string | undefined;
	/** Hears of every run. */
	readonly onRun?: ((run: EngineRun) => void) | undefined;
}

/**
 * Opens a Hugging Face directory, which is converted once into the cache, or a converted one. Resolves when every thread can
 * run. Throws `invalid_model`, `invalid_weights`, `invalid_request` for an option that does not fit, or `invalid_config` for
 * an execution provider that the runtime does not have or this machine cannot start.
 */
export async function openModel(dir: string, options: OpenOptions = {}): Promise<Model> {
	const { weights, cacheDir, provider = "cpu" } = options;
	checkProvider(provider);
	const threads = checkCount("threads", options.threads ?? 1, 64);
	const maxQueue = checkCount("maxQueue", options.maxQueue ?? DEFAULT_MAX_QUEUE);
	const maxSessions = checkCount("maxSessions", options.maxSessions ?? DEFAULT_MAX_SESSIONS);
	const maxSessionBytes = checkCount("maxSessionBytes", options.maxSessionBytes ?? Math.floor(totalmem() / 4));
	const { directory, manifest } = await findConverted(dir, { weights, cacheDir });
	const large = isLarge(manifest);
	const cores = checkCount(
		"cores",
		options.cores ?? (large ? Math.max(1, Math.floor(availableParallelism() / threads)) : 1),
		64,
	);
	const layout = toLayout(manifest);
	const setup = { ...toSetup(directory, manifest), layout, graph: { cores, keepsMemory: large, provider } };
	const limits = layout.kind === "rows" ? ROWS_LIMITS : slotsLimits(layout.slots);
	const prepared = await prepareWeights(
		{ directory, manifest, files: setup.files },
		{ cacheDir: cacheDir ?? defaultCacheDirectory(), ...(provider !== "cpu" && { cpuKey: undefined }) },
	);
	const open = (files: ThreadSetup["files"]): Promise<Pool> =>
		startPool({
			start: createThreadStarter({ ...setup, files }),
			threads,
			maxQueue,
			maxSessions,
			maxSessionBytes,
			limits,
			onRun: options.onRun,
		});
	const opening =
		prepared.plain === undefined ? open(prepared.files).catch(() => open(setup.files)) : open(setup.files);
	const pool = await opening.catch((error: unknown) => {
		throw cannotOpen(basename(directory), provider, isSluiceError(error) ? error.cause : error);
	});
	const identity = { id: basename(resolve(dir)), hash: manifest.hash };
	return createModel({ pool, manifest, layout, identity, directory });
}

/** A pool whose threads are all ready; rejects, with nothing left behind, where one could not start. */
async function startPool(options: PoolOptions): Promise<Pool> {
	const pool = createPool(options);
	try {
		await pool.started;
		return pool;
	} catch (cause) {
		await pool.close();
		throw cause;
	}
}

function toLayout({ layout, caches, keyValues, slots }: ConvertedManifest): ModelLayout {
	return layout === "rows" ? { kind: "rows", caches } : { kind: "slots", keyValues, slots };
}

function toSetup(
	directory: string,
	{ layout, layers, headRows }: ConvertedManifest,
): Pick<ThreadSetup, "files" | "layers" | "headRows" | "first"> {
	const names: Record<string, string> =
		layout === "rows" ? { logits: "model.onnx", heads: "heads.onnx" } : { model: "model.onnx", slots: "slots.onnx" };
	const files = Object.fromEntries(Object.entries(names).map(([graph, file]) => [graph, join(directory, file)]));
	return { files, layers, headRows, first: headRows > 0 ? "heads" : "logits" };
}

function cannotOpen(name: string, provider: ExecutionProvider, cause: unknown): SluiceError {
	if (provider === "cpu")
		return new SluiceError("invalid_model", {
			detail: `${name}: the graphs could not be opened; convert the model again`,
			cause,
		});
	const why = isBundled(provider)
		? "this machine has no device or driver for it, or the model is damaged"
		: "its libraries do not come with onnxruntime-node and must be installed beside it (see its page on npm)";
	const detail = `${name}: the graphs could not be opened with the execution provider ${provider}: ${why}; cpu works everywhere`;
	return new SluiceError("invalid_config", { detail, pointer: "/provider", cause });
}

function isLarge({ files }: ConvertedManifest): boolean {
	return files.reduce((sum, file) => sum + file.bytes, 0) >= LARGE_BYTES;
}

function checkCount(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
	if (Number.isInteger(value) && value >= 1 && value <= most) return value;
	throw new SluiceError("invalid_request", { detail: `${name} must be a whole number from 1 to ${most}` });
}
