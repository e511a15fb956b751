/**
 * A cache of converted models: entries are named after their source, keyed by kind of weights and content hash. Processes
 * that make the same one at once end with the same one.
 */
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { type ConvertOptions, convertTo } from "./convert-model.ts";
import { createDigestCache } from "./digest-cache.ts";
import { type ConvertedManifest, isConverted, readManifest } from "./manifest.ts";
import { type Conversion, computeHash, findHash, openSource } from "./source.ts";

/** A directory that can be run. */
export interface ConvertedDirectory {
	readonly directory: string;
	readonly manifest: ConvertedManifest;
}

/**
 * The converted form of the Hugging Face directory `dir` in `cacheDir`, made on first use. Weights are read through only where
 * that may save a conversion: their digests are remembered, and a conversion takes them by the way. Throws what convertModel
 * throws.
 */
export async function convertIntoCache(
	dir: string,
	cacheDir: string,
	options: Omit<ConvertOptions, "cache">,
): Promise<ConvertedDirectory> {
	const parent = resolve(cacheDir);
	const { weights, embeddingScale = "exact" } = options;
	const stem = `${basename(resolve(dir))}-${weights}`;
	const cache = createDigestCache(join(parent, "digests"));
	const place = (hash: string): string => join(parent, `${stem}-${hash.slice(0, 16)}`);
	const hash = await findUsefulHash(dir, { weights, embeddingScale }, { parent, stem, cache });
	if (hash !== undefined && isConverted(place(hash))) {
		const manifest = await readManifest(place(hash)).catch(() => undefined);
		if (manifest?.hash === hash) return { directory: place(hash), manifest };
	}
	const manifest = await convertTo(dir, { parent, stem, place }, { ...options, cache });
	return { directory: place(manifest.hash), manifest };
}

/** The content hash where it is known, or where there is an entry that may have it. */
async function findUsefulHash(
	dir: string,
	conversion: Conversion,
	{ parent, stem, cache }: { parent: string; stem: string; cache: ReturnType<typeof createDigestCache> },
): Promise<string | undefined> {
	const source = await openSource(dir);
	try {
		const known = await findHash(source, conversion, cache);
		if (known !== undefined) return known;
		const entries = await readdir(parent).catch(() => []);
		const mayBeThere = entries.some((name) => name.startsWith(`${stem}-`));
		return mayBeThere ? await computeHash(source, conversion, cache) : undefined;
	} finally {
		source.close();
	}
}
