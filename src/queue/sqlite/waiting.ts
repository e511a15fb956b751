/**
 * The two waits of BullMQ: a worker's for a job, QueueEvents' for an event. Both end at once on a commit that brings one,
 * and can be interrupted. A worker's wait also ends when the next delayed job is due, which no commit announces.
 */
import type { IQueueBackend, StreamReadRaw } from "bullmq";
import { firstWaiting, nextDelayed } from "./claim.ts";
import { newestEvent, readEventsAfter } from "./events.ts";
import type { SqliteFile } from "./file.ts";
import { isOpen, loadQueue } from "./queue-record.ts";

type Waits = Pick<IQueueBackend, "waitForJob" | "readEvents" | "disconnectBlocking" | "reconnectBlocking">;

/** How a wait is kept: it ends with a value by `check`, or empty-handed at a time (Unix ms) that `check` may shorten. */
interface Wait<Value> {
	readonly until: number;
	check(): { readonly value: Value } | { readonly until: number } | undefined;
}

/** The waits of one worker or one reader of events. */
export function createWaits({ database, changes }: SqliteFile, queue: string): Waits & { interrupt(): void } {
	let interrupted = false;
	let cancel: (() => void) | undefined;
	let cursor: number | undefined;

	const keep = <Value>(wait: Wait<Value>): Promise<Value | null> =>
		new Promise((resolve, reject) => {
			let timer: NodeJS.Timeout | undefined;
			let unwatch = () => {};
			const end = (settle: () => void) => {
				clearTimeout(timer);
				unwatch();
				cancel = undefined;
				settle();
			};
			const look = () => {
				try {
					const found = wait.check();
					if (found !== undefined && "value" in found) return end(() => resolve(found.value));
					clearTimeout(timer);
					const until = Math.min(wait.until, found?.until ?? wait.until);
					timer = setTimeout(() => end(() => resolve(null)), Math.max(until - Date.now(), 0));
				} catch (error) {
					end(() => reject(error));
				}
			};
			cancel = () => end(() => resolve(null));
			unwatch = changes.watch((touched) => {
				if (touched === undefined || touched.has(queue)) look();
			});
			look();
		});

	return {
		async waitForJob(blockSeconds) {
			if (interrupted) return null;
			return keep<{ member: string; score: number }>({
				until: Date.now() + blockSeconds * 1000,
				check() {
					const waits = firstWaiting(database, queue) !== undefined;
					if (waits && isOpen(database, loadQueue(database, queue))) return { value: { member: queue, score: 0 } };
					const due = nextDelayed(database, queue);
					return due === undefined ? undefined : { until: due };
				},
			});
		},
		async readEvents(id, blockMs) {
			// "$" means from now on; a second "$" goes on where the first one ended.
			const from = id === "$" ? (cursor ?? newestEvent(database)) : Number(id);
			cursor = from;
			if (interrupted) return null;
			return keep<StreamReadRaw>({
				until: Date.now() + blockMs,
				check() {
					const entries = readEventsAfter(database, queue, from);
					return entries.length === 0 ? undefined : { value: [[queue, entries]] };
				},
			});
		},
		async disconnectBlocking() {
			interrupted = true;
			cancel?.();
		},
		async reconnectBlocking() {
			interrupted = false;
		},
		interrupt() {
			interrupted = true;
			cancel?.();
		},
	};
}
