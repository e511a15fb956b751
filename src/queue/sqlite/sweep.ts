/**
 * Removes many jobs at once: drain, clean, obliterate; and single ones by id.
 */
import type { JobRow } from "./job-row.ts";
import { removeJobAndKey } from "./remove.ts";
import { toCondition } from "./states.ts";
import type { Transaction } from "./transaction.ts";

type Doomed = Pick<JobRow, "rid" | "id" | "dedup_id">;

function removeAll(transaction: Transaction, queue: string, jobs: readonly Doomed[]): void {
	for (const job of jobs) removeJobAndKey(transaction.database, queue, job);
}

/** Removes a job; false where there is none or a worker holds it. */
export function removeOne(transaction: Transaction, queue: string, jobId: string): boolean {
	const sql = "select rid, id, dedup_id, state, lock_until from job where queue = ? and id = ?";
	const job = transaction.database.get<JobRow>(sql, queue, jobId);
	if (job === undefined) return true;
	if (job.state === "active" && (job.lock_until ?? 0) > transaction.now) return false;
	removeAll(transaction, queue, [job]);
	transaction.emit(queue, "event", "removed", "jobId", jobId, "prev", job.state);
	return true;
}

/** Removes what waits, and what is delayed where asked. */
export function drain(transaction: Transaction, queue: string, delayed: boolean): void {
	transaction.queue(queue);
	for (const state of delayed ? ["waiting", "delayed"] : ["waiting"]) {
		const sql = `select rid, id, dedup_id from job where queue = ? and state = '${state}'`;
		removeAll(transaction, queue, transaction.database.all<Doomed>(sql, queue));
	}
}

/** Which jobs to clean: of a BullMQ state, last touched by a time (Unix ms), at most `limit` where that is not 0. */
export interface Cleaning {
	readonly queue: string;
	readonly state: string;
	readonly until: number;
	readonly limit: number;
}

/** Removes jobs of one state; jobs that a worker holds stay. Gives their ids. */
export function clean(transaction: Transaction, { queue, state, until, limit }: Cleaning): string[] {
	const condition = toCondition(state);
	if (condition === undefined) return [];
	const jobs = transaction.database.all<Doomed>(
		`select rid, id, dedup_id from job where queue = ? and ${condition}
		and coalesce(finished_on, processed_on, added_on) <= ? and (state <> 'active' or lock_until <= ?) limit ?`,
		queue,
		until,
		transaction.now,
		limit > 0 ? limit : -1,
	);
	removeAll(transaction, queue, jobs);
	if (jobs.length > 0) transaction.emit(queue, "event", "cleaned", "count", String(jobs.length));
	return jobs.map((job) => job.id);
}

/** Removes a paused queue, `count` jobs at a time: "more" until all are gone. */
export function obliterate(
	transaction: Transaction,
	name: string,
	{ count, force }: { count: number; force: boolean },
): "done" | "more" | "not-paused" | "active" {
	const { database } = transaction;
	const queue = transaction.queue(name);
	if (queue.meta.paused === undefined) return "not-paused";
	const runs = database.get("select 1 from job where queue = ? and state = 'active' limit 1", name);
	if (runs !== undefined && !force) return "active";
	const jobs = database.all<Doomed>("select rid, id, dedup_id from job where queue = ? limit ?", name, count);
	removeAll(transaction, name, jobs);
	if (jobs.length >= count) return "more";
	database.run("delete from dedup where queue = ?", name);
	database.run("delete from event where queue = ?", name);
	Object.assign(queue, { lastId: 0, lastSeq: 0, firstSeq: 0, limiterCount: 0, limiterUntil: 0, meta: {} });
	queue.stalledCheckUntil = 0;
	return "done";
}
