/**
 * Room on the disk, checked before hours are spent, and errors of the disk in words.
 */
import { statfs } from "node:fs/promises";
import { SluiceError } from "../errors.ts";
import { countWeightBytes, type WeightGroup } from "../onnx/index.ts";
import { formatBytes } from "../weights/byte-count.ts";

/** Graphs, tokenizer and manifest, besides the weights. */
const SMALL_FILES_BYTES = 64 << 20;

/** Throws `invalid_config` where the weights, less what is `there`, do not fit on the directory's disk. */
export async function checkRoom(
	directory: string,
	{
		groups,
		there,
		freeBytes = readFreeBytes,
	}: {
		readonly groups: readonly WeightGroup[];
		readonly there: number;
		readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
	},
): Promise<void> {
	const needed = countWeightBytes(groups) - there;
	const free = await freeBytes(directory);
	if (free >= needed + Math.min(needed, SMALL_FILES_BYTES)) return;
	const detail = `not enough disk space: ${formatBytes(needed)} to write, but ${directory} has ${formatBytes(free)} free`;
	throw new SluiceError("invalid_config", { detail });
}

async function readFreeBytes(directory: string): Promise<number> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize;
}

/** A failure of reading or writing files as `invalid_config`; anything else as it is. */
export function toDiskError(error: unknown, directory: string): unknown {
	if (error instanceof SluiceError || !(error instanceof Error) || !("syscall" in error)) return error;
	const code = "code" in error && typeof error.code === "string" ? error.code : "no reason given";
	const full = code === "ENOSPC" || code === "EDQUOT";
	const other =
		error.syscall === "read" ? `a source file cannot be read (${code})` : `${directory} cannot be written (${code})`;
	const detail = full ? `the disk of ${directory} is full` : other;
	return new SluiceError("invalid_config", { detail, cause: error });
}
