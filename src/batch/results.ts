/** The way back: results from the queue into the records, each line once, however often they come. */
import type { QueueBackend } from "../queue/index.ts";
import type { Store } from "../store/index.ts";
import { RESULTS_QUEUE, type ResultsJob } from "./jobs.ts";

/** Starts to take results; `onStored` hears of each batch that got some. */
export function startResults(
	{ backend, store, lockMs }: { readonly backend: QueueBackend; readonly store: Store; readonly lockMs: number },
	onStored: (batch: string) => void,
): { close(): Promise<void> } {
	const worker = backend.worker<ResultsJob, void>(
		RESULTS_QUEUE,
		async ({ data }) => {
			const batch = store.batches.find(data.batch);
			if (batch === undefined) return; // deleted meanwhile: nobody waits for it
			store.items.finish(batch.seq, data.chunk, data.items);
			onStored(data.batch);
		},
		{ concurrency: 4, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 1_000_000 },
	);
	return { close: () => worker.close() };
}
