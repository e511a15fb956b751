/**
 * What keys have used in windows of one length, counted in this process: answers at once, without promises and timers of its own.
 * Knows not what is counted.
 */

/** Where a key stands in its window. */
export interface Standing {
	/** What was asked for does not fit, and was not counted. */
	readonly isOver: boolean;
	readonly left: number;
	/** Until a new window begins. */
	readonly msBeforeNext: number;
}

/** Counts by key. */
export interface RateWindow {
	consume(key: string, points: number): Standing | Promise<Standing>;
}

/** Keys whose windows are over are forgotten once there are so many. */
const MANY_KEYS = 10_000;

/** `points` per key and window; a key's window begins when it first asks. */
export function createRateWindow(of: {
	readonly points: number;
	readonly durationMs: number;
	now?(): number;
}): RateWindow {
	const { points: most, durationMs, now = Date.now } = of;
	const windows = new Map<string, { used: number; endMs: number }>();
	const forget = (nowMs: number): void => {
		for (const [key, { endMs }] of windows) if (endMs <= nowMs) windows.delete(key);
	};
	return {
		consume(key, points) {
			const nowMs = now();
			let window = windows.get(key);
			if (window === undefined || window.endMs <= nowMs) {
				if (windows.size >= MANY_KEYS) forget(nowMs);
				window = { used: 0, endMs: nowMs + durationMs };
				windows.set(key, window);
			}
			const isOver = window.used + points > most;
			if (!isOver) window.used += points;
			return { isOver, left: most - window.used, msBeforeNext: window.endMs - nowMs };
		},
	};
}
