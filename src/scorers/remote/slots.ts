/**
 * How many requests a service gets at once; the others wait in a bounded queue, higher priority first, then first come.
 */
import { SluiceError } from "../../errors.ts";

/** Places for requests. */
export interface Slots {
	readonly taken: number;
	readonly waiting: number;
	/** Resolves to the function that gives the place back. Throws `overloaded` where too many wait, the signal's reason when it aborts. */
	take(of: { readonly priority: number; readonly signal: AbortSignal }): Promise<() => void>;
}

interface Waiting {
	readonly priority: number;
	readonly go: () => void;
}

/** @param limits requests at once, and requests that may wait. */
export function createSlots(limits: { readonly concurrency: number; readonly maxQueue: number }): Slots {
	const queue: Waiting[] = [];
	let taken = 0;
	const next = (): void => {
		const first = queue.shift();
		if (first === undefined) taken--;
		else first.go();
	};
	const toRelease = (): (() => void) => {
		let given = false;
		return () => {
			if (!given) next();
			given = true;
		};
	};
	return {
		get taken() {
			return taken;
		},
		get waiting() {
			return queue.length;
		},
		async take({ priority, signal }) {
			signal.throwIfAborted();
			if (taken < limits.concurrency) {
				taken++;
				return toRelease();
			}
			if (queue.length >= limits.maxQueue)
				throw new SluiceError("overloaded", { detail: `${queue.length} requests wait for the remote service already` });
			return await new Promise<() => void>((resolve, reject) => {
				const leave = (): void => {
					queue.splice(queue.indexOf(waiting), 1);
					reject(signal.reason);
				};
				const go = (): void => {
					signal.removeEventListener("abort", leave);
					resolve(toRelease());
				};
				const waiting = { priority, go };
				queue.splice(queue.findLastIndex((other) => other.priority >= priority) + 1, 0, waiting);
				signal.addEventListener("abort", leave, { once: true });
			});
		},
	};
}
