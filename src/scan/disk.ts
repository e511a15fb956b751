/** The few things a scan does to the disk, so that tests can make each of them fail. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../errors.ts";

/** An open file that is written. */
export interface DiskFile {
	/** Writes all of it. */
	write(bytes: Uint8Array, position: number): Promise<void>;
	truncate(bytes: number): Promise<void>;
	/** Resolves when what was written would outlive a loss of power. */
	sync(): Promise<void>;
	close(): Promise<void>;
}

/** The disk. */
export interface Disk {
	/** Opens a file, which is made where it is not there, and kept as it is where it is. */
	open(path: string): Promise<DiskFile>;
	rename(from: string, to: string): Promise<void>;
	remove(path: string): Promise<void>;
	/** Resolves when the names in the file's directory would outlive a loss of power. */
	syncNames(path: string): Promise<void>;
}

/** The disk of this machine. Throws what Node says. */
export const DISK: Disk = {
	async open(path) {
		const file = await open(path, "a").then(async (made) => {
			await made.close();
			return open(path, "r+");
		});
		return {
			async write(bytes, position) {
				for (let done = 0; done < bytes.length; )
					done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
			},
			truncate: (bytes) => file.truncate(bytes),
			sync: () => file.sync(),
			close: () => file.close(),
		};
	},
	rename,
	remove: (path) => rm(path, { force: true }),
	async syncNames(path) {
		if (process.platform === "win32") return; // directories cannot be opened there
		const folder = await open(dirname(path), "r");
		await folder.sync().finally(() => folder.close());
	},
};

/** A failure of the disk in words: `storage_full`, or `invalid_request` naming the file; anything else as it is. */
export function toScanDiskError(error: unknown, path: string): unknown {
	if (error instanceof SluiceError || !(error instanceof Error) || !("syscall" in error)) return error;
	const code = "code" in error ? String(error.code) : "unknown reason";
	if (code === "ENOSPC" || code === "EDQUOT")
		return new SluiceError("storage_full", { detail: `the disk of ${path} is full`, cause: error });
	return new SluiceError("invalid_request", { detail: `cannot write ${path} (${code})`, cause: error });
}
