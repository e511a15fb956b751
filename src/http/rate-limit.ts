/**
 * How much a key may ask per minute, in requests and in characters, and how often an address may try keys that are none.
 * Counted in windows of a minute, in this process or where several gateways count together.
 * Headers: draft-ietf-httpapi-ratelimit-headers, and the x-ratelimit-* ones that OpenAI's clients know.
 */
import type { Context } from "hono";
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { SluiceError } from "../errors.ts";
import type { Caller } from "./caller.ts";
import { createRateWindow, type RateWindow, type Standing } from "./rate-window.ts";

const WINDOW_S = 60;
/** Wrong keys from one address per window: a person's mistakes, but no search. */
const WRONG_KEYS = 30;

/** Whatever gets the headers. */
type Answer = Pick<Context, "header">;

/** At once where this process alone counts. */
type Counted = Promise<void> | undefined;

/** Counts what keys ask for. */
export interface RateLimits {
	/** Counts a request of the key and tells the caller where it stands; throws `rate_limited`. */
	countRequest(c: Answer, caller: Caller): Counted;
	/** Counts characters to judge; throws `rate_limited`, and `text_too_long` for more at once than a minute allows: no waiting helps. */
	countCharacters(c: Answer, caller: Caller, characters: number): Counted;
	/** Counts a wrong key; throws `rate_limited` where the address has tried too many. */
	countWrongKey(address: string): Promise<void>;
}

/** Makes what counts: `points` in `duration` seconds, under names that begin with `keyPrefix`. */
export type OpenLimiter = (of: {
	readonly keyPrefix: string;
	readonly points: number;
	readonly duration: number;
}) => RateLimiterAbstract;

/** What is counted of a key. */
type Unit = "requests" | "characters";

/** Counts keys' requests in what `open` makes, in this process where left out; wrong keys always in this process. */
export function createRateLimits(open?: OpenLimiter): RateLimits {
	const windows: Record<Unit, Map<number, RateWindow>> = { requests: new Map(), characters: new Map() };
	const windowOf = (unit: Unit, points: number): RateWindow => {
		const known = windows[unit].get(points);
		if (known !== undefined) return known;
		const made =
			open === undefined
				? createRateWindow({ points, durationMs: 1000 * WINDOW_S })
				: toWindow(open({ keyPrefix: `${unit}:${points}`, points, duration: WINDOW_S }));
		windows[unit].set(points, made);
		return made;
	};
	const wrong = new RateLimiterMemory({ keyPrefix: "wrong", points: WRONG_KEYS, duration: WINDOW_S });
	const count = (c: Answer, of: { keyId: string; unit: Unit; limit: number; points: number }): Counted => {
		const { keyId, unit, limit, points } = of;
		const standing = windowOf(unit, limit).consume(keyId, points);
		if (standing instanceof Promise) return standing.then((told) => check(c, { unit, limit, standing: told }));
		check(c, { unit, limit, standing });
		return undefined;
	};
	return {
		countRequest(c, { keyId, limits }) {
			const { requestsPerMinute: limit } = limits;
			return limit === null ? undefined : count(c, { keyId, unit: "requests", limit, points: 1 });
		},
		countCharacters(c, { keyId, limits }, characters) {
			const { charactersPerMinute: limit } = limits;
			if (limit === null) return undefined;
			if (characters > limit)
				throw new SluiceError("text_too_long", {
					detail: `the texts have ${characters} characters together; this key may have ${limit} judged per minute. Send fewer at once.`,
				});
			return count(c, { keyId, unit: "characters", limit, points: characters });
		},
		async countWrongKey(address) {
			const { isOver, msBeforeNext } = await consume(wrong, address, 1);
			if (!isOver) return;
			throw new SluiceError("rate_limited", {
				detail: "too many wrong keys came from this address; wait, then send a right one",
				retryAfterMs: msBeforeNext,
			});
		},
	};
}

/** Tells the caller where it stands; throws `rate_limited`. */
function check(c: Answer, { unit, limit, standing }: { unit: Unit; limit: number; standing: Standing }): void {
	tell(c, { unit, limit, result: standing });
	if (standing.isOver)
		throw new SluiceError("rate_limited", {
			detail: `this key may ask for ${limit} ${unit} per minute; wait, or ask for a higher limit`,
			retryAfterMs: standing.msBeforeNext,
		});
}

function toWindow(limiter: RateLimiterAbstract): RateWindow {
	return { consume: (key, points) => consume(limiter, key, points) };
}

/** What is over the limit is given back: it uses nothing up. */
async function consume(limiter: RateLimiterAbstract, key: string, points: number): Promise<Standing> {
	try {
		const { remainingPoints, msBeforeNext } = await limiter.consume(key, points);
		return { isOver: false, left: remainingPoints, msBeforeNext };
	} catch (thrown) {
		if (!(thrown instanceof RateLimiterRes)) throw thrown;
		await limiter.reward(key, points);
		const left = Math.max(0, limiter.points - (thrown.consumedPoints - points));
		return { isOver: true, left, msBeforeNext: thrown.msBeforeNext };
	}
}

/** Names of headers are property keys: made once, not by every answer. */
const HEADERS = {
	requests: namesOf("requests"),
	characters: namesOf("characters"),
} as const satisfies Record<Unit, object>;

function namesOf(unit: string): { readonly limit: string; readonly remaining: string; readonly reset: string } {
	return {
		limit: `x-ratelimit-limit-${unit}`,
		remaining: `x-ratelimit-remaining-${unit}`,
		reset: `x-ratelimit-reset-${unit}`,
	};
}

function tell(c: Answer, { unit, limit, result }: { unit: Unit; limit: number; result: Standing }): void {
	const seconds = Math.ceil(result.msBeforeNext / 1000);
	const names = HEADERS[unit];
	c.header("ratelimit-policy", `"${unit}";q=${limit};w=${WINDOW_S}`, { append: true });
	c.header("ratelimit", `"${unit}";r=${result.left};t=${seconds}`, { append: true });
	c.header(names.limit, String(limit));
	c.header(names.remaining, String(result.left));
	c.header(names.reset, `${seconds}s`);
}
