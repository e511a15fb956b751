/** Time and chance of remote calls; passed in, so that tests neither wait nor depend on luck. */
import { setTimeout as sleep } from "node:timers/promises";

/** Time and chance. */
export interface RemoteTiming {
	/** Milliseconds on the clock of `performance.now()`, which deadlines are on. */
	now(): number;
	/** Resolves after `ms`, at once when the signal aborts. */
	wait(ms: number, signal: AbortSignal): Promise<void>;
	/** 0 to 1. */
	random(): number;
}

/** Real time. */
export const REAL_TIMING: RemoteTiming = {
	now: () => performance.now(),
	wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
	random: Math.random,
};
