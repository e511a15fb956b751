/** A connection to Redis for others than queues, who keep few and small things there. */
import type { QueueErrorListener } from "../backend.ts";
import { connectRedis, disconnectRedis } from "./connection.ts";

/** An open connection. */
export interface RedisClient {
	/** ioredis' own; its commands fail fast where Redis is away. */
	readonly client: object;
	close(): Promise<void>;
}

/** `queue_unavailable` where Redis cannot be reached within 5 s. */
export async function openRedisClient(url: string, onError: QueueErrorListener): Promise<RedisClient> {
	const client = await connectRedis(url, "fail-fast", onError);
	return { client, close: () => disconnectRedis(client) };
}
