/**
 * Puts jobs back in line: for another attempt, for later, or after they had finished.
 */
import { ErrorCode } from "bullmq";
import { promote } from "./claim.ts";
import { findJob, type JobRow } from "./job-row.ts";
import { type Held, requireHeld } from "./locks.ts";
import { refuse } from "./refusal.ts";
import type { Transaction } from "./transaction.ts";

/** What an attempt left behind. */
export interface Traces {
	readonly failedReason?: string | undefined;
	readonly stacktrace?: string | undefined;
}

function unlockInto(transaction: Transaction, job: JobRow, place: { state: "waiting" | "delayed"; seq: number }): void {
	const sql = "update job set state = ?, seq = ?, lock_token = null, lock_until = null where rid = ?";
	transaction.database.run(sql, place.state, place.seq, job.rid);
}

function storeTraces(transaction: Transaction, job: JobRow, traces: Traces): void {
	if (traces.failedReason === undefined && traces.stacktrace === undefined) return;
	transaction.database.run(
		"update job set failed_reason = ?, stacktrace = ? where rid = ?",
		traces.failedReason ?? job.failed_reason,
		traces.stacktrace ?? job.stacktrace,
		job.rid,
	);
}

/** Back in line for another attempt at once; at the front where `lifo`. */
export function retryActive(transaction: Transaction, held: Held, options: { lifo: boolean; traces: Traces }): void {
	const job = requireHeld(transaction, held);
	const queue = transaction.queue(held.queue);
	unlockInto(transaction, job, { state: "waiting", seq: options.lifo ? --queue.firstSeq : ++queue.lastSeq });
	transaction.database.run("update job set attempts_made = attempts_made + 1 where rid = ?", job.rid);
	storeTraces(transaction, job, options.traces);
	transaction.emit(held.queue, "event", "waiting", "jobId", job.id, "prev", "active");
}

/** Back to the front of its line, as if it had not been taken. */
export function putBack(transaction: Transaction, held: Held): void {
	const job = requireHeld(transaction, held);
	unlockInto(transaction, job, { state: "waiting", seq: --transaction.queue(held.queue).firstSeq });
	transaction.emit(held.queue, "event", "waiting", "jobId", job.id, "prev", "active");
}

/** Out of line until a time, Unix ms. */
export function delayActive(
	transaction: Transaction,
	held: Held,
	options: { delayMs: number; processAt: number; skipAttempt: boolean; traces: Traces },
): void {
	const job = requireHeld(transaction, held);
	unlockInto(transaction, job, { state: "delayed", seq: ++transaction.queue(held.queue).lastSeq });
	transaction.database.run(
		"update job set delay = ?, process_at = ?, attempts_made = attempts_made + ? where rid = ?",
		options.delayMs,
		options.processAt,
		options.skipAttempt ? 0 : 1,
		job.rid,
	);
	storeTraces(transaction, job, options.traces);
	transaction.emit(held.queue, "event", "delayed", "jobId", job.id, "delay", String(options.processAt));
}

function requireState(transaction: Transaction, asked: Omit<Held, "token"> & { state: string }): JobRow {
	const job = findJob(transaction.database, asked.queue, asked.jobId);
	if (job === undefined) throw refuse(ErrorCode.JobNotExist, asked);
	if (job.state !== asked.state) throw refuse(ErrorCode.JobNotInState, asked);
	return job;
}

/** A delayed job in line at once. */
export function promoteNow(transaction: Transaction, queue: string, jobId: string): void {
	promote(transaction, queue, requireState(transaction, { queue, jobId, command: "promote", state: "delayed" }));
}

/** A delayed job due `delayMs` from now. */
export function changeDelay(transaction: Transaction, queue: string, change: { jobId: string; delayMs: number }): void {
	const job = requireState(transaction, { queue, jobId: change.jobId, command: "changeDelay", state: "delayed" });
	const at = transaction.now + change.delayMs;
	const seq = ++transaction.queue(queue).lastSeq;
	const sql = "update job set delay = ?, process_at = ?, seq = ? where rid = ?";
	transaction.database.run(sql, change.delayMs, at, seq, job.rid);
	transaction.emit(queue, "event", "delayed", "jobId", job.id, "delay", String(at));
}

/** Another priority; a waiting job goes to the end of that line, or to its front where `lifo`. */
export function changePriority(
	transaction: Transaction,
	queue: string,
	change: { jobId: string; priority: number; lifo: boolean },
): void {
	const job = findJob(transaction.database, queue, change.jobId);
	if (job === undefined) throw refuse(ErrorCode.JobNotExist, { jobId: change.jobId, command: "changePriority" });
	const record = transaction.queue(queue);
	const seq = change.lifo ? --record.firstSeq : ++record.lastSeq;
	transaction.database.run("update job set priority = ?, seq = ? where rid = ?", change.priority, seq, job.rid);
}

/** How a finished job starts again. */
export interface Again {
	readonly state: "completed" | "failed";
	readonly lifo: boolean;
	readonly resetAttemptsMade: boolean;
	readonly resetAttemptsStarted: boolean;
}

/** A finished job in line again. */
export function retryFinished(transaction: Transaction, queue: string, again: Again & { jobId: string }): void {
	const { jobId, state } = again;
	const job = requireState(transaction, { queue, jobId, command: "reprocessJob", state });
	startAgain(transaction, queue, { ...again, job });
}

/** Finished jobs up to a time (Unix ms) in line again; 1 where there may be more. */
export function retryMany(
	transaction: Transaction,
	queue: string,
	asked: { state: "completed" | "failed"; count: number; until: number },
): number {
	const jobs = transaction.database.all<JobRow>(
		`select * from job where queue = ? and state = '${asked.state}' and finished_on <= ? order by finished_on limit ?`,
		queue,
		asked.until,
		asked.count,
	);
	const again = { state: asked.state, lifo: false, resetAttemptsMade: false, resetAttemptsStarted: false };
	for (const job of jobs) startAgain(transaction, queue, { ...again, job });
	return jobs.length < asked.count ? 0 : 1;
}

function startAgain(transaction: Transaction, queue: string, again: Again & { job: JobRow }): void {
	const { job, state } = again;
	const record = transaction.queue(queue);
	transaction.database.run(
		`update job set state = 'waiting', seq = ?, finished_on = null, processed_on = null, attempts_made = ?,
		attempts_started = ?, return_value = ?, failed_reason = ? where rid = ?`,
		again.lifo ? --record.firstSeq : ++record.lastSeq,
		again.resetAttemptsMade ? 0 : job.attempts_made,
		again.resetAttemptsStarted ? 0 : job.attempts_started,
		state === "completed" ? null : job.return_value,
		state === "failed" ? null : job.failed_reason,
		job.rid,
	);
	transaction.emit(queue, "event", "waiting", "jobId", job.id, "prev", state);
}

/** Delayed jobs in line at once, up to a count; 1 where there may be more. */
export function promoteMany(transaction: Transaction, queue: string, count: number): number {
	const sql = "select rid, id from job where queue = ? and state = 'delayed' order by process_at, seq limit ?";
	const jobs = transaction.database.all<{ rid: number; id: string }>(sql, queue, count);
	for (const job of jobs) promote(transaction, queue, job);
	return jobs.length < count ? 0 : 1;
}
