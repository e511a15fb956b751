/**
 * Deduplication by a key of the caller's (docs.bullmq.io/guide/jobs/deduplication). A key without a lifetime stands until
 * its job finishes or is removed; one with a lifetime stands that long. `replace`, `extend`, `reschedule` and
 * `keepLastIfActive` follow BullMQ's scripts for Redis.
 */
import type { DeduplicationOptions } from "bullmq";
import type { NewJob } from "./insert.ts";
import { findJob, type JobRow } from "./job-row.ts";
import { removeJob } from "./remove.ts";
import type { Transaction } from "./transaction.ts";

interface Key {
	readonly job_id: string;
	readonly expires_at: number | null;
}

/** The key's holder, if it has not expired. */
export function findKey(transaction: Transaction, queue: string, id: string): Key | undefined {
	const { database, now } = transaction;
	const key = database.get<Key>("select job_id, expires_at from dedup where queue = ? and id = ?", queue, id);
	return key === undefined || (key.expires_at !== null && key.expires_at <= now) ? undefined : key;
}

/** Removes a key; gives the number removed. */
export function deleteKey(transaction: Transaction, queue: string, id: string): number {
	return transaction.database.run("delete from dedup where queue = ? and id = ?", queue, id);
}

function setKey(transaction: Transaction, queue: string, jobId: string, options: DeduplicationOptions): void {
	const lives = options.ttl !== undefined && options.ttl > 0 && options.keepLastIfActive !== true;
	transaction.database.run(
		"insert or replace into dedup (queue, id, job_id, expires_at) values (?, ?, ?, ?)",
		queue,
		options.id,
		jobId,
		lives ? transaction.now + (options.ttl ?? 0) : null,
	);
}

function tell(transaction: Transaction, job: NewJob, standing: string): void {
	const id = job.json.opts.deduplication?.id ?? "";
	const fields = ["jobId", standing, "deduplicationId", id, "deduplicatedJobId", job.id];
	transaction.emit(job.queue, "event", "deduplicated", ...fields);
}

/** The id of the job that stands for this one; undefined where this one is to be added. */
export function deduplicate(transaction: Transaction, job: NewJob): string | undefined {
	const options = job.json.opts.deduplication;
	if (options === undefined) return undefined;
	const { database } = transaction;
	const key = findKey(transaction, job.queue, options.id);
	const standing = key === undefined ? undefined : findJob(database, job.queue, key.job_id);
	// A key that outlives its job without a lifetime of its own is left over.
	const stale = key !== undefined && key.expires_at === null && standing === undefined;
	if (key === undefined || stale) {
		setKey(transaction, job.queue, job.id, options);
		return undefined;
	}
	if (options.replace === true && standing?.state === "delayed") {
		replaceDelayed(transaction, job, { key, standing });
		return undefined;
	}
	if (options.keepLastIfActive === true && standing?.state === "active") {
		database.run(
			"update dedup set next = ?, expires_at = null where queue = ? and id = ?",
			JSON.stringify(job),
			job.queue,
			options.id,
		);
	} else if (options.replace !== true) {
		if (options.extend === true && (options.ttl ?? 0) > 0) setKey(transaction, job.queue, key.job_id, options);
		if (options.reschedule === true && standing?.state === "delayed") reschedule(transaction, job, standing);
	}
	tell(transaction, job, key.job_id);
	return key.job_id;
}

function replaceDelayed(transaction: Transaction, job: NewJob, old: { key: Key; standing: JobRow }): void {
	const options = job.json.opts.deduplication;
	if (options === undefined) return;
	const { database } = transaction;
	removeJob(database, old.standing.rid);
	setKey(transaction, job.queue, job.id, options);
	if (options.extend !== true && old.key.expires_at !== null) {
		const sql = "update dedup set expires_at = ? where queue = ? and id = ?";
		database.run(sql, old.key.expires_at, job.queue, options.id);
	}
	transaction.emit(job.queue, "event", "removed", "jobId", old.standing.id, "prev", "delayed");
	const fields = ["jobId", job.id, "deduplicationId", options.id, "deduplicatedJobId", old.standing.id];
	transaction.emit(job.queue, "event", "deduplicated", ...fields);
}

function reschedule(transaction: Transaction, job: NewJob, standing: JobRow): void {
	const delay = job.json.opts.delay ?? 0;
	const at = job.json.timestamp + delay;
	transaction.database.run("update job set delay = ?, process_at = ? where rid = ?", delay, at, standing.rid);
	transaction.emit(job.queue, "event", "delayed", "jobId", standing.id, "delay", String(at));
}

/**
 * Ends a finished job's hold on its key, and gives the job that waited for it to finish, if any. A key with a lifetime
 * stands until that is over.
 */
export function releaseKey(transaction: Transaction, queue: string, job: JobRow): NewJob | undefined {
	if (job.dedup_id === null) return undefined;
	const { database, now } = transaction;
	const key = database.get<Key & { next: string | null }>(
		"select job_id, expires_at, next from dedup where queue = ? and id = ?",
		queue,
		job.dedup_id,
	);
	if (key === undefined || key.job_id !== job.id) return undefined;
	if (key.expires_at === null || key.expires_at <= now) deleteKey(transaction, queue, job.dedup_id);
	if (key.next === null) return undefined;
	const next: NewJob = JSON.parse(key.next);
	if (next.json.opts.deduplication !== undefined) setKey(transaction, queue, next.id, next.json.opts.deduplication);
	return next;
}
