/**
 * A job as it lies in the file, and as BullMQ's classes want it. What BullMQ hands over as JSON text stays JSON text.
 */
import type { JobJson } from "bullmq";
import type { Database } from "./database.ts";

/** States as stored; BullMQ's `prioritized` is `waiting` with a priority. */
export type StoredState = "waiting" | "delayed" | "active" | "completed" | "failed";

/** A job without its data. */
export interface JobRow {
	readonly rid: number;
	readonly id: string;
	readonly name: string;
	readonly opts: string;
	readonly state: StoredState;
	readonly priority: number;
	readonly added_on: number;
	readonly delay: number;
	readonly attempts_made: number;
	readonly attempts_started: number;
	readonly stalled_count: number;
	readonly processed_on: number | null;
	readonly finished_on: number | null;
	readonly processed_by: string | null;
	readonly lock_token: string | null;
	readonly lock_until: number | null;
	readonly progress: string | null;
	readonly return_value: string | null;
	readonly failed_reason: string | null;
	readonly stacktrace: string | null;
	readonly deferred_failure: string | null;
	readonly dedup_id: string | null;
}

/** A job with its data. */
export interface FullJobRow extends JobRow {
	readonly data: string;
}

/** A job of a queue by its id. */
export function findJob(database: Database, queue: string, id: string): JobRow | undefined {
	return database.get<JobRow>("select * from job where queue = ? and id = ?", queue, id);
}

/** A job's data: JSON text. */
export function readData(database: Database, rid: number): string {
	return database.get<{ data: string }>("select data from payload where rid = ?", rid)?.data ?? "{}";
}

/** The job as BullMQ's `Job.fromJSON` takes it. */
export function toJobJson(row: FullJobRow): JobJson {
	const json: JobJson = {
		id: row.id,
		name: row.name,
		data: row.data,
		opts: JSON.parse(row.opts),
		progress: row.progress === null ? 0 : JSON.parse(row.progress),
		attemptsMade: row.attempts_made,
		attemptsStarted: row.attempts_started,
		stalledCounter: row.stalled_count,
		timestamp: row.added_on,
		delay: row.delay,
		priority: row.priority,
		returnvalue: row.return_value ?? "null",
		stacktrace: row.stacktrace ?? "[]",
		// BullMQ's type asks for a text where its classes take "not failed" as undefined.
		failedReason: row.failed_reason ?? (undefined as unknown as string),
	};
	if (row.processed_on !== null) json.processedOn = row.processed_on;
	if (row.finished_on !== null) json.finishedOn = row.finished_on;
	if (row.processed_by !== null) json.processedBy = row.processed_by;
	if (row.deferred_failure !== null) json.deferredFailure = row.deferred_failure;
	if (row.dedup_id !== null) json.deduplicationId = row.dedup_id;
	return json;
}
