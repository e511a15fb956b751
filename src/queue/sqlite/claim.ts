/**
 * Gives a worker its next job: promotes what is due, minds pause, global concurrency and rate limit, takes the first in
 * line by priority and place, and locks it. The index over waiting jobs gives that one in logarithmic time.
 */
import type { JobJson } from "bullmq";
import { type JobRow, readData, toJobJson } from "./job-row.ts";
import { isOpen, type QueueRecord } from "./queue-record.ts";
import type { Transaction } from "./transaction.ts";

const PROMOTED_AT_ONCE = 1000;

/** Who asks for a job, and under which limits. */
export interface Claimant {
	readonly queue: string;
	readonly token: string;
	readonly workerName: string | undefined;
	readonly lockDurationMs: number;
	readonly limiter: { readonly max: number; readonly duration: number } | undefined;
}

/** BullMQ's answer to "next job?": job and id; or how long the rate limit lasts (ms); or when the next delayed job is due. */
export type NextJob = [job: JobJson | null, id: string, limitedForMs: number, delayedUntil: number];

/** Puts delayed jobs that are due in line. */
export function promoteDue(transaction: Transaction, name: string): void {
	const { database, now } = transaction;
	const due = database.all<{ rid: number; id: string }>(
		`select rid, id from job where queue = ? and state = 'delayed' and process_at <= ? order by process_at, seq
		limit ${PROMOTED_AT_ONCE}`,
		name,
		now,
	);
	for (const job of due) promote(transaction, name, job);
}

/** Puts one delayed job in line. */
export function promote(transaction: Transaction, name: string, job: { rid: number; id: string }): void {
	const seq = ++transaction.queue(name).lastSeq;
	transaction.database.run("update job set state = 'waiting', delay = 0, seq = ? where rid = ?", seq, job.rid);
	transaction.emit(name, "event", "waiting", "jobId", job.id, "prev", "delayed");
}

/** How long the rate limit lasts, in ms; 0 where there is room in its window. */
export function limitedFor(queue: QueueRecord, max: number | undefined, now: number): number {
	if (max === undefined || queue.limiterCount < max) return 0;
	return Math.max(queue.limiterUntil - now, 0);
}

/** When the next delayed job of a queue is due, Unix ms. */
export function nextDelayed(database: Transaction["database"], queue: string): number | undefined {
	const sql = "select process_at from job where queue = ? and state = 'delayed' order by process_at limit 1";
	return database.get<{ process_at: number }>(sql, queue)?.process_at;
}

/** The first waiting job of a queue. */
export function firstWaiting(database: Transaction["database"], queue: string): JobRow | undefined {
	const sql = "select * from job where queue = ? and state = 'waiting' order by priority, seq limit 1";
	return database.get<JobRow>(sql, queue);
}

/** Takes the next job, if one may be taken now. */
export function claim(transaction: Transaction, claimant: Claimant): NextJob {
	const { database, now } = transaction;
	promoteDue(transaction, claimant.queue);
	const queue = transaction.queue(claimant.queue);
	const max = queue.meta.max === undefined ? claimant.limiter?.max : Number(queue.meta.max);
	const limited = limitedFor(queue, max, now);
	if (limited > 0) return [null, "", limited, 0];
	if (!isOpen(database, queue)) return [null, "", 0, 0];
	const job = firstWaiting(database, claimant.queue);
	if (job === undefined) return [null, "", 0, nextDelayed(database, claimant.queue) ?? 0];
	if (max !== undefined && job.deferred_failure === null) {
		countInWindow(queue, claimant.limiter?.duration ?? Number(queue.meta.duration ?? 0), now);
	}
	return [lock(transaction, claimant, job), job.id, 0, 0];
}

function countInWindow(queue: QueueRecord, durationMs: number, now: number): void {
	if (queue.limiterUntil <= now) {
		queue.limiterCount = 0;
		queue.limiterUntil = now + Math.floor(Math.abs(durationMs));
	}
	queue.limiterCount += 1;
}

function lock(transaction: Transaction, claimant: Claimant, job: JobRow): JobJson {
	const { database, now } = transaction;
	const processedBy = claimant.workerName ?? job.processed_by;
	database.run(
		`update job set state = 'active', lock_token = ?, lock_until = ?, processed_on = ?, processed_by = ?,
		attempts_started = attempts_started + 1 where rid = ?`,
		claimant.token,
		now + claimant.lockDurationMs,
		now,
		processedBy,
		job.rid,
	);
	transaction.emit(claimant.queue, "event", "active", "jobId", job.id, "prev", "waiting");
	return toJobJson({
		...job,
		data: readData(database, job.rid),
		attempts_started: job.attempts_started + 1,
		processed_on: now,
		processed_by: processedBy,
	});
}
