/**
 * Queues in one SQLite file, for one machine: BullMQ's own Queue, Worker and QueueEvents over the backend beside this
 * file. Several processes may open the same file; it must lie on a local disk.
 */
import { type Processor, Queue, QueueEvents, Worker } from "bullmq";
import type { QueueBackend, QueueErrorListener, QueueSettings, WorkerSettings } from "../backend.ts";
import { createBackendFactory } from "./backend.ts";
import { openFile } from "./file.ts";

/** Opens queues in a file, made where there is none; `queue_unavailable` where it cannot be opened. */
export async function openSqliteQueues(path: string, onError: QueueErrorListener): Promise<QueueBackend> {
	const file = await openFile(path, onError);
	// BullMQ types its classes by their backend; callers see the same classes for either datastore.
	const factory = createBackendFactory(file) as never;
	const connection = file as never;
	const queues = new Set<{ close(): Promise<void> }>();
	const workers = new Set<{ close(): Promise<void> }>();
	const shutDown = async () => {
		await Promise.all([...workers].map((worker) => worker.close()));
		await Promise.all([...queues].map((queue) => queue.close()));
		file.close();
	};
	let closing: Promise<void> | undefined;
	return {
		kind: "sqlite",
		queue<Data, Result>(name: string, settings: QueueSettings = {}) {
			const queue = new Queue<Data, Result>(name, { ...settings, connection }, factory);
			queue.on("error", onError);
			queues.add(queue);
			return queue;
		},
		worker<Data, Result>(name: string, processor: Processor<Data, Result>, settings: WorkerSettings = {}) {
			const worker = new Worker<Data, Result>(name, processor, { ...settings, connection }, factory);
			worker.on("error", onError);
			workers.add(worker);
			return worker;
		},
		events(name) {
			const events = new QueueEvents(name, { connection }, factory);
			events.on("error", onError);
			queues.add(events);
			return events;
		},
		publish: (channel, message) => file.messages.publish(channel, message),
		async subscribe(channel, listener) {
			const stop = file.messages.subscribe(channel, listener);
			return async () => stop();
		},
		close() {
			closing ??= shutDown();
			return closing;
		},
	};
}
