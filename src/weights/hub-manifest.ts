/**
 * `.sluice-pull.json`: what a directory of a pulled model holds, so that a second pull does nothing and another revision
 * is noticed. Written last; replaced as a whole.
 */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HubFile } from "./hub-listing.ts";

const NAME = ".sluice-pull.json";

/** Repository, commit and files of a complete pull. */
export interface PullManifest {
	readonly format: 1;
	readonly repo: string;
	readonly commit: string;
	readonly files: readonly HubFile[];
}

const ManifestSchema: z.ZodType<PullManifest> = z.object({
	format: z.literal(1),
	repo: z.string(),
	commit: z.string().regex(/^[0-9a-f]{40}$/),
	files: z.array(
		z.object({
			name: z.string().regex(/^\w[\w.-]*$/),
			size: z.int().nonnegative(),
			hash: z.object({ kind: z.enum(["sha256", "git-blob"]), hex: z.string() }),
		}),
	),
});

/** The manifest of a directory, undefined where there is none that can be read. */
export async function readPullManifest(directory: string): Promise<PullManifest | undefined> {
	try {
		return ManifestSchema.safeParse(JSON.parse(await readFile(join(directory, NAME), "utf8"))).data;
	} catch {
		return undefined;
	}
}

/** Writes the manifest of a directory whose files are all in place. */
export async function writePullManifest(directory: string, manifest: PullManifest): Promise<void> {
	const temporary = join(directory, `${NAME}.tmp`);
	await writeFile(temporary, `${JSON.stringify(manifest, undefined, "\t")}\n`);
	await rename(temporary, join(directory, NAME));
}

/** Whether every file of the manifest is there with its size. Contents were checked when they came. */
export async function isComplete(directory: string, { files }: PullManifest): Promise<boolean> {
	for (const { name, size } of files) if (!(await hasSize(join(directory, name), size))) return false;
	return true;
}

/** Whether there is a file of this size. */
export async function hasSize(path: string, size: number): Promise<boolean> {
	return stat(path).then(
		(stats) => stats.isFile() && stats.size === size,
		() => false,
	);
}
