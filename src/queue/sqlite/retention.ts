/**
 * How many finished jobs stay, and how long (docs.bullmq.io/guide/queues/auto-removal-of-jobs). Applied once per
 * transaction, when a job of the same kind finishes.
 */
import type { KeepJobs } from "bullmq";
import { removeJob } from "./remove.ts";
import type { Transaction } from "./transaction.ts";

/** Undefined means without bound; a count of 0 keeps nothing. */
export interface Retention {
	readonly count: number | undefined;
	readonly ageSeconds: number | undefined;
	/** How many are removed at once for their age. */
	readonly limit: number;
}

const REMOVED_AT_ONCE = 1000;

/** Reads `removeOnComplete` or `removeOnFail`. */
export function toRetention(keep: boolean | number | KeepJobs | undefined): Retention {
	if (keep === undefined || keep === false) return { count: undefined, ageSeconds: undefined, limit: REMOVED_AT_ONCE };
	if (keep === true) return { count: 0, ageSeconds: undefined, limit: REMOVED_AT_ONCE };
	if (typeof keep === "number")
		return { count: keep < 0 ? undefined : keep, ageSeconds: undefined, limit: REMOVED_AT_ONCE };
	const age = "age" in keep ? keep.age : undefined;
	const limit = "limit" in keep ? keep.limit : undefined;
	const count = keep.count !== undefined && keep.count >= 0 ? keep.count : undefined;
	return { count, ageSeconds: age, limit: limit ?? REMOVED_AT_ONCE };
}

interface Doomed {
	readonly rid: number;
}

/** Removes finished jobs beyond what is kept, oldest first. */
export function keepWithin(
	{ database, now }: Transaction,
	{ queue, state }: { queue: string; state: "completed" | "failed" },
	{ count, ageSeconds, limit }: Retention,
): void {
	const from = `select rid from job where queue = ? and state = '${state}'`;
	if (ageSeconds !== undefined) {
		const old = `${from} and finished_on <= ? order by finished_on limit ?`;
		for (const job of database.all<Doomed>(old, queue, now - ageSeconds * 1000, limit)) {
			removeJob(database, job.rid);
		}
	}
	if (count !== undefined) {
		const surplus = `${from} order by finished_on desc, rid desc limit -1 offset ?`;
		for (const job of database.all<Doomed>(surplus, queue, count)) removeJob(database, job.rid);
	}
}
