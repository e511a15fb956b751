/**
 * Adds jobs: an id of its own where the caller gave none, nothing new where the id is there already or where
 * deduplication says so (docs.bullmq.io/guide/jobs/job-ids, .../deduplication).
 */
import { deduplicate } from "./deduplication.ts";
import { insertJob, type NewJob } from "./insert.ts";
import { findJob } from "./job-row.ts";
import type { Transaction } from "./transaction.ts";

/** Adds a job; gives the id of the job that now stands for it. */
export function addJob(transaction: Transaction, job: NewJob): string {
	const queue = transaction.queue(job.queue);
	queue.lastId += 1;
	const id = job.id === "" ? String(queue.lastId) : job.id;
	if (job.id !== "" && findJob(transaction.database, job.queue, id) !== undefined) {
		transaction.emit(job.queue, "event", "duplicated", "jobId", id);
		return id;
	}
	const standing = deduplicate(transaction, { ...job, id });
	if (standing !== undefined) return standing;
	insertJob(transaction, { ...job, id });
	return id;
}
