/**
 * What a queue knows of itself: its counters, its rate-limit window, its settings. A transaction reads it once and writes
 * it back once, however many calls share the transaction.
 */
import type { Database } from "./database.ts";

/** A queue's row; `meta` holds what BullMQ stores under names of its own (`paused`, `concurrency`, `max` ...). */
export interface QueueRecord {
	readonly name: string;
	lastId: number;
	/** Place of the last job in line, and of the first: jobs that go back to the front count downwards. */
	lastSeq: number;
	firstSeq: number;
	limiterCount: number;
	/** Unix time in ms. */
	limiterUntil: number;
	stalledCheckUntil: number;
	meta: Record<string, string>;
}

interface Row {
	name: string;
	last_id: number;
	last_seq: number;
	first_seq: number;
	limiter_count: number;
	limiter_until: number;
	stalled_check_until: number;
	meta: string;
}

/** A queue's record; a fresh one where there is none yet. */
export function loadQueue(database: Database, name: string): QueueRecord {
	const row = database.get<Row>("select * from queue where name = ?", name);
	return {
		name,
		lastId: row?.last_id ?? 0,
		lastSeq: row?.last_seq ?? 0,
		firstSeq: row?.first_seq ?? 0,
		limiterCount: row?.limiter_count ?? 0,
		limiterUntil: row?.limiter_until ?? 0,
		stalledCheckUntil: row?.stalled_check_until ?? 0,
		meta: row === undefined ? {} : JSON.parse(row.meta),
	};
}

/** Names of all queues of a file. */
export function listQueues(database: Database): string[] {
	return database.all<{ name: string }>("select name from queue").map((row) => row.name);
}

/** Writes a record back. */
export function saveQueue(database: Database, queue: QueueRecord): void {
	database.run(
		"insert or replace into queue values (?, ?, ?, ?, ?, ?, ?, ?)",
		queue.name,
		queue.lastId,
		queue.lastSeq,
		queue.firstSeq,
		queue.limiterCount,
		queue.limiterUntil,
		queue.stalledCheckUntil,
		JSON.stringify(queue.meta),
	);
}

/** Whether workers may take jobs: not paused, and fewer active than the global concurrency. */
export function isOpen(database: Database, queue: QueueRecord): boolean {
	return queue.meta.paused === undefined && !isMaxed(database, queue);
}

/** Whether as many jobs are active as the global concurrency allows. */
export function isMaxed(database: Database, queue: QueueRecord): boolean {
	const { concurrency } = queue.meta;
	if (concurrency === undefined) return false;
	const row = database.get<{ n: number }>(
		"select count(*) as n from job where queue = ? and state = 'active'",
		queue.name,
	);
	return (row?.n ?? 0) >= Number(concurrency);
}
