/**
 * Ends a job: completed or failed, kept or removed as its options say.
 */
import type { KeepJobs } from "bullmq";
import { releaseKey } from "./deduplication.ts";
import { insertJob } from "./insert.ts";
import type { JobRow } from "./job-row.ts";
import { type Held, requireHeld } from "./locks.ts";
import { removeJob } from "./remove.ts";
import { keepWithin, toRetention } from "./retention.ts";
import type { Transaction } from "./transaction.ts";

/** How a job ended. `value` is JSON text for a completed job, the reason for a failed one. */
export interface Ending extends Held {
	readonly state: "completed" | "failed";
	readonly value: string;
	readonly stacktrace: string | undefined;
	readonly keep: boolean | number | KeepJobs | undefined;
	/** How often the job may be tried. */
	readonly attempts: number;
}

/** Ends a job; refuses where the token does not hold it. */
export function finishJob(transaction: Transaction, ending: Ending): void {
	const job = requireHeld(transaction, ending);
	const { queue, state, value } = ending;
	const retention = toRetention(ending.keep);
	if (retention.count === 0) removeJob(transaction.database, job.rid);
	else storeEnding(transaction, ending, job);
	if (retention.count !== undefined || retention.ageSeconds !== undefined) {
		const key = `${queue}:${state}:${JSON.stringify(retention)}`;
		transaction.defer(key, () => keepWithin(transaction, { queue, state }, retention));
	}
	const next = releaseKey(transaction, queue, job);
	if (next !== undefined) insertJob(transaction, next);
	const field = state === "completed" ? "returnvalue" : "failedReason";
	transaction.emit(queue, "event", state, "jobId", job.id, field, value, "prev", "active");
	const attemptsMade = job.attempts_made + 1;
	if (state === "failed" && attemptsMade >= ending.attempts) {
		transaction.emit(queue, "event", "retries-exhausted", "jobId", job.id, "attemptsMade", String(attemptsMade));
	}
}

function storeEnding({ database, now }: Transaction, ending: Ending, job: JobRow): void {
	const completed = ending.state === "completed";
	database.run(
		`update job set state = ?, finished_on = ?, attempts_made = attempts_made + 1, lock_token = null,
		lock_until = null, return_value = ?, failed_reason = ?, stacktrace = ?, deferred_failure = null where rid = ?`,
		ending.state,
		now,
		completed ? ending.value : null,
		completed ? job.failed_reason : ending.value,
		ending.stacktrace ?? job.stacktrace,
		job.rid,
	);
}

/** Says `drained` where a queue has nothing waiting and nothing active. */
export function tellDrained(transaction: Transaction, queue: string): void {
	const { database } = transaction;
	const waits = database.get("select 1 from job where queue = ? and state = 'waiting' limit 1", queue);
	const runs = database.get("select 1 from job where queue = ? and state = 'active' limit 1", queue);
	if (waits === undefined && runs === undefined) transaction.emit(queue, "event", "drained");
}
