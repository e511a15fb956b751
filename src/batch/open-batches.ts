/**
 * Puts records, queue and the lives of batches together: the one process of a deployment that owns the records runs this.
 */
import { EventEmitter, once } from "node:events";
import type { Log } from "../log.ts";
import type { QueueBackend } from "../queue/index.ts";
import { type BatchRecord, type Store, sweepStore } from "../store/index.ts";
import { createBatchActions } from "./batch-actions.ts";
import type { Batches } from "./batches.ts";
import { type Deliverer, startDeliverer } from "./deliverer.ts";
import { createFileActions } from "./file-actions.ts";
import { RESULTS_QUEUE, type ResultsJob, SCAN_QUEUE, type ScanJob } from "./jobs.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createReceiver, KEEP_INCOMING_MS } from "./receive.ts";
import { startResults } from "./results.ts";
import { BATCH_LIMITS, type BatchLimits } from "./settings.ts";
import { createTurns } from "./turns.ts";
import { toDelivery, type WebhookTarget } from "./webhook.ts";

/** What batches are made of. */
export interface BatchesOptions {
	readonly store: Store;
	readonly backend: QueueBackend;
	readonly log: Log;
	readonly limits?: Partial<BatchLimits> | undefined;
	/** Where to tell that a batch is over; nobody is told where left out. */
	readonly webhook?: WebhookTarget | undefined;
}

/**
 * Claims the records and goes on with the batches that are open. Throws `invalid_config` where another process owns the
 * records or the webhook cannot work.
 */
export async function openBatches(options: BatchesOptions): Promise<Batches> {
	const { store, backend, log } = options;
	const limits = { ...BATCH_LIMITS, ...options.limits };
	const { deliverer, release } = await takeOver(options);
	const events = new EventEmitter().setMaxListeners(0);
	const scan = backend.queue<ScanJob, void>(SCAN_QUEUE);
	const results = backend.queue<ResultsJob, void>(RESULTS_QUEUE);
	const turns = createTurns({ all: limits.chunksOut, perBatch: limits.chunksOutPerBatch });
	const lifecycle = createLifecycle({
		...{ store, scan, results, turns, limits, log },
		onEnd: (batch) => options.webhook && store.deliveries.insert(toDelivery(batch, Date.now())),
		ended(batch) {
			log.info(
				{ batch: batch.id, status: batch.status, completed: batch.completed, failed: batch.failed },
				"batch over",
			);
			deliverer?.wake();
			events.emit(batch.id, batch);
		},
	});
	const taker = startResults({ backend, store, lockMs: limits.lockMs }, lifecycle.wake);
	for (const batch of store.batches.open()) lifecycle.start(batch);
	const actions = createBatchActions(store, lifecycle);
	const stopTimers = startTimers({ store, log, limits, check: lifecycle.check });
	const fileActions = createFileActions(store, limits);
	return {
		limits,
		...fileActions,
		...actions,
		receive: createReceiver({ store, limits, ...fileActions, ...actions }),
		async finished(tenant, id, signal) {
			const batch = actions.batch(tenant, id);
			if (OVER.has(batch.status)) return batch;
			return (await once(events, id, signal === undefined ? {} : { signal }))[0] as BatchRecord;
		},
		async close() {
			await stopTimers();
			await lifecycle.close();
			await taker.close();
			await deliverer?.close();
			await Promise.all([scan.close(), results.close()]);
			release();
		},
	};
}

/** Claims the records, and clears away what a crash left behind. */
async function takeOver({ store, log, webhook }: BatchesOptions): Promise<{
	deliverer: Deliverer | undefined;
	release(): void;
}> {
	const release = store.claim();
	let deliverer: Deliverer | undefined;
	try {
		deliverer = webhook && startDeliverer({ store, log, target: webhook });
		await store.contents.prune((id) => store.files.has(id));
		return { deliverer, release };
	} catch (error) {
		await deliverer?.close();
		release();
		throw error;
	}
}

const OVER: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Looks after the queue and deletes what is past its time; the function it gives stops both. */
function startTimers(of: { store: Store; log: Log; limits: BatchLimits; check(): Promise<void> }): () => Promise<void> {
	const { store, log, limits } = of;
	const closing = new AbortController();
	const running = new Set<Promise<void>>();
	const every = (ms: number, work: () => Promise<unknown>, atOnce: boolean): NodeJS.Timeout => {
		let busy = false;
		const once = (): void => {
			if (busy) return;
			busy = true;
			const run = work()
				.then(
					() => {},
					(error: unknown) => log.error({ error: (error as Error).name }, "a regular task failed"),
				)
				.finally(() => {
					busy = false;
					running.delete(run);
				});
			running.add(run);
		};
		if (atOnce) once();
		return setInterval(once, ms).unref();
	};
	const sweep = async (): Promise<void> => {
		await store.incoming.prune(Date.now() - KEEP_INCOMING_MS);
		await sweepStore(store, { ...limits, nowMs: Date.now(), signal: closing.signal });
	};
	const timers = [every(limits.checkMs, of.check, false), every(limits.sweepMs, sweep, true)];
	return async () => {
		closing.abort();
		for (const timer of timers) clearInterval(timer);
		await Promise.all(running);
	};
}
