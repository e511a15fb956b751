/**
 * BullMQ's calls about one job that no worker needs to hold.
 */
import type { IQueueBackend } from "bullmq";
import type { SqliteFile } from "./file.ts";
import { addLog, clearLog, updateData, updateProgress } from "./job-fields.ts";
import { changeDelay, changePriority, promoteNow, retryFinished } from "./requeue.ts";
import { removeOne } from "./sweep.ts";

type JobCalls = Pick<
	IQueueBackend,
	| "updateData"
	| "updateProgress"
	| "addLog"
	| "clearLogs"
	| "changeDelay"
	| "changePriority"
	| "promote"
	| "retryFinishedJob"
	| "remove"
>;

/** Calls about single jobs of one queue. */
export function createJobCalls({ writer }: SqliteFile, queue: string): JobCalls {
	return {
		async updateData(job, data) {
			const change = { jobId: job.id ?? "", data: JSON.stringify(data ?? {}) };
			return writer.write((transaction) => updateData(transaction, queue, change));
		},
		async updateProgress(jobId, progress) {
			const change = { jobId, progress: JSON.stringify(progress ?? null) };
			return writer.write((transaction) => updateProgress(transaction, queue, change));
		},
		addLog: (jobId, line, keep) => writer.write((transaction) => addLog(transaction, queue, { jobId, line, keep })),
		clearLogs: (jobId, keep = 0) => writer.write((transaction) => clearLog(transaction, queue, { jobId, keep })),
		changeDelay: (jobId, delayMs) => writer.write((transaction) => changeDelay(transaction, queue, { jobId, delayMs })),
		changePriority: (jobId, priority = 0, lifo = false) =>
			writer.write((transaction) => changePriority(transaction, queue, { jobId, priority, lifo })),
		promote: (jobId) => writer.write((transaction) => promoteNow(transaction, queue, jobId)),
		retryFinishedJob: (job, state, { resetAttemptsMade = false, resetAttemptsStarted = false } = {}) => {
			const again = {
				jobId: job.id ?? "",
				state,
				lifo: job.opts.lifo ?? false,
				resetAttemptsMade,
				resetAttemptsStarted,
			};
			return writer.write((transaction) => retryFinished(transaction, queue, again));
		},
		remove: (jobId) => writer.write((transaction) => (removeOne(transaction, queue, jobId) ? 1 : 0)),
	};
}
