/**
 * The queues of single requests that there are: one for each set of policies and model that ever had a worker. The list is a
 * queue itself, of jobs that nobody takes.
 */
import type { Queue, QueueBackend } from "../queue/index.ts";
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

/** The list, and what lies in its queues. */
export interface ScoreQueues {
	/** Puts a queue on the list, once. */
	enter(entry: ScoreQueueEntry): Promise<void>;
	list(): Promise<ScoreQueueEntry[]>;
	/** Deletes what killed gateways left in queues that may have no worker any more: it is content. Gives how many jobs. */
	sweep(): Promise<number>;
	close(): Promise<void>;
}

/** Opens the list. */
export function openScoreQueues(backend: QueueBackend): ScoreQueues {
	const entries = backend.queue<ScoreQueueEntry, void>(LIST);
	const opened = new Map<string, Queue>();
	const open = (name: string): Queue => {
		const queue = opened.get(name) ?? backend.queue(name);
		opened.set(name, queue);
		return queue;
	};
	const list = async (): Promise<ScoreQueueEntry[]> => (await entries.getJobs(["waiting"])).map(({ data }) => data);
	return {
		list,
		async enter(entry) {
			await entries.add("queue", entry, { jobId: entry.queue });
		},
		async sweep() {
			let swept = 0;
			for (const { queue } of await list())
				for (const state of ["wait", "prioritized", "active"] as const)
					swept += (await open(queue).clean(LOST_AFTER_MS, SWEPT_AT_ONCE, state)).length;
			return swept;
		},
		async close() {
			await Promise.all([entries, ...opened.values()].map((queue) => queue.close()));
		},
	};
}
