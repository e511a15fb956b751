/**
 * Removes jobs with all that belongs to them: data, log, and the deduplication key they hold.
 */
import type { Database } from "./database.ts";
import type { JobRow } from "./job-row.ts";

/** Removes a job's row, data and log. */
export function removeJob(database: Database, rid: number): void {
	database.run("delete from job where rid = ?", rid);
	database.run("delete from payload where rid = ?", rid);
	database.run("delete from log where rid = ?", rid);
}

/** Removes a job and frees the deduplication key it holds. */
export function removeJobAndKey(database: Database, queue: string, job: Pick<JobRow, "rid" | "id" | "dedup_id">): void {
	removeJob(database, job.rid);
	if (job.dedup_id === null) return;
	database.run("delete from dedup where queue = ? and id = ? and job_id = ?", queue, job.dedup_id, job.id);
}
