/**
 * Connections to Redis. Two tempers: a producer's fails fast, so that a caller hears at once that nothing was queued; a
 * consumer's waits for Redis to come back, because a worker has nothing better to do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { SluiceError } from "../../errors.ts";

/** How a connection behaves while Redis is away. */
export type Temper = "fail-fast" | "patient";

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;
const LONGEST_RETRY_MS = 2_000;
/** How long a Redis that may have gone is waited for when something ends. */
export const FAREWELL_MS: number = 2_000;
const COPIES = new WeakMap<Redis, readonly Redis[]>();

/** Opens a connection and waits until it is usable; `queue_unavailable` where it is not within 5 s, `invalid_config` for what is no Redis address. */
export async function connectRedis(url: string, temper: Temper, onError: (error: Error) => void): Promise<Redis> {
	if (!/^rediss?:\/\//.test(url)) {
		throw new SluiceError("invalid_config", { detail: "A Redis address begins with redis:// or rediss://" });
	}
	const client = new Redis(url, {
		lazyConnect: true,
		connectTimeout: CONNECT_TIMEOUT_MS,
		retryStrategy: (times) => Math.min(times * 100, LONGEST_RETRY_MS),
		...(temper === "patient"
			? { maxRetriesPerRequest: null }
			: { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: COMMAND_TIMEOUT_MS }),
	});
	client.on("error", onError);
	keepCopies(client);
	try {
		await client.connect();
	} catch (cause) {
		client.disconnect();
		throw new SluiceError("queue_unavailable", { detail: "Redis could not be reached", cause });
	}
	return client;
}

/**
 * Ends a connection, politely where Redis is there to hear it, and all that were made after its pattern: BullMQ leaves its
 * own open where Redis goes away while it closes, and each of them would try to reconnect for ever.
 */
export async function disconnectRedis(client: Redis): Promise<void> {
	// a patient connection that is lost meanwhile would keep the command until Redis is back
	if (client.status === "ready") await withinFarewell(client.quit().catch(() => undefined));
	for (const each of [client, ...(COPIES.get(client) ?? [])]) each.disconnect();
}

/** Waits for what Redis may never answer, but not longer than a farewell may take. */
export async function withinFarewell(work: Promise<unknown>): Promise<void> {
	const over = new AbortController();
	try {
		await Promise.race([work, sleep(FAREWELL_MS, undefined, over).catch(() => undefined)]);
	} finally {
		over.abort();
	}
}

/** Keeps what is made after the client's pattern, so that it can be ended with it. */
function keepCopies(client: Redis): void {
	const copies: Redis[] = [];
	const duplicate = client.duplicate.bind(client);
	client.duplicate = (options) => {
		const copy = duplicate(options);
		copies.push(copy);
		return copy;
	};
	COPIES.set(client, copies);
}
