/**
 * What every case of the queue suite starts from: a datastore, connections to it that are closed whatever happens, and
 * waits for what workers and events say.
 */
import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import test from "node:test";
import { openQueueBackend, type QueueBackend, type QueueTarget } from "../../../src/queue/index.ts";

/** A datastore under test. */
export interface Store {
	readonly name: string;
	readonly target: QueueTarget;
}

/** A case's own room in a datastore: connections as different processes would have them, and a queue name of its own. */
export interface Room {
	readonly name: string;
	readonly backend: QueueBackend;
	/** Another connection, as another process would have. */
	another(): Promise<QueueBackend>;
}

/** A case of the suite: a guarantee in words, and how it is seen. */
export type Case = (store: Store) => void;

/** Defines a case. */
export function guarantee(words: string, check: (room: Room) => Promise<void>): Case {
	return (store) => {
		test(`${store.name}: ${words}`, async () => {
			const opened: QueueBackend[] = [];
			const open = async () => {
				const backend = await openQueueBackend(store.target);
				opened.push(backend);
				return backend;
			};
			try {
				await check({ name: `q-${randomUUID()}`, backend: await open(), another: open });
			} finally {
				await Promise.all(opened.map((backend) => backend.close()));
			}
		});
	};
}

/** The first argument of an event, the next `count` times; rejects after 10 s. */
export function heard<Value>(emitter: EventEmitter, event: string, count = 1): Promise<Value[]> {
	return new Promise((resolve, reject) => {
		const values: Value[] = [];
		const timer = setTimeout(() => {
			reject(new Error(`"${event}" was heard ${values.length} times of ${count}`));
		}, 10_000);
		const listen = (value: Value) => {
			values.push(value);
			if (values.length < count) return;
			clearTimeout(timer);
			emitter.off(event, listen);
			resolve(values);
		};
		emitter.on(event, listen);
	});
}

/** A promise with its handles. */
export function gate(): { opened: Promise<void>; open(): void } {
	const { promise, resolve } = Promise.withResolvers<void>();
	return { opened: promise, open: resolve };
}
