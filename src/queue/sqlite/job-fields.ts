/**
 * Changes single fields of a job: data, progress, log.
 */
import { ErrorCode } from "bullmq";
import { findJob, type JobRow } from "./job-row.ts";
import { refuse } from "./refusal.ts";
import type { Transaction } from "./transaction.ts";

function requireJob(transaction: Transaction, queue: string, asked: { jobId: string; command: string }): JobRow {
	const job = findJob(transaction.database, queue, asked.jobId);
	if (job === undefined) throw refuse(ErrorCode.JobNotExist, asked);
	return job;
}

/** Replaces a job's data, JSON text. */
export function updateData(transaction: Transaction, queue: string, change: { jobId: string; data: string }): void {
	const job = requireJob(transaction, queue, { jobId: change.jobId, command: "updateData" });
	transaction.database.run("update payload set data = ? where rid = ?", change.data, job.rid);
}

/** Stores and tells a job's progress, JSON text. */
export function updateProgress(
	transaction: Transaction,
	queue: string,
	change: { jobId: string; progress: string },
): void {
	const job = requireJob(transaction, queue, { jobId: change.jobId, command: "updateProgress" });
	transaction.database.run("update job set progress = ? where rid = ?", change.progress, job.rid);
	transaction.emit(queue, "event", "progress", "jobId", job.id, "data", change.progress);
}

/** Adds a line to a job's log, and keeps only the newest `keep` where given; gives the number of lines. */
export function addLog(
	transaction: Transaction,
	queue: string,
	entry: { jobId: string; line: string; keep: number | undefined },
): number {
	const { database } = transaction;
	const job = requireJob(transaction, queue, { jobId: entry.jobId, command: "addLog" });
	const last = database.get<{ n: number | null }>("select max(n) as n from log where rid = ?", job.rid)?.n ?? 0;
	database.run("insert into log (rid, n, line) values (?, ?, ?)", job.rid, last + 1, entry.line);
	if (entry.keep !== undefined) clearLog(transaction, queue, { jobId: job.id, keep: entry.keep });
	return database.get<{ n: number }>("select count(*) as n from log where rid = ?", job.rid)?.n ?? 0;
}

/** Removes a job's log but for the newest `keep` lines. */
export function clearLog(transaction: Transaction, queue: string, asked: { jobId: string; keep: number }): void {
	const { database } = transaction;
	const job = findJob(database, queue, asked.jobId);
	if (job === undefined) return;
	const last = database.get<{ n: number | null }>("select max(n) as n from log where rid = ?", job.rid)?.n ?? 0;
	database.run("delete from log where rid = ? and n <= ?", job.rid, last - asked.keep);
}
