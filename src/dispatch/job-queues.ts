/** The queues that a gateway has sent to: one for each crew it had. */
import type { Queue, QueueBackend } from "../queue/index.ts";
import type { ModelIdentity } from "../types.ts";
import type { Crew } from "./fleet.ts";
import type { ScoreJob } from "./jobs.ts";

/** Queues by crew. */
export interface JobQueues {
	of(crew: Crew): Queue<ScoreJob, void>;
	/** The model of the workers of a queue; undefined where nothing was sent to it. */
	modelOf(queue: string): ModelIdentity | undefined;
	close(): Promise<void>;
}

/** None yet. */
export function createJobQueues(backend: QueueBackend): JobQueues {
	const known = new Map<string, { readonly queue: Queue<ScoreJob, void>; readonly model: ModelIdentity }>();
	return {
		of(crew) {
			const found = known.get(crew.queue);
			if (found !== undefined) return found.queue;
			const queue = backend.queue<ScoreJob, void>(crew.queue);
			known.set(crew.queue, { queue, model: crew.model });
			return queue;
		},
		modelOf: (name) => known.get(name)?.model,
		async close() {
			await Promise.all([...known.values()].map(({ queue }) => queue.close()));
		},
	};
}
