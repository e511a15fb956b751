/**
 * prepared.json, which a prepared directory is complete with: the files it was made with. Knows nothing of what is in them.
 */
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** Changes with what prepared directories are; those of another format are made again. */
export const FORMAT = 1;
const RECORD = "prepared.json";

interface PreparedRecord {
	readonly format: typeof FORMAT;
	/** Names and sizes of all other files. */
	readonly files: Readonly<Record<string, number>>;
	/** Those that a converted directory has too, as the same file. */
	readonly linked: readonly string[];
}

const RecordSchema: z.ZodType<PreparedRecord> = z.object({
	format: z.literal(FORMAT),
	files: z.record(z.string(), z.int().nonnegative()),
	linked: z.array(z.string()),
});

/** Whether a file that the directory shared with a converted one has no other name left. */
export async function isOrphan(directory: string): Promise<boolean> {
	const record = await readRecord(directory);
	if (record === undefined) return false;
	const stats = await Promise.all(record.linked.map((name) => stat(join(directory, name)).catch(() => undefined)));
	return stats.some((file) => file?.nlink === 1);
}

/** Whether the directory has the graphs and every file that it had when it was made, in that size. */
export async function isComplete(directory: string, graphs: readonly string[]): Promise<boolean> {
	const record = await readRecord(directory);
	if (record === undefined || !graphs.every((name) => name in record.files)) return false;
	const sizes = Object.entries(record.files).map(async ([name, bytes]) => {
		const file = await stat(join(directory, name)).catch(() => undefined);
		return file?.size === bytes;
	});
	return (await Promise.all(sizes)).every(Boolean);
}

/** Describes the directory as it is. */
export async function writeRecord(directory: string): Promise<void> {
	const files: Record<string, number> = {};
	const linked: string[] = [];
	for (const name of await readdir(directory)) {
		const { size, nlink } = await stat(join(directory, name));
		files[name] = size;
		if (nlink > 1) linked.push(name);
	}
	const record: PreparedRecord = { format: FORMAT, files, linked };
	await writeFile(join(directory, RECORD), JSON.stringify(record));
}

async function readRecord(directory: string): Promise<PreparedRecord | undefined> {
	try {
		return RecordSchema.parse(JSON.parse(await readFile(join(directory, RECORD), "utf8")));
	} catch {
		return undefined; // none, or one of another version
	}
}
