/**
 * One transaction as the operations see it: the file, the time, the queues' records and the events to tell. What it
 * collected is written just before the commit.
 */
import type { Database } from "./database.ts";
import { appendEvent, trimEvents } from "./events.ts";
import { listQueues, loadQueue, type QueueRecord, saveQueue } from "./queue-record.ts";

/** What operations of one transaction share. */
export interface Transaction {
	readonly database: Database;
	/** Unix time in ms, the same for all of the transaction. */
	readonly now: number;
	/** A queue's record; changes to it are saved by the commit. */
	queue(name: string): QueueRecord;
	/** Tells an event of a queue: alternating names and values. */
	emit(queue: string, ...fields: string[]): void;
	/** Work done once before the commit, however often it is asked for under one key. */
	defer(key: string, work: () => void): void;
}

/** A transaction that can be ended: `finish` writes what was collected and names the queues that were touched. */
export interface OpenTransaction extends Transaction {
	finish(): ReadonlySet<string>;
}

const DEFAULT_EVENTS_KEPT = 10_000;
const TRIM_EVERY = 1_000;

/** Begins to collect. The caller runs BEGIN and COMMIT. */
export function createTransaction(database: Database, now: number): OpenTransaction {
	const records = new Map<string, { record: QueueRecord; before: string }>();
	const deferred = new Map<string, () => void>();
	const touched = new Set<string>();

	const queue = (name: string): QueueRecord => {
		const known = records.get(name);
		if (known !== undefined) return known.record;
		touched.add(name);
		const record = loadQueue(database, name);
		records.set(name, { record, before: JSON.stringify(record) });
		return record;
	};
	return {
		database,
		now,
		queue,
		emit(name, ...fields) {
			touched.add(name);
			const id = appendEvent(database, name, fields);
			if (id % TRIM_EVERY !== 0) return;
			deferred.set("events", () => {
				for (const one of new Set([...listQueues(database), ...touched])) {
					trimEvents(database, one, Number(queue(one).meta["opts.maxLenEvents"] ?? DEFAULT_EVENTS_KEPT));
				}
			});
		},
		defer(key, work) {
			deferred.set(key, work);
		},
		finish() {
			for (const work of deferred.values()) work();
			for (const { record, before } of records.values()) {
				if (JSON.stringify(record) !== before) saveQueue(database, record);
			}
			return touched;
		},
	};
}
