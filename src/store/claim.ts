/**
 * One process at a time owns a folder: it holds SQLite's exclusive lock on an empty file there, which the operating system
 * takes back however the process ends. https://www.sqlite.org/lockingv3.html
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SluiceError } from "../errors.ts";

/** Claims the folder; the function it gives releases it. Throws `invalid_config`, with `detail`, where another process holds it. */
export function claimFolder(
	dir: string,
	detail: string = `another process runs the batches of ${dir}; send requests to that one, or choose another data directory`,
): () => void {
	const lock = new DatabaseSync(join(dir, "owner.lock"), { timeout: 0 });
	try {
		lock.exec("BEGIN EXCLUSIVE");
	} catch (cause) {
		lock.close();
		throw new SluiceError("invalid_config", { detail, cause });
	}
	return () => {
		if (lock.isOpen) lock.close();
	};
}
