/**
 * Calls to one service: at most so many at once, tried again where that may help, not at all while the service is out of
 * order, and never beyond the caller's deadline. Knows no policies and no formats.
 */
import { type Attempt, attempt, type Failure, type Request } from "./attempt.ts";
import { type BreakerLimits, createBreaker, type Permit } from "./breaker.ts";
import { remoteFailed } from "./service.ts";
import { createSlots } from "./slots.ts";
import type { RemoteTiming } from "./timing.ts";

/** How a service is treated. */
export interface CallPolicy {
	/** One attempt, from sending to the last byte; default 10,000 ms. */
	readonly timeoutMs: number;
	/** Further tries after a failed one; default 2. */
	readonly retries: number;
	/** Requests at once; default 8. */
	readonly concurrency: number;
	/** Requests that may wait for a place; default 1,024. */
	readonly maxQueue: number;
	/** Longest answer; default 1 MiB. */
	readonly maxBytes: number;
	/** Default: 5 failures in 30 s open the circuit for 10 s. */
	readonly breaker: BreakerLimits;
}

/** The defaults. */
export const CALL_POLICY: CallPolicy = {
	timeoutMs: 10_000,
	retries: 2,
	concurrency: 8,
	maxQueue: 1024,
	maxBytes: 1_048_576,
	breaker: { failures: 5, windowMs: 30_000, openMs: 10_000 },
};

/** A caller's limits; the signal's reason is the SluiceError to throw when it aborts, at the deadline too. */
export interface CallLimits {
	readonly signal: AbortSignal;
	/** When the caller's time ends, on the clock of the timing; Infinity where it does not. */
	readonly endMs: number;
	readonly priority: number;
}

/** Asks one service. */
export interface Caller {
	/** POSTs `body` as JSON and resolves to the answer's. Throws `remote_failed`, `overloaded` or the signal's reason. */
	post(body: unknown, limits: CallLimits): Promise<unknown>;
	load(): { readonly queued: number; readonly running: number };
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;
/** A service that asks for more patience than this is not waited for. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** @param of where to, how, and on what clock. */
export function createCaller(of: {
	readonly service: string;
	readonly endpoint: Pick<Request, "url" | "headers">;
	readonly policy: CallPolicy;
	readonly timing: RemoteTiming;
}): Caller {
	const { service, policy, timing } = of;
	const slots = createSlots(policy);
	const breaker = createBreaker(policy.breaker, timing.now);

	const tryOnce = async (body: string, { signal, priority }: CallLimits): Promise<Attempt> => {
		const release = await slots.take({ priority, signal });
		try {
			const permit = breaker.enter();
			if (permit === undefined) return toOpen(service, breaker.restMs());
			const { timeoutMs, maxBytes } = policy;
			return await watch(permit, attempt({ service, ...of.endpoint, body, timeoutMs, maxBytes }, signal));
		} finally {
			release();
		}
	};

	return {
		async post(body, limits) {
			const text = JSON.stringify(body);
			for (let tries = 1; ; tries++) {
				limits.signal.throwIfAborted();
				const outcome = await tryOnce(text, limits);
				if ("json" in outcome) return outcome.json;
				if (!outcome.again || tries > policy.retries) throw outcome.failure;
				const waitMs = toWait(outcome, tries, timing.random());
				if (waitMs >= Math.min(LONGEST_RETRY_AFTER_MS, limits.endMs - timing.now())) throw outcome.failure;
				await timing.wait(waitMs, limits.signal);
			}
		},
		load: () => ({ queued: slots.waiting, running: slots.taken }),
	};
}

/** Tells the breaker how the attempt ended. */
async function watch(permit: Permit, running: Promise<Attempt>): Promise<Attempt> {
	let outcome: Attempt;
	try {
		outcome = await running;
	} catch (reason) {
		permit.left();
		throw reason;
	}
	if ("json" in outcome || !outcome.broken) permit.answered();
	else permit.failed();
	return outcome;
}

function toOpen(service: string, restMs: number): Failure {
	return {
		failure: remoteFailed(service, "failed repeatedly and is left alone for a while", restMs),
		again: false,
		broken: true,
	};
}

/** Full jitter: anything up to a ceiling that doubles from 200 ms to 5 s; after what the service asks for, where it asks. */
function toWait({ retryAfterMs = 0 }: Failure, tries: number, random: number): number {
	return retryAfterMs + random * Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
}
