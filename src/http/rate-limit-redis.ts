/**
 * Limits that several gateways count together, in their Redis. While that is away each counts for itself: limits are no reason
 * to refuse, and none to let everything through.
 */
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import type { OpenLimiter } from "./rate-limit.ts";

const PREFIX = "sluice:limits";

/** @param client a connection that fails fast */
export function createRedisLimiters(client: object): OpenLimiter {
	return (of) =>
		new RateLimiterRedis({
			...of,
			keyPrefix: `${PREFIX}:${of.keyPrefix}`,
			storeClient: client,
			rejectIfRedisNotReady: true,
			insuranceLimiter: new RateLimiterMemory(of),
		});
}
