/** How many jobs the queues of a deployment hold. */
import { RESULTS_QUEUE, SCAN_QUEUE } from "../batch/index.ts";
import { openScoreQueues } from "../dispatch/index.ts";
import { openQueueBackend, type QueueTarget } from "../queue/index.ts";

/** Jobs of one queue. */
export interface QueueCounts {
	/** Single requests have a queue for each set of policies and model: `score-…`. */
	readonly queue: string;
	/** Model that the queue's workers judge by; only for single requests. */
	readonly model?: string | undefined;
	readonly waiting: number;
	readonly active: number;
	/** Waiting for another try. */
	readonly delayed: number;
	readonly failed: number;
}

/** Looks once. Throws `queue_unavailable`. */
export async function countQueues(target: QueueTarget): Promise<QueueCounts[]> {
	const backend = await openQueueBackend(target);
	try {
		const score = (await openScoreQueues(backend).list()).map(({ queue, model }) => ({ queue, model: model.id }));
		const queues = [...score, { queue: SCAN_QUEUE }, { queue: RESULTS_QUEUE }];
		return await Promise.all(
			queues.map(async (named) => {
				const of = await backend
					.queue(named.queue)
					.getJobCounts("waiting", "prioritized", "active", "delayed", "failed");
				const waiting = (of.waiting ?? 0) + (of.prioritized ?? 0);
				return { ...named, waiting, active: of.active ?? 0, delayed: of.delayed ?? 0, failed: of.failed ?? 0 };
			}),
		);
	} finally {
		await backend.close();
	}
}
