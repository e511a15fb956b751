/**
 * Writes a new job into its place: delayed, or in line by priority, at the front where it is last-in-first-out.
 */
import type { JobJson } from "bullmq";
import type { Transaction } from "./transaction.ts";

/** A job to add; `id` is empty where the queue chooses one. */
export interface NewJob {
	readonly queue: string;
	readonly id: string;
	readonly json: Pick<JobJson, "name" | "data" | "opts" | "timestamp">;
}

/** Writes a job; its id must be free. */
export function insertJob(transaction: Transaction, { queue: name, id, json }: NewJob): void {
	const { database, now } = transaction;
	const queue = transaction.queue(name);
	const { delay = 0, priority = 0, lifo = false } = json.opts;
	const delayed = delay > 0;
	const seq = lifo && priority === 0 && !delayed ? --queue.firstSeq : ++queue.lastSeq;
	const processAt = delayed ? json.timestamp + delay : now;
	const rid = database.insert(
		`insert into job (queue, id, name, opts, state, priority, seq, added_on, delay, process_at, dedup_id)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		name,
		id,
		json.name,
		JSON.stringify(json.opts),
		delayed ? "delayed" : "waiting",
		priority,
		seq,
		json.timestamp,
		delay,
		processAt,
		json.opts.deduplication?.id ?? null,
	);
	database.insert("insert into payload (rid, data) values (?, ?)", rid, json.data);
	transaction.emit(name, "event", "added", "jobId", id, "name", json.name);
	if (delayed) transaction.emit(name, "event", "delayed", "jobId", id, "delay", String(processAt));
	else transaction.emit(name, "event", "waiting", "jobId", id);
}
