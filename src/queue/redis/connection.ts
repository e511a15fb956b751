/**
 * Connections to Redis. Two tempers: a producer's fails fast, so that a caller hears at once that nothing was queued; a
 * consumer's waits for Redis to come back, because a worker has nothing better to do.
 */
import { Redis } from "ioredis";
import { SluiceError } from "../../errors.ts";

/** How a connection behaves while Redis is away. */
export type Temper = "fail-fast" | "patient";

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 10_000;
const LONGEST_RETRY_MS = 2_000;

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
	try {
		await client.connect();
	} catch (cause) {
		client.disconnect();
		throw new SluiceError("queue_unavailable", { detail: "Redis could not be reached", cause });
	}
	return client;
}

/** Ends a connection: politely where Redis is there to hear it. */
export async function disconnectRedis(client: Redis): Promise<void> {
	if (client.status === "ready") {
		try {
			await client.quit();
			return;
		} catch {
			// it went away meanwhile: nothing is left to say goodbye to
		}
	}
	client.disconnect();
}
