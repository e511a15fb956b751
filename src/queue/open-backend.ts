/**
 * Opens the datastore that queues live in; the one place that knows both kinds.
 */
import type { QueueBackend, QueueErrorListener, QueueTarget } from "./backend.ts";
import { openRedisQueues } from "./redis/open.ts";
import { openSqliteQueues } from "./sqlite/open.ts";

/**
 * Opens a datastore for queues. `onError` hears what goes wrong in the background (a lost connection, a lost lock); calls
 * report their own failures. `queue_unavailable` where it cannot be reached or opened.
 */
export async function openQueueBackend(
	target: QueueTarget,
	onError: QueueErrorListener = () => undefined,
): Promise<QueueBackend> {
	return "redis" in target ? openRedisQueues(target.redis, onError) : openSqliteQueues(target.sqlite, onError);
}
