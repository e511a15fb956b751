/**
 * Which safetensors files make up a model: one file, or the shards that an index names with the tensors of each.
 * Reads no weights. Layout: Hugging Face's model.safetensors and model.safetensors.index.json.
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { failWeights, findDuplicateKey, isRecord, MAX_HEADER_BYTES, quoteName } from "./safetensors-header.ts";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** File names inside `directory`, each with the tensors the index promises in it (undefined: there is no index). */
export interface WeightFiles {
	readonly directory: string;
	readonly shards: ReadonlyMap<string, ReadonlySet<string> | undefined>;
}

/**
 * Finds the files of a .safetensors file, an .index.json, or a directory with either (the single file wins).
 * Throws `invalid_weights` where nothing is there or the index is malformed or leaves the directory.
 */
export function locateWeights(path: string): WeightFiles {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) return failWeights(basename(path), "no such file or directory");
	if (!stats.isDirectory()) {
		const directory = dirname(path);
		if (path.endsWith(".json")) return { directory, shards: readIndex(path) };
		return { directory, shards: new Map([[basename(path), undefined]]) };
	}
	if (statSync(join(path, SINGLE), { throwIfNoEntry: false })) {
		return { directory: path, shards: new Map([[SINGLE, undefined]]) };
	}
	if (statSync(join(path, INDEX), { throwIfNoEntry: false })) {
		return { directory: path, shards: readIndex(join(path, INDEX)) };
	}
	return failWeights(basename(resolve(path)), `the directory holds neither ${SINGLE} nor ${INDEX}`);
}

function readIndex(path: string): Map<string, Set<string>> {
	const file = basename(path);
	let index: unknown;
	let text: string;
	try {
		if (statSync(path).size > MAX_HEADER_BYTES) failWeights(file, `the index is longer than ${MAX_HEADER_BYTES} bytes`);
		text = readFileSync(path, "utf8");
		index = JSON.parse(text);
	} catch (cause) {
		if (cause instanceof SluiceError) throw cause;
		return failWeights(file, "the index cannot be read as JSON", cause);
	}
	const map = isRecord(index) ? index.weight_map : undefined;
	if (!isRecord(map)) return failWeights(file, "the index has no weight_map");
	const twice = findDuplicateKey(text);
	if (twice !== undefined) failWeights(file, `${quoteName(twice)} appears twice in the index`);
	const shards = new Map<string, Set<string>>();
	for (const [name, shard] of Object.entries(map)) {
		if (typeof shard !== "string" || !isPlainName(shard)) {
			return failWeights(file, `tensor ${quoteName(name)}: ${quoteName(String(shard))} is not a plain file name`);
		}
		const names = shards.get(shard) ?? new Set();
		shards.set(shard, names.add(name));
	}
	if (shards.size === 0) failWeights(file, "the index names no tensor");
	return shards;
}

/** Names that stay inside the directory on every platform. */
function isPlainName(name: string): boolean {
	return /^[^/\\:\0]+$/.test(name) && name !== "." && !name.includes("..");
}
