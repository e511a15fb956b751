/**
 * Opens models. Sessions of the runtime live in inference threads; calls, from any number of callers, share them.
 */
import { basename, resolve } from "node:path";
import type { WeightKind } from "../architectures/index.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import { findConverted } from "./converted-directory.ts";
import { createModel } from "./create-model.ts";
import type { Model } from "./model.ts";
import { createPool } from "./pool.ts";
import { createThreadStarter } from "./thread.ts";

export type {
	AppendResult,
	ForwardOptions,
	ForwardResult,
	Model,
	Session,
	SessionOptions,
} from "./model.ts";
export type { PoolStats } from "./pool.ts";

/** Calls that may wait: a few requests of the largest size, some seconds of work for a small classifier. */
const DEFAULT_MAX_QUEUE = 4096;
const DEFAULT_MAX_SESSIONS = 1024;

/** How to open a model. */
export interface OpenOptions {
	/** f32 (default for a Hugging Face directory), q8 or q4. A converted directory has its own; naming others is an error. */
	readonly weights?: WeightKind | undefined;
	/** Inference threads, each with its own sessions and one core; default 1. */
	readonly threads?: number | undefined;
	/** Calls that may wait before others are refused as `overloaded`; default 4096. */
	readonly maxQueue?: number | undefined;
	/** Sessions that may be open at a time; default 1024. */
	readonly maxSessions?: number | undefined;
	/** Where converted models are kept; default ~/.cache/sluice. */
	readonly cacheDir?: string | undefined;
}

/**
 * Opens a Hugging Face directory, which is converted once into the cache, or a converted one. Resolves when every thread can
 * run. Throws `invalid_model`, `invalid_weights`, or `invalid_request` for an option that does not fit.
 */
export async function openModel(dir: string, options: OpenOptions = {}): Promise<Model> {
	const { weights, cacheDir } = options;
	const threads = checkCount("threads", options.threads ?? 1, 64);
	const maxQueue = checkCount("maxQueue", options.maxQueue ?? DEFAULT_MAX_QUEUE);
	const maxSessions = checkCount("maxSessions", options.maxSessions ?? DEFAULT_MAX_SESSIONS);
	const { directory, manifest } = await findConverted(dir, { weights, cacheDir });
	const first = manifest.headRows > 0 ? "heads" : "logits";
	const start = createThreadStarter({ directory, caches: manifest.caches, layers: manifest.layers, first });
	const pool = createPool({ start, threads, maxQueue, maxSessions });
	try {
		await pool.started;
	} catch (cause) {
		await pool.close();
		const detail = `${basename(directory)}: the graphs could not be opened; convert the model again`;
		throw new SluiceError("invalid_model", { detail, cause: isSluiceError(cause) ? cause.cause : cause });
	}
	const identity = { id: basename(resolve(dir)), hash: manifest.hash };
	return createModel({ pool, manifest, identity, directory });
}

function checkCount(name: string, value: number, most: number = Number.MAX_SAFE_INTEGER): number {
	if (Number.isInteger(value) && value >= 1 && value <= most) return value;
	throw new SluiceError("invalid_request", { detail: `${name} must be a whole number from 1 to ${most}` });
}
