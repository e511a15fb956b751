/**
 * BullMQ's datastore interface over one queue of a SQLite file, put together from its sides. The annotated type makes the
 * compiler say so when a later BullMQ asks for more.
 */
import { EventEmitter } from "node:events";
import type { BackendFactory, IQueueBackend, KeysMap } from "bullmq";
import { createConsuming, type WorkerLimits } from "./consuming.ts";
import type { SqliteFile } from "./file.ts";
import { createJobCalls } from "./job-calls.ts";
import { createProducing } from "./producing.ts";
import { createQueueSettings } from "./queue-settings.ts";
import { createReading } from "./reading.ts";
import { toUnsupported, UNSUPPORTED } from "./unsupported.ts";
import { createWaits } from "./waiting.ts";

type Naming = Pick<
	IQueueBackend,
	"qualifiedName" | "keys" | "toKey" | "parseNodeKey" | "clientName" | "minimumBlockTimeout" | "maximumBlockTimeout"
>;

function createNaming(queue: string): Naming {
	return {
		qualifiedName: queue,
		keys: {} as KeysMap,
		toKey: (type) => `${queue}:${type}`,
		parseNodeKey(key) {
			const colon = key.lastIndexOf(":");
			return { prefix: "", queueName: key.slice(0, colon), id: key.slice(colon + 1) };
		},
		clientName: (suffix = "") => `${queue}${suffix}`,
		minimumBlockTimeout: 0.001,
		maximumBlockTimeout: 10,
	};
}

/** A backend for one queue. The file stays open when it closes: others share it. */
export function createBackend(file: SqliteFile, queue: string, limits: WorkerLimits): IQueueBackend {
	const { interrupt, ...waits } = createWaits(file, queue);
	const emitter = new EventEmitter();
	let closing: Promise<void> | undefined;
	return {
		...createNaming(queue),
		...createProducing(file, queue),
		...createConsuming(file, queue, limits),
		...createJobCalls(file, queue),
		...createQueueSettings(file, queue),
		...createReading(file, queue),
		...UNSUPPORTED,
		...waits,
		get closing() {
			return closing;
		},
		waitUntilReady: async () => {},
		async close() {
			interrupt();
			closing ??= Promise.resolve();
			return closing;
		},
		disconnect: async () => interrupt(),
		setName: async () => {},
		on(event, listener) {
			emitter.on(event, listener);
			return this;
		},
		once(event, listener) {
			emitter.once(event, listener);
			return this;
		},
		removeListener(event, listener) {
			emitter.removeListener(event, listener);
			return this;
		},
		forQueue: (name) => createBackend(file, name, limits),
	};
}

/** The factory that BullMQ's classes take. */
export function createBackendFactory(file: SqliteFile): BackendFactory<IQueueBackend, SqliteFile> {
	return (queue, options) => {
		if ("metrics" in options && options.metrics !== undefined) throw toUnsupported("The worker option metrics");
		const limits = options as WorkerLimits;
		return createBackend(file, queue, limits);
	};
}
