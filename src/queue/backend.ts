/**
 * Where queues live: one datastore behind BullMQ's Queue and Worker, and messages to whoever listens now. Redis for several
 * machines, SQLite for one. The only files that know which are the two folders beside this one.
 */
import type { Processor, Queue, QueueEvents, QueueOptions, Worker, WorkerOptions } from "bullmq";

/** Which datastore: a Redis address (`redis://…` or `rediss://…`), or the path of a SQLite file. */
export type QueueTarget = { readonly redis: string } | { readonly sqlite: string };

/** Hears what goes wrong in the background: a lost connection, a lost lock. */
export type QueueErrorListener = (error: Error) => void;

/** What callers choose of a queue; the backend adds its connection. */
export type QueueSettings = Omit<QueueOptions, "connection" | "prefix" | "skipVersionCheck">;
/** What callers choose of a worker. */
export type WorkerSettings = Omit<WorkerOptions, "connection" | "prefix" | "skipVersionCheck">;

/** One datastore that queues live in. Everything opened by it is closed by `close`. */
export interface QueueBackend {
	readonly kind: "redis" | "sqlite";
	/** A queue's producing side; calls fail fast as `queue_unavailable` where the datastore is away. */
	queue<Data, Result>(name: string, settings?: QueueSettings): Queue<Data, Result>;
	/** Starts a worker; a processor's job is BullMQ's. */
	worker<Data, Result>(
		name: string,
		processor: Processor<Data, Result>,
		settings?: WorkerSettings,
	): Worker<Data, Result>;
	events(name: string): QueueEvents;
	/** Tells those who listen on a channel now, in this and other processes; kept for nobody else. */
	publish(channel: string, message: string): Promise<void>;
	/** Resolves once listening; the function it gives ends that. */
	subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>;
	/** Waits for what runs, then closes workers, queues and connections. */
	close(): Promise<void>;
}
