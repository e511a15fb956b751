/**
 * Locks: whoever holds a job's token may decide about it. A lock that ran out still counts until somebody else takes the
 * job over; then the old holder is refused.
 */
import { ErrorCode } from "bullmq";
import { findJob, type JobRow } from "./job-row.ts";
import { refuse } from "./refusal.ts";
import type { Transaction } from "./transaction.ts";

/** Whose job, by which right, for what. `token` "0" is BullMQ's for "without a lock". */
export interface Held {
	readonly queue: string;
	readonly jobId: string;
	readonly token: string;
	readonly command: string;
}

/** The active job that the token holds; refuses where there is none. */
export function requireHeld(transaction: Transaction, { queue, jobId, token, command }: Held): JobRow {
	const job = findJob(transaction.database, queue, jobId);
	const refused = { jobId, command, state: "active" };
	if (job === undefined) throw refuse(ErrorCode.JobNotExist, refused);
	if (token !== "0" && job.lock_token !== token) {
		throw refuse(job.lock_token === null ? ErrorCode.JobLockNotExist : ErrorCode.JobLockMismatch, refused);
	}
	if (job.state !== "active") throw refuse(ErrorCode.JobNotInState, refused);
	return job;
}

/** Makes a lock last from now; false where the token does not hold the job. */
export function extendLock(transaction: Transaction, held: Held, durationMs: number): boolean {
	const { database, now } = transaction;
	const sql = "update job set lock_until = ? where queue = ? and id = ? and state = 'active' and lock_token = ?";
	return database.run(sql, now + durationMs, held.queue, held.jobId, held.token) > 0;
}
