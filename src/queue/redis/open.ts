/**
 * Queues in Redis, for several machines: BullMQ as it comes, over four connections of this process (producers, consumers,
 * one that listens to channels, and BullMQ's own blocking ones). Redis must not evict: `maxmemory-policy noeviction`.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createRedisBackend, Queue, QueueEvents, Worker } from "bullmq";
import type { Redis } from "ioredis";
import type { QueueBackend, QueueErrorListener } from "../backend.ts";
import { type Channels, createChannels } from "./channels.ts";
import { connectRedis, disconnectRedis, FAREWELL_MS, withinFarewell } from "./connection.ts";
import { reportUnavailable, toQueueError } from "./unavailable.ts";

const PREFIX = "sluice";

/** Opens queues in Redis; `queue_unavailable` where it cannot be reached within 5 s. */
export async function openRedisQueues(url: string, onError: QueueErrorListener): Promise<QueueBackend> {
	const producer = await connectRedis(url, "fail-fast", onError);
	const consumer = await connectRedis(url, "patient", onError).catch(async (error: unknown) => {
		producer.disconnect();
		throw error;
	});
	const queues = new Set<{ close(): Promise<void> }>();
	const workers = new Set<{ close(force: boolean): Promise<void> }>();
	let listening: Promise<{ channels: Channels; stop(): Promise<void> }> | undefined;
	const listen = async () => {
		const client = await connectRedis(url, "patient", onError);
		return { channels: createChannels(client, PREFIX, onError), stop: () => disconnectRedis(client) };
	};
	const shutDown = async () => {
		await Promise.all([...workers].map((worker) => worker.close(false)));
		// Closing QueueEvents waits for the end of a connection, which never comes while that is trying to reconnect.
		await withinFarewell(Promise.allSettled([...queues].map((queue) => queue.close())));
		await (await listening?.catch(() => undefined))?.stop();
		await Promise.all([disconnectRedis(producer), disconnectRedis(consumer)]);
	};
	let closing: Promise<void> | undefined;

	return {
		kind: "redis",
		queue<Data, Result>(name: string, settings = {}) {
			const queue = new Queue<Data, Result>(name, { ...settings, prefix: PREFIX, connection: producer }, (...args) =>
				reportUnavailable(createRedisBackend(...args)),
			);
			queue.on("error", onError);
			queues.add(queue);
			return queue;
		},
		worker(name, processor, settings = {}) {
			const worker = new Worker(name, processor, { ...settings, prefix: PREFIX, connection: consumer });
			worker.on("error", onError);
			const end = worker.close.bind(worker);
			const ended = Promise.withResolvers<void>();
			worker.close = (force) => endWorker(end, consumer, force).finally(ended.resolve);
			// the loop of one that was ended by force still waits for a Redis that may never come
			const run = worker.run.bind(worker);
			worker.run = () => Promise.race([run(), ended.promise]);
			workers.add(worker);
			return worker;
		},
		events(name) {
			const events = new QueueEvents(name, { prefix: PREFIX, connection: consumer, blockingTimeout: 5_000 });
			events.on("error", onError);
			queues.add(events);
			return events;
		},
		async publish(channel, message) {
			await producer.publish(`${PREFIX}:${channel}`, message).catch((error: unknown) => {
				throw toQueueError(error);
			});
		},
		async subscribe(channel, listener) {
			listening ??= listen().catch((error: unknown) => {
				listening = undefined;
				throw error;
			});
			return (await listening).channels.subscribe(channel, listener);
		},
		close() {
			closing ??= shutDown();
			return closing;
		},
	};
}

/** A worker whose Redis is gone, or goes meanwhile, could report nothing: it does not wait for what runs. */
async function endWorker(
	end: (force?: boolean) => Promise<void>,
	consumer: Redis,
	force: boolean | undefined,
): Promise<void> {
	const gone = new AbortController();
	const leave = (): void => gone.abort();
	consumer.once("close", leave);
	if (consumer.status !== "ready") leave();
	const over = new AbortController();
	const patience = once(gone.signal, "abort", { signal: over.signal })
		.then(() => sleep(FAREWELL_MS, undefined, { signal: over.signal }))
		.catch(() => undefined);
	try {
		if (gone.signal.aborted) await Promise.race([end(true), sleep(FAREWELL_MS, undefined, { signal: over.signal })]);
		else await Promise.race([end(force), patience]);
	} finally {
		over.abort();
		consumer.off("close", leave);
	}
}
