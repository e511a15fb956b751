/**
 * BullMQ's calls that only read.
 */
import type { IQueueBackend } from "bullmq";
import type { SqliteFile } from "./file.ts";
import { countPriority, countState, readEnding, readIds, readJob, readLog, readState } from "./getters.ts";

type Reading = Pick<
	IQueueBackend,
	| "getState"
	| "isFinished"
	| "isJobInState"
	| "getJobData"
	| "getDeduplicationJobId"
	| "getJobLogs"
	| "getCounts"
	| "getCountsPerPriority"
	| "getRanges"
	| "getClientList"
>;

// Lists in Redis; BullMQ turns round what it gets of them in ascending order.
const LISTS = new Set(["wait", "waiting", "active"]);

/** Reads of one queue. */
export function createReading({ database }: SqliteFile, queue: string): Reading {
	return {
		getState: async (jobId) => readState(database, queue, jobId),
		async isFinished(jobId, withValue) {
			const ending = readEnding(database, queue, jobId);
			return withValue ? ending : ending[0];
		},
		async isJobInState(state, jobId) {
			const found = readState(database, queue, jobId);
			return found === (state === "wait" ? "waiting" : state);
		},
		getJobData: async (jobId) => readJob(database, queue, jobId),
		async getDeduplicationJobId(id) {
			const sql = "select job_id from dedup where queue = ? and id = ? and coalesce(expires_at, ?) >= ?";
			const now = Date.now();
			return database.get<{ job_id: string }>(sql, queue, id, now, now)?.job_id ?? null;
		},
		getJobLogs: async (jobId, start, end, ascending) => readLog(database, queue, { jobId, start, end, ascending }),
		getCounts: async (states, delayedBefore) =>
			states.map((state) =>
				countState(database, queue, delayedBefore === undefined ? { state } : { state, delayedBefore }),
			),
		getCountsPerPriority: async (priorities) => priorities.map((priority) => countPriority(database, queue, priority)),
		getRanges: async (states, start = 0, end = -1, ascending = false) =>
			states.map((state) => {
				const ids = readIds(database, queue, { state, start, end, ascending });
				return ascending && LISTS.has(state) ? ids.reverse() : ids;
			}) as unknown as [string][],
		// Processes on one file do not know of each other.
		getClientList: async () => [],
	};
}
