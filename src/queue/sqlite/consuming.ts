/**
 * BullMQ's calls that a worker makes for the job in its hands, and the one that gives it a job.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { IQueueBackend, KeepJobs, WorkerOptions } from "bullmq";
import { type Claimant, claim, type NextJob } from "./claim.ts";
import type { SqliteFile } from "./file.ts";
import { type Ending, finishJob, tellDrained } from "./finish.ts";
import { extendLock } from "./locks.ts";
import { isRefusal } from "./refusal.ts";
import { delayActive, putBack, retryActive, type Traces } from "./requeue.ts";
import { recoverStalled } from "./stalled.ts";
import type { Transaction } from "./transaction.ts";

type Consuming = Pick<
	IQueueBackend,
	| "moveToActive"
	| "moveToCompleted"
	| "moveToFailed"
	| "moveToDelayed"
	| "moveJobFromActiveToWait"
	| "retryJob"
	| "moveStalledJobsToWait"
	| "extendLock"
	| "extendLocks"
>;

/** What the backend reads of a worker's options. */
export type WorkerLimits = Partial<
	Pick<
		WorkerOptions,
		"lockDuration" | "limiter" | "maxStalledCount" | "stalledInterval" | "name" | "removeOnComplete" | "removeOnFail"
	>
>;

const LOCK_MS = 30_000;
const STALLED_INTERVAL_MS = 30_000;
const REST_AFTER_FAILURE_MS = 1_000;

function toTraces(fields: Record<string, unknown> = {}): Traces {
	const { failedReason, stacktrace } = fields;
	return {
		failedReason: typeof failedReason === "string" ? failedReason : undefined,
		stacktrace: typeof stacktrace === "string" ? stacktrace : undefined,
	};
}

/** The consuming side of one queue. */
export function createConsuming({ writer }: SqliteFile, queue: string, limits: WorkerLimits): Consuming {
	const toClaimant = (token: string, workerName: string | undefined): Claimant => ({
		queue,
		token,
		workerName,
		lockDurationMs: limits.lockDuration ?? LOCK_MS,
		limiter: limits.limiter,
	});
	const claimNext = (transaction: Transaction, token: string): NextJob => {
		const next = claim(transaction, toClaimant(token, limits.name));
		if (next[0] === null) tellDrained(transaction, queue);
		return next;
	};
	const finish = (ending: Omit<Ending, "queue" | "command">, fetchNext: boolean) =>
		writer.write((transaction) => {
			finishJob(transaction, { ...ending, queue, command: "moveToFinished" });
			const result = fetchNext ? claimNext(transaction, ending.token) : undefined;
			if (!fetchNext) tellDrained(transaction, queue);
			return { result, finishedOn: transaction.now };
		});
	const keepOf = (own: boolean | number | KeepJobs | undefined, workers: KeepJobs | undefined) => own ?? workers;

	return {
		async moveToActive(token, name) {
			try {
				return await writer.write((transaction) => claim(transaction, toClaimant(token, name)));
			} catch (error) {
				// A worker asks again at once: where the file fails, it must not spin.
				if (!isRefusal(error)) await sleep(REST_AFTER_FAILURE_MS);
				throw error;
			}
		},
		async moveToCompleted(job, returnValue, removeOnComplete, token, fetchNext) {
			const ending = {
				state: "completed" as const,
				jobId: job.id ?? "",
				token,
				value: JSON.stringify(returnValue ?? null),
				stacktrace: undefined,
				keep: keepOf(removeOnComplete, limits.removeOnComplete),
				attempts: job.opts.attempts ?? 0,
			};
			return finish(ending, fetchNext);
		},
		async moveToFailed(job, failedReason, removeOnFail, token, fetchNext, fieldsToUpdate) {
			const ending = {
				state: "failed" as const,
				jobId: job.id ?? "",
				token,
				value: failedReason ?? "",
				stacktrace: toTraces(fieldsToUpdate).stacktrace,
				keep: keepOf(removeOnFail, limits.removeOnFail),
				attempts: job.opts.attempts ?? 0,
			};
			return finish(ending, fetchNext);
		},
		moveToDelayed: (jobId, timestamp, delayMs, token = "0", options = {}) =>
			writer.write((transaction) => {
				const held = { queue, jobId, token, command: "moveToDelayed" };
				const { skipAttempt = false, fieldsToUpdate, fetchNext } = options;
				const delay = { delayMs, processAt: timestamp + delayMs, skipAttempt, traces: toTraces(fieldsToUpdate) };
				delayActive(transaction, held, delay);
				const next = fetchNext ? claim(transaction, toClaimant(token, limits.name)) : undefined;
				return next?.[0] ? next : [];
			}),
		moveJobFromActiveToWait: (jobId, token = "0") =>
			writer.write((transaction) => {
				putBack(transaction, { queue, jobId, token, command: "moveJobFromActiveToWait" });
				return Math.max(transaction.queue(queue).limiterUntil - transaction.now, 0);
			}),
		retryJob: (jobId, lifo, token = "0", options = {}) =>
			writer.write((transaction) =>
				retryActive(
					transaction,
					{ queue, jobId, token, command: "retryJob" },
					{ lifo, traces: toTraces(options.fieldsToUpdate) },
				),
			),
		moveStalledJobsToWait: () =>
			writer.write((transaction) =>
				recoverStalled(transaction, {
					queue,
					maxStalledCount: limits.maxStalledCount ?? 1,
					intervalMs: limits.stalledInterval ?? STALLED_INTERVAL_MS,
				}),
			),
		extendLock: (jobId, token, durationMs) =>
			writer.write((transaction) =>
				extendLock(transaction, { queue, jobId, token, command: "extendLock" }, durationMs) ? 1 : 0,
			),
		extendLocks: (jobIds, tokens, durationMs) =>
			writer.write((transaction) =>
				jobIds.filter((jobId, index) => {
					const held = { queue, jobId, token: tokens[index] ?? "", command: "extendLocks" };
					return !extendLock(transaction, held, durationMs);
				}),
			),
	};
}
