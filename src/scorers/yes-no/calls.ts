/** Calls that belong together: they end together, and one that waits for another's work keeps its own deadline and signal. */
import { SluiceError } from "../../errors.ts";
import type { CallOptions } from "../../types.ts";

/** Timers hold at most 2^31 - 1 ms. */
const MOST_DELAY_MS = 0x7fffffff;

/**
 * The results of all tasks, in order, at most `atOnce` of them under way at a time. The first failure aborts the others and
 * is thrown when all have ended, so that nothing they use is in use afterwards.
 */
export async function together<T>(
	call: CallOptions,
	tasks: readonly ((call: CallOptions) => Promise<T>)[],
	atOnce: number = tasks.length,
): Promise<T[]> {
	const stop = new AbortController();
	const signal = call.signal === undefined ? stop.signal : AbortSignal.any([call.signal, stop.signal]);
	const results: T[] = [];
	const failures: unknown[] = [];
	let next = 0;
	const work = async (): Promise<void> => {
		while (next < tasks.length && failures.length === 0) {
			const i = next++;
			try {
				results[i] = await tasks[i]!({ ...call, signal });
			} catch (error) {
				failures.push(error);
				stop.abort();
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, work));
	if (failures.length > 0) throw failures[0];
	return results;
}

/** What `work` gives, unless the caller's deadline passes or it goes away before; the work itself goes on. */
export function waitFor<T>(work: Promise<T>, { deadlineMs, signal }: CallOptions): Promise<T> {
	const { promise, resolve, reject } = Promise.withResolvers<T>();
	const abort = (): void => reject(new SluiceError("aborted", { detail: "the caller went away" }));
	const expire = (): void =>
		reject(new SluiceError("deadline_exceeded", { detail: "the deadline passed before the model was done" }));
	const delay = deadlineMs === undefined ? undefined : Math.ceil(deadlineMs - performance.now());
	const timer = delay === undefined ? undefined : setTimeout(expire, Math.min(MOST_DELAY_MS, Math.max(0, delay)));
	if (signal?.aborted) abort();
	signal?.addEventListener("abort", abort, { once: true });
	work.then(resolve, reject);
	return promise.finally(() => {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
	});
}
