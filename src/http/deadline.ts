/**
 * A call's end: by its deadline, by the client leaving, or by itself, whichever comes first; the call is told through its signal.
 */
import { SluiceError } from "../errors.ts";
import type { CallOptions } from "../types.ts";

/** Longest deadline a client may ask for. */
export const MAX_DEADLINE_MS = 600_000;

/** The deadline in ms a request asks for with x-sluice-deadline-ms, else the default; `invalid_request` when it is no whole number in range. */
export function parseDeadline(header: string | undefined, defaultMs: number): number {
	if (header === undefined) return defaultMs;
	const timeoutMs = /^\d{1,9}$/.test(header) ? Number(header) : 0;
	if (timeoutMs >= 1 && timeoutMs <= MAX_DEADLINE_MS) return timeoutMs;
	throw new SluiceError("invalid_request", {
		detail: `the header x-sluice-deadline-ms must be a whole number of milliseconds from 1 to ${MAX_DEADLINE_MS}`,
	});
}

/** Runs `call`; rejects with `deadline_exceeded` or `aborted` as soon as time or caller is gone, and aborts the call's signal then. */
export function withDeadline<T>(
	of: { timeoutMs: number; signal: AbortSignal },
	call: (options: CallOptions) => Promise<T>,
): Promise<T> {
	return new Promise((resolve, reject) => {
		const controller = new AbortController();
		const release = (): void => {
			clearTimeout(timer);
			of.signal.removeEventListener("abort", leave);
		};
		const stop = (error: SluiceError): void => {
			release();
			reject(error);
			controller.abort(error);
		};
		const leave = (): void => stop(new SluiceError("aborted", { detail: "the caller went away before the answer" }));
		const timer = setTimeout(
			() =>
				stop(new SluiceError("deadline_exceeded", { detail: `no verdict within the deadline of ${of.timeoutMs} ms` })),
			of.timeoutMs,
		);
		if (of.signal.aborted) {
			leave();
			return;
		}
		of.signal.addEventListener("abort", leave, { once: true });
		call({ deadlineMs: performance.now() + of.timeoutMs, signal: controller.signal }).then(
			(value) => {
				release();
				resolve(value);
			},
			(error: unknown) => {
				release();
				reject(error);
			},
		);
	});
}
