/**
 * Wakes those who wait for something new in a file: at once for commits of this process, within 10 ms for those of others,
 * by SQLite's own counter of foreign commits (sqlite.org/pragma.html#pragma_data_version). Polls only while somebody waits.
 */
import { toError } from "../listeners.ts";
import type { Database } from "./database.ts";

const POLL_MS = 10;

/** Hears of commits: the queues they touched, or undefined where another process committed. */
export type ChangeListener = (touched: ReadonlySet<string> | undefined) => void;

/** Changes of one file. */
export interface Changes {
	/** The function it gives ends the watch. */
	watch(listener: ChangeListener): () => void;
	/** Says that this process committed. */
	announce(touched: ReadonlySet<string> | undefined): void;
	close(): void;
}

/** Watches an open file. */
export function createChanges(database: Database, onError: (error: Error) => void): Changes {
	const listeners = new Set<ChangeListener>();
	let timer: NodeJS.Timeout | undefined;
	let seen = -1;

	let broken = false;

	const version = () => database.get<{ data_version: number }>("pragma data_version")?.data_version ?? 0;
	const announce = (touched: ReadonlySet<string> | undefined) => {
		for (const listener of [...listeners]) {
			try {
				listener(touched);
			} catch (error) {
				onError(toError(error));
			}
		}
	};
	const poll = () => {
		try {
			const now = version();
			broken = false;
			if (now === seen) return;
			seen = now;
			announce(undefined);
		} catch (error) {
			// Said once, not a hundred times a second.
			if (!broken) onError(toError(error));
			broken = true;
		}
	};
	const rest = () => {
		clearInterval(timer);
		timer = undefined;
	};
	return {
		watch(listener) {
			listeners.add(listener);
			// -1: what was committed before the watch began counts as new once.
			timer ??= setInterval(poll, POLL_MS);
			return () => {
				listeners.delete(listener);
				if (listeners.size === 0) rest();
			};
		},
		announce,
		close() {
			listeners.clear();
			rest();
		},
	};
}
