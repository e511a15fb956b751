/**
 * Tries again what a network or a busy server broke. An attempt's failure is a value that says whether and when another
 * try is worth it; clock and chance come from outside, so that tests do not wait.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "../errors.ts";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A server that asks for more patience than this is not waited for. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Time and chance of a download. */
export interface HubTiming {
	/** Longest silence of a connection. */
	readonly idleTimeoutMs: number;
	/** Resolves after `ms`, at once when the signal aborts. */
	wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
	/** 0 to 1. */
	random(): number;
}

/** Real time. */
export const REAL_TIMING: HubTiming = {
	idleTimeoutMs: 30_000,
	wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
	random: Math.random,
};

/** Why an attempt came to nothing. */
export interface Failure {
	readonly failure: SluiceError;
	/** Another try would end the same. */
	readonly final?: boolean;
	/** What the server asks to wait. */
	readonly waitMs?: number | undefined;
	/** It got further than any attempt before, so earlier failures no longer count. */
	readonly advanced?: boolean;
}

/** What an attempt came to. */
export type Attempt<T> = { readonly value: T } | Failure;

/** The first value of `attempt`, tried `retries` times more while it fails. Throws the last failure, or `aborted`. */
export async function retry<T>(
	{ timing, signal, retries }: { timing: HubTiming; signal: AbortSignal | undefined; retries: number },
	attempt: () => Promise<Attempt<T>>,
): Promise<T> {
	for (let failures = 0; ; ) {
		throwIfAborted(signal);
		const outcome = await attempt();
		if ("value" in outcome) return outcome.value;
		throwIfAborted(signal);
		failures = outcome.advanced ? 1 : failures + 1;
		if (outcome.final || failures > retries || (outcome.waitMs ?? 0) > LONGEST_RETRY_AFTER_MS) throw outcome.failure;
		await timing.wait(outcome.waitMs ?? toBackoff(failures, timing.random()), signal);
	}
}

/** Throws `aborted` once the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted)
		throw new SluiceError("aborted", { detail: "the download was stopped; the same call goes on where it ended" });
}

/** Milliseconds before the next try: doubling from half a second, the upper half of each left to chance. */
function toBackoff(failures: number, random: number): number {
	const ceiling = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
	return ceiling * (0.5 + random / 2);
}

/**
 * Milliseconds a response asks to wait: Retry-After in seconds or as a date (RFC 9110), or else the reset time of the
 * hub's RateLimit header (`"api";r=0;t=55`). Undefined where it names none.
 */
export function parseRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
	const value = headers.get("retry-after")?.trim();
	if (value !== undefined && /^\d{1,9}$/.test(value)) return Number(value) * 1000;
	const date = value === undefined ? Number.NaN : Date.parse(value);
	if (!Number.isNaN(date)) return Math.max(0, date - now);
	const reset = /;\s*t=(\d{1,9})/.exec(headers.get("ratelimit") ?? "")?.[1];
	return reset === undefined ? undefined : Number(reset) * 1000;
}
