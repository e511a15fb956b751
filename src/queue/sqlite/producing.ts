/**
 * BullMQ's calls that put jobs in and change the queue as a whole.
 */
import type { IQueueBackend, JobJson, ParentKeyOpts } from "bullmq";
import { addJob } from "./add.ts";
import { deleteKey, findKey } from "./deduplication.ts";
import { trimEvents } from "./events.ts";
import type { SqliteFile } from "./file.ts";
import type { NewJob } from "./insert.ts";
import { promoteMany, retryMany } from "./requeue.ts";
import { clean, drain, obliterate } from "./sweep.ts";
import { toUnsupported } from "./unsupported.ts";

type Producing = Pick<
	IQueueBackend,
	| "addJob"
	| "addJobs"
	| "pause"
	| "drain"
	| "cleanJobsByState"
	| "obliterate"
	| "removeOrphanedJobs"
	| "removeDeprecatedPriorityKey"
	| "retryFinishedJobs"
	| "promoteJobs"
	| "removeDeduplicationKey"
	| "deleteDeduplicationKey"
	| "trimEvents"
	| "publishEvent"
>;

const MANY = 1000;

function toNewJob(queue: string, json: JobJson, id: string | undefined, parent: ParentKeyOpts = {}): NewJob {
	if (parent.parentKey || parent.addToWaitingChildren) throw toUnsupported("A job with a parent");
	if (json.repeatJobKey) throw toUnsupported("A repeated job");
	const { name, data, opts, timestamp } = json;
	return { queue, id: id ?? "", json: { name, data, opts, timestamp } };
}

/** The producing side of one queue. */
export function createProducing({ writer, database }: SqliteFile, queue: string): Producing {
	return {
		async addJob(json, id, parent) {
			const job = toNewJob(queue, json, id, parent);
			return writer.write((transaction) => addJob(transaction, job));
		},
		async addJobs(entries) {
			const jobs = entries.map((entry) => toNewJob(queue, entry.job, entry.jobId, entry.parentKeyOpts));
			return writer.write((transaction) => jobs.map((job) => addJob(transaction, job)));
		},
		pause: (pause) =>
			writer.write((transaction) => {
				const { meta } = transaction.queue(queue);
				if (pause) meta.paused = "1";
				else delete meta.paused;
				transaction.emit(queue, "event", pause ? "paused" : "resumed");
			}),
		drain: (delayed) => writer.write((transaction) => drain(transaction, queue, delayed)),
		cleanJobsByState: (state, until, limit = 0) =>
			writer.write((transaction) => clean(transaction, { queue, state, until, limit })),
		async obliterate(options) {
			const outcome = await writer.write((transaction) => obliterate(transaction, queue, options));
			if (outcome === "not-paused") throw new Error("Cannot obliterate non-paused queue");
			if (outcome === "active") throw new Error("Cannot obliterate queue with active jobs");
			return outcome === "more" ? 1 : 0;
		},
		// A job's parts are written and removed in one transaction: none is ever left over.
		removeOrphanedJobs: async () => 0,
		removeDeprecatedPriorityKey: async () => 0,
		retryFinishedJobs: (state = "failed", count = MANY, until = Date.now()) =>
			writer.write((transaction) => retryMany(transaction, queue, { state, count, until })),
		promoteJobs: (count = MANY) => writer.write((transaction) => promoteMany(transaction, queue, count)),
		removeDeduplicationKey: (id, jobId) =>
			writer.write((transaction) =>
				findKey(transaction, queue, id)?.job_id === jobId ? deleteKey(transaction, queue, id) : 0,
			),
		deleteDeduplicationKey: (id) => writer.write((transaction) => deleteKey(transaction, queue, id)),
		trimEvents: (kept) => writer.write(() => trimEvents(database, queue, kept)),
		publishEvent: (fields) =>
			writer.write((transaction) => {
				transaction.emit(queue, ...Object.entries(fields).flatMap(([name, value]) => [name, String(value)]));
				return "0";
			}),
	};
}
