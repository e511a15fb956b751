/**
 * The bytes of files, one file on disk each, beside the records. A file appears under its name only when all of it is on
 * disk: written under another name, synced, renamed.
 */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";

const PARTIAL = ".partial";
/** Bytes gathered before they are written. */
const WRITE_BYTES = 1 << 20;

/** A file that is being written. */
export interface ContentWriter {
	/** Resolves when more may come. */
	write(bytes: Uint8Array): Promise<void>;
	/** Puts the whole file under its name; gives its size in bytes. */
	commit(): Promise<number>;
	/** Removes what was written; does nothing after `commit`. */
	discard(): Promise<void>;
}

/** The folder of contents. */
export interface Contents {
	path(id: string): string;
	/** Throws `storage_full` from any of its calls when the disk has no room. */
	create(id: string): Promise<ContentWriter>;
	/** A file that is not there is deleted already. */
	delete(id: string): Promise<void>;
	/** Removes what no record names: left by a crash between a file and its record. */
	prune(isKnown: (id: string) => boolean): Promise<number>;
}

/** Opens the folder, which is made if need be. */
export async function openContents(dir: string): Promise<Contents> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const path = (id: string): string => join(dir, id);
	return {
		path,
		create: (id) => guarded(() => createWriter(dir, id)),
		delete: (id) => rm(path(id), { force: true }),
		async prune(isKnown) {
			const strays = (await readdir(dir)).filter((name) => !isKnown(name));
			for (const name of strays) await rm(path(name), { force: true });
			return strays.length;
		},
	};
}

async function createWriter(dir: string, id: string): Promise<ContentWriter> {
	const partial = join(dir, id + PARTIAL);
	const handle = await open(partial, "w", 0o600);
	let waiting: Uint8Array[] = [];
	let waitingBytes = 0;
	let bytes = 0;
	let open_ = true;
	const flush = async (): Promise<void> => {
		const block = Buffer.concat(waiting);
		waiting = [];
		waitingBytes = 0;
		// a handle may write less than it is given
		for (let at = 0; at < block.byteLength; ) at += (await handle.write(block, at)).bytesWritten;
	};
	return {
		write: (chunk) =>
			guarded(async () => {
				waiting.push(chunk);
				waitingBytes += chunk.byteLength;
				bytes += chunk.byteLength;
				if (waitingBytes >= WRITE_BYTES) await flush();
			}),
		commit: () =>
			guarded(async () => {
				await flush();
				await handle.sync();
				await handle.close();
				await rename(partial, join(dir, id));
				open_ = false;
				await syncFolder(dir);
				return bytes;
			}),
		async discard() {
			if (!open_) return;
			open_ = false;
			await handle.close().catch(() => {});
			await rm(partial, { force: true });
		},
	};
}

/** Without this a rename may be undone by a power cut. */
async function syncFolder(dir: string): Promise<void> {
	if (process.platform === "win32") return; // folders cannot be opened there
	const handle = await open(dir, "r");
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (cause) {
		if (!["ENOSPC", "EDQUOT", "EFBIG"].includes((cause as NodeJS.ErrnoException).code ?? "")) throw cause;
		throw new SluiceError("storage_full", { detail: "the data directory has no room for this file", cause });
	}
}
