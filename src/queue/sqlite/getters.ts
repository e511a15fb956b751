/**
 * Reads: states, counts, ranges of ids, results, logs. Nothing here writes.
 */
import type { JobJson, JobState } from "bullmq";
import type { Database } from "./database.ts";
import { findJob, readData, toJobJson } from "./job-row.ts";
import { toCondition, toOrder } from "./states.ts";

/** The job as BullMQ's classes take it. */
export function readJob(database: Database, queue: string, id: string): JobJson | undefined {
	const job = findJob(database, queue, id);
	return job === undefined ? undefined : toJobJson({ ...job, data: readData(database, job.rid) });
}

/** A job's state. */
export function readState(database: Database, queue: string, id: string): JobState | "unknown" {
	const job = findJob(database, queue, id);
	if (job === undefined) return "unknown";
	return job.state === "waiting" && job.priority > 0 ? "prioritized" : job.state;
}

/** 1 completed, 2 failed, 0 neither, -1 no such job; and the result as JSON text, or the reason. */
export function readEnding(database: Database, queue: string, id: string): [status: number, value: string] {
	const job = findJob(database, queue, id);
	if (job === undefined) return [-1, `Missing key for job ${id}. isFinished`];
	if (job.state === "completed") return [1, job.return_value ?? "null"];
	if (job.state === "failed") return [2, job.failed_reason ?? ""];
	return [0, ""];
}

/** Number of jobs in a BullMQ state; delayed ones only where due before `delayedBefore`, Unix ms. */
export function countState(
	database: Database,
	queue: string,
	asked: { state: string; delayedBefore?: number },
): number {
	const condition = toCondition(asked.state);
	if (condition === undefined) return 0;
	const due = asked.state === "delayed" && asked.delayedBefore !== undefined ? asked.delayedBefore : undefined;
	const sql = `select count(*) as n from job where queue = ? and ${condition}`;
	const row =
		due === undefined
			? database.get<{ n: number }>(sql, queue)
			: database.get<{ n: number }>(`${sql} and process_at < ?`, queue, due);
	return row?.n ?? 0;
}

/** Number of waiting jobs of one priority. */
export function countPriority(database: Database, queue: string, priority: number): number {
	const sql = "select count(*) as n from job where queue = ? and state = 'waiting' and priority = ?";
	return database.get<{ n: number }>(sql, queue, priority)?.n ?? 0;
}

/** A stretch of a list by places from 0; negative places count from the end. */
export interface Stretch {
	readonly start: number;
	readonly end: number;
	readonly ascending: boolean;
}

function toLimits({ start, end }: Stretch, count: () => number): { offset: number; limit: number } {
	if (start >= 0 && end === -1) return { offset: start, limit: -1 };
	const total = start < 0 || end < 0 ? count() : 0;
	const from = start < 0 ? Math.max(total + start, 0) : start;
	const to = end < 0 ? total + end : end;
	return { offset: from, limit: Math.max(to - from + 1, 0) };
}

/** Ids of the jobs of a BullMQ state. */
export function readIds(database: Database, queue: string, asked: Stretch & { state: string }): string[] {
	const condition = toCondition(asked.state);
	if (condition === undefined) return [];
	const { offset, limit } = toLimits(asked, () => countState(database, queue, asked));
	const sql = `select id from job where queue = ? and ${condition} order by ${toOrder(asked.state, asked.ascending)}`;
	return database.all<{ id: string }>(`${sql} limit ? offset ?`, queue, limit, offset).map((row) => row.id);
}

/** A stretch of a job's log, and how many lines there are. */
export function readLog(
	database: Database,
	queue: string,
	asked: Stretch & { jobId: string },
): { logs: string[]; count: number } {
	const job = findJob(database, queue, asked.jobId);
	if (job === undefined) return { logs: [], count: 0 };
	const count = database.get<{ n: number }>("select count(*) as n from log where rid = ?", job.rid)?.n ?? 0;
	const { offset, limit } = toLimits(asked, () => count);
	const sql = `select line from log where rid = ? order by n ${asked.ascending ? "" : "desc"} limit ? offset ?`;
	return { logs: database.all<{ line: string }>(sql, job.rid, limit, offset).map((row) => row.line), count };
}
