/**
 * Hears that a directory may have changed: by the system's notices, which come in bursts and are put together, and by looking
 * now and then, because some file systems give none and a directory that was replaced gives no more.
 */
import { type FSWatcher, watch } from "node:fs";

const DEBOUNCE_MS = 200;
const POLL_MS = 30_000;

/** How a directory is watched. */
export interface WatchOptions {
	changed(): void;
	/** Quiet time after a notice before `changed` is called, ms. */
	readonly debounceMs?: number | undefined;
	/** Time between two looks, ms. */
	readonly pollMs?: number | undefined;
}

/** Watches until it is closed; keeps no process alive. */
export function watchDirectory(directory: string, options: WatchOptions): { close(): void } {
	const { changed, debounceMs = DEBOUNCE_MS, pollMs = POLL_MS } = options;
	let timer: NodeJS.Timeout | undefined;
	let watcher: FSWatcher | undefined;
	const notice = (): void => {
		clearTimeout(timer);
		timer = setTimeout(changed, debounceMs).unref();
	};
	try {
		watcher = watch(directory, { persistent: false }, notice);
		watcher.on("error", notice);
	} catch {
		// no notices here: looking has to do
	}
	const poll = setInterval(changed, pollMs).unref();
	return {
		close() {
			clearTimeout(timer);
			clearInterval(poll);
			watcher?.close();
		},
	};
}
