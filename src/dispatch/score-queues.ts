/**
 * The queues of single requests that there are: one for each set of policies and model that ever had a worker. The list is a
 * queue itself, of jobs that nobody takes.
 */
import type { QueueBackend } from "../queue/index.ts";
import type { ModelIdentity } from "../types.ts";

const LIST = "score-queues";
/** Longer than any deadline: whoever sent a job as old as this waits no more. */
const LOST_AFTER_MS = 900_000;
const SWEPT_AT_ONCE = 1000;

/** What a queue is for. */
export interface ScoreQueueEntry {
	readonly queue: string;
	readonly policies: string;
	readonly model: ModelIdentity;
}

/** Puts a queue on the list, once. */
export async function enterScoreQueue(backend: QueueBackend, entry: ScoreQueueEntry): Promise<void> {
	const list = backend.queue<ScoreQueueEntry, void>(LIST);
	await list.add("queue", entry, { jobId: entry.queue });
	await list.close();
}

/** The list. */
export async function listScoreQueues(backend: QueueBackend): Promise<ScoreQueueEntry[]> {
	const list = backend.queue<ScoreQueueEntry, void>(LIST);
	const jobs = await list.getJobs(["waiting"]);
	await list.close();
	return jobs.map(({ data }) => data);
}

/** Deletes what killed gateways left in queues that may have no worker any more: it is content. Gives how many jobs. */
export async function sweepScoreQueues(backend: QueueBackend): Promise<number> {
	let swept = 0;
	for (const { queue: name } of await listScoreQueues(backend)) {
		const queue = backend.queue(name);
		for (const state of ["wait", "active"] as const)
			swept += (await queue.clean(LOST_AFTER_MS, SWEPT_AT_ONCE, state)).length;
		await queue.close();
	}
	return swept;
}
