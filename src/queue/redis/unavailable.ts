/**
 * Says `queue_unavailable` where a producer's call failed because Redis is away. Errors of BullMQ itself (no such job, a
 * lost lock) pass unchanged.
 */
import type { IQueueBackend } from "bullmq";
import { SluiceError } from "../../errors.ts";

const SOCKET_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EHOSTUNREACH"]);
// What ioredis says of a connection, and what Redis says when it is there but takes no commands.
const WORDS =
	/^(Connection is closed|Stream isn't writeable|Command timed out|Reached the max retries|LOADING|OOM|READONLY|NOAUTH|WRONGPASS|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|BUSY|MISCONF)/;

/** The same error, or `queue_unavailable` around it where Redis could not be asked. */
export function toQueueError(error: unknown): unknown {
	if (!(error instanceof Error)) return error;
	const code = "code" in error ? error.code : undefined;
	const away = (typeof code === "string" && SOCKET_CODES.has(code)) || WORDS.test(error.message);
	return away ? new SluiceError("queue_unavailable", { detail: "Redis could not be asked", cause: error }) : error;
}

/** A backend whose failed calls are `queue_unavailable` where Redis is away. */
export function reportUnavailable<Backend extends IQueueBackend>(backend: Backend): Backend {
	return new Proxy(backend, {
		get(target, key) {
			const value: unknown = Reflect.get(target, key, target);
			if (typeof value !== "function") return value;
			return (...args: unknown[]) => {
				const outcome: unknown = value.apply(target, args);
				if (!(outcome instanceof Promise)) return outcome;
				return outcome.catch((error: unknown) => {
					throw toQueueError(error);
				});
			};
		},
	});
}
