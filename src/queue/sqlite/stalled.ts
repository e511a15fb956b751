/**
 * Takes over jobs whose holder vanished: their lock ran out. They go to the front of their line; one that stalled more
 * often than allowed carries a failure that the next worker reports (docs.bullmq.io/guide/workers/stalled-jobs).
 */
import type { Transaction } from "./transaction.ts";

/** Which queue to look after, how often at most for all its workers together, and how often a job may stall. */
export interface StalledCheck {
	readonly queue: string;
	readonly maxStalledCount: number;
	readonly intervalMs: number;
}

/** Puts jobs with a lock that ran out back in line; gives their ids. */
export function recoverStalled(transaction: Transaction, check: StalledCheck): string[] {
	const { database, now } = transaction;
	const queue = transaction.queue(check.queue);
	if (queue.stalledCheckUntil > now) return [];
	queue.stalledCheckUntil = now + check.intervalMs;
	const stalled = database.all<{ rid: number; id: string; stalled_count: number }>(
		`select rid, id, stalled_count from job where queue = ? and state = 'active' and lock_until <= ?
		order by priority desc, seq desc`,
		check.queue,
		now,
	);
	for (const job of stalled) {
		const count = job.stalled_count + 1;
		database.run(
			`update job set state = 'waiting', seq = ?, lock_token = null, lock_until = null, stalled_count = ?,
			deferred_failure = ? where rid = ?`,
			--queue.firstSeq,
			count,
			count > check.maxStalledCount ? "job stalled more than allowable limit" : null,
			job.rid,
		);
		transaction.emit(check.queue, "event", "waiting", "jobId", job.id, "prev", "active");
		transaction.emit(check.queue, "event", "stalled", "jobId", job.id);
	}
	return stalled.map((job) => job.id);
}
