/**
 * What has come of things that come in pieces: a folder for each, a file for each piece, whole or not there. A piece that
 * is kept stays as it is, however often it comes.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Contents, openContents } from "./contents.ts";

/** Pieces by what they belong to; names of both are safe as file names. */
export interface Incoming {
	/** Keeps a piece, on disk when it resolves; throws `storage_full`. */
	keep(of: string, name: string, text: string): Promise<void>;
	/** Names of the pieces kept, and their bytes together. */
	list(of: string): Promise<{ readonly names: readonly string[]; readonly bytes: number }>;
	path(of: string, name: string): string;
	drop(of: string): Promise<void>;
	/** Drops what has got no piece since then, Unix ms; gives how many. */
	prune(beforeMs: number): Promise<number>;
}

/** The folder is made with the first piece. */
export function createIncoming(dir: string): Incoming {
	const open = (of: string): Promise<Contents> => openContents(join(dir, of));
	const drop = (of: string): Promise<void> => rm(join(dir, of), { recursive: true, force: true });
	return {
		async keep(of, name, text) {
			const contents = await open(of);
			if ((await statOf(contents.path(name))) !== undefined) return;
			const writer = await contents.create(name);
			try {
				await writer.write(Buffer.from(text));
				await writer.commit();
			} finally {
				await writer.discard();
			}
		},
		async list(of) {
			const names = (await readdir(join(dir, of)).catch(() => [])).filter((name) => !name.includes("."));
			const sizes = await Promise.all(names.map((name) => statOf(join(dir, of, name))));
			return { names, bytes: sizes.reduce((sum, size) => sum + (size?.size ?? 0), 0) };
		},
		path: (of, name) => join(dir, of, name),
		drop,
		async prune(beforeMs) {
			let dropped = 0;
			for (const of of await readdir(dir).catch(() => [])) {
				const mtimeMs = (await statOf(join(dir, of)))?.mtimeMs ?? beforeMs;
				if (mtimeMs >= beforeMs) continue;
				await drop(of);
				dropped++;
			}
			return dropped;
		},
	};
}

async function statOf(path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
	return stat(path).catch(() => undefined);
}
