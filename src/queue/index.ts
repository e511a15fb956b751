/**
 * The queue room: opens a datastore, and BullMQ's own classes and types for those who work with its jobs.
 */
export {
	DelayedError,
	Job,
	type JobState,
	type JobsOptions,
	type Processor,
	Queue,
	QueueEvents,
	RateLimitError,
	UnrecoverableError,
	Worker,
} from "bullmq";
export type { QueueBackend, QueueErrorListener, QueueSettings, QueueTarget, WorkerSettings } from "./backend.ts";
export { openQueueBackend } from "./open-backend.ts";
export { openRedisClient, type RedisClient } from "./redis/client.ts";
