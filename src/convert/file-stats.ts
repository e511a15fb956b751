/**
 * What tells a file from another one, or from itself before a change, without reading it.
 */
import { realpath, stat } from "node:fs/promises";

/** Path without links, and what changes with the content; times in nanoseconds. */
export interface FileStats {
	readonly path: string;
	readonly size: number;
	readonly mtimeNs: string;
	readonly ctimeNs: string;
	readonly inode: string;
}

/** The stats of a file. Rejects with the system's error. */
export async function readStats(file: string): Promise<FileStats> {
	const path = await realpath(file);
	const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
	return {
		path,
		size: Number(size),
		mtimeNs: String(mtimeNs),
		ctimeNs: String(ctimeNs),
		inode: String(ino),
	};
}

/** Whether two stats are those of the same content. */
export function isSameFile(a: FileStats, b: FileStats): boolean {
	return (Object.keys(a) as (keyof FileStats)[]).every((key) => a[key] === b[key]);
}

/** When the file last changed, in milliseconds since 1970. */
export function changedAtMs({ mtimeNs, ctimeNs }: FileStats): number {
	return Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6;
}
