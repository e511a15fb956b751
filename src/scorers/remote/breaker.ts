/**
 * A circuit breaker: a service that fails again and again is left alone for a while, then asked with a single request
 * whether it is back. Knows nothing of what failed.
 */

/** When a breaker opens and for how long. */
export interface BreakerLimits {
	/** Failures in a window, at least half of what was tried in it, that open the breaker. */
	readonly failures: number;
	readonly windowMs: number;
	/** Time until a probe is let through. */
	readonly openMs: number;
}

/** Leave to try; the attempt ends with exactly one of these. */
export interface Permit {
	/** The service answered, whatever it said. */
	answered(): void;
	failed(): void;
	/** The attempt was given up for reasons of our own. */
	left(): void;
}

/** The breaker. */
export interface Breaker {
	/** Undefined while nothing may be tried. */
	enter(): Permit | undefined;
	/** Milliseconds until a probe may be let through; 0 where one may now. */
	restMs(): number;
}

/** A closed breaker on the clock `now`, milliseconds. */
export function createBreaker({ failures: most, windowMs, openMs }: BreakerLimits, now: () => number): Breaker {
	let windowStart = now();
	let tried = 0;
	let failed = 0;
	let openUntil: number | undefined;
	let probing = false;

	const reset = (): void => {
		windowStart = now();
		tried = 0;
		failed = 0;
	};
	const count = (isFailure: boolean): void => {
		if (now() - windowStart >= windowMs) reset();
		tried++;
		if (isFailure) failed++;
		if (openUntil === undefined && failed >= most && failed * 2 >= tried) openUntil = now() + openMs;
	};
	const probe: Permit = {
		answered() {
			probing = false;
			openUntil = undefined;
			reset();
		},
		failed() {
			probing = false;
			openUntil = now() + openMs;
		},
		left() {
			probing = false;
		},
	};
	const permit: Permit = { answered: () => count(false), failed: () => count(true), left: () => {} };

	return {
		enter() {
			if (openUntil === undefined) return permit;
			if (probing || now() < openUntil) return undefined;
			probing = true;
			return probe;
		},
		restMs: () => (openUntil === undefined ? 0 : Math.max(0, openUntil - now())),
	};
}
