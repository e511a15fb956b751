/**
 * Deadlines between machines: processes count on a clock of their own that starts with them, messages carry the time of day.
 * Machines have to agree on that to well within a deadline.
 */

/** Milliseconds since 1970 of a time of `performance.now()`. */
export function toEpochMs(monotonicMs: number): number {
	return Date.now() + (monotonicMs - performance.now());
}

/** A time of `performance.now()` from milliseconds since 1970. */
export function toMonotonicMs(epochMs: number): number {
	return performance.now() + (epochMs - Date.now());
}
