/**
 * Digests of large files from earlier runs, so that opening a model of gigabytes again does not read it all. One small file
 * per file digested; a damaged or missing one costs a reading. Knows nothing of models.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { changedAtMs, type FileStats, isSameFile } from "./file-stats.ts";

/** Remembers digests by the stats of their files. */
export interface DigestCache {
	get(file: FileStats): Promise<string | undefined>;
	set(file: FileStats, digest: string): Promise<void>;
}

/** A file may change again within one tick of its clock; what is younger than this is not remembered. */
const SETTLED_MS = 2000;

const EntrySchema = z.object({
	path: z.string(),
	size: z.number(),
	mtimeNs: z.string(),
	ctimeNs: z.string(),
	inode: z.string(),
	digest: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A cache in `directory`, which is made when it is first written to. What cannot be written is not remembered. */
export function createDigestCache(directory: string, now: () => number = Date.now): DigestCache {
	const placeOf = ({ path }: FileStats): string =>
		join(directory, `${createHash("sha256").update(path).digest("hex").slice(0, 32)}.json`);
	return {
		async get(file) {
			const text = await readFile(placeOf(file), "utf8").catch(() => "");
			const entry = EntrySchema.safeParse(parse(text));
			if (!entry.success) return undefined;
			const { digest, ...stats } = entry.data;
			return isSameFile(stats, file) ? digest : undefined;
		},
		async set(file, digest) {
			if (now() - changedAtMs(file) < SETTLED_MS) return;
			const place = placeOf(file);
			const temporary = `${place}.${randomBytes(6).toString("hex")}.tmp`;
			try {
				await mkdir(directory, { recursive: true });
				await writeFile(temporary, JSON.stringify({ ...file, digest }));
				await rename(temporary, place);
			} catch {
				await rm(temporary, { force: true }).catch(() => {});
			}
		},
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
