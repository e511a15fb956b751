/**
 * Which files of a pull are in place already, and the step that puts the others there. Without config.json a directory is
 * no model: it goes first and comes last, so that old and new files are never read together.
 */
import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";
import { dropPart, hashFile, partPath } from "./hub-download.ts";
import type { HubFile } from "./hub-listing.ts";
import { hasSize, type PullManifest, writePullManifest } from "./hub-manifest.ts";

/** The file that makes a directory a model. */
export const CONFIG = "config.json";

/** The `files` that are not in `directory` with the listed content. Throws `invalid_config` for one that nobody pulled. */
export async function findMissing(of: {
	readonly directory: string;
	readonly present: PullManifest | undefined;
	readonly files: readonly HubFile[];
	readonly signal: AbortSignal | undefined;
}): Promise<HubFile[]> {
	const missing: HubFile[] = [];
	for (const file of of.files) {
		const path = join(of.directory, file.name);
		const known = of.present?.files.find(({ name }) => name === file.name);
		const sized = await hasSize(path, file.size);
		if (sized && known?.hash.hex === file.hash.hex) continue;
		if (sized && (await hashFile(path, file, of.signal)) === file.hash.hex) continue;
		if (known === undefined && existsSync(path))
			throw misplaced(`${file.name} in ${of.directory} was not pulled from the hub; give another directory`);
		missing.push(file);
	}
	return missing;
}

/** Moves the complete parts of `missing` to their names, takes away what an earlier pull left, writes the manifest. */
export async function putInPlace(of: {
	readonly directory: string;
	readonly present: PullManifest | undefined;
	readonly manifest: PullManifest;
	readonly missing: readonly HubFile[];
}): Promise<void> {
	const { directory, manifest, missing } = of;
	const config = join(directory, CONFIG);
	const aside = partPath(directory, CONFIG);
	if (missing.some(({ name }) => name === CONFIG)) await rm(config, { force: true });
	else if (missing.length > 0) await rename(config, aside);
	for (const { name } of missing) if (name !== CONFIG) await rename(partPath(directory, name), join(directory, name));
	const wanted = new Set(manifest.files.map(({ name }) => name));
	for (const { name } of of.present?.files ?? [])
		if (!wanted.has(name)) await rm(join(directory, name), { force: true });
	if (missing.length > 0) await rename(aside, config);
	await writePullManifest(directory, manifest);
	for (const name of await readdir(directory)) {
		const part = /^\.(.+)\.part(?:\.json)?$/.exec(name)?.[1];
		if (part !== undefined) await dropPart(directory, part);
	}
}

/** A complaint about a directory that holds something else. */
export function misplaced(detail: string): SluiceError {
	return new SluiceError("invalid_config", { detail });
}
