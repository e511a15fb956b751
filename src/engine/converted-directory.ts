/**
 * Finds the converted form of a model directory: itself, or an entry of a cache that is made on first use.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { WeightKind } from "../architectures/index.ts";
import { type ConvertedDirectory, convertIntoCache, isConverted, readManifest } from "../convert/index.ts";
import { SluiceError } from "../errors.ts";

/** Weights of a Hugging Face directory where none are named: as trained. */
const DEFAULT_WEIGHTS: WeightKind = "f32";

/** Where converted models are kept unless the caller says. */
export function defaultCacheDirectory(): string {
	return join(homedir(), ".cache", "sluice");
}

/**
 * The converted form of `dir`. Throws `invalid_model` where it is neither kind of directory or was converted to other
 * weights than asked for, and what converting throws.
 */
export async function findConverted(
	dir: string,
	{ weights, cacheDir = defaultCacheDirectory() }: { weights?: WeightKind | undefined; cacheDir?: string | undefined },
): Promise<ConvertedDirectory> {
	const source = resolve(dir);
	if (isConverted(source)) {
		const manifest = await readManifest(source);
		if (weights === undefined || weights === manifest.weights) return { directory: source, manifest };
		const detail = `${basename(source)} was converted to ${manifest.weights} weights, not ${weights}`;
		throw new SluiceError("invalid_model", { detail });
	}
	if (!existsSync(join(source, "config.json"))) {
		const detail = `${basename(source)} is no model directory: it has neither config.json nor manifest.json`;
		throw new SluiceError("invalid_model", { detail });
	}
	return convertIntoCache(source, cacheDir, { weights: weights ?? DEFAULT_WEIGHTS });
}
