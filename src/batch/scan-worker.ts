/**
 * Judges pieces of batches from the queue. What came out is on its way back before the job is done, so a worker that dies
 * loses nothing: another one does the job again, and the records keep one result per line.
 */
import { isSluiceError, SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import { DelayedError, type Job, type QueueBackend } from "../queue/index.ts";
import type { BatchFormat } from "./endpoint.ts";
import { pause } from "./finish.ts";
import { ATTEMPTS, BACKOFF_MS, RESULTS_QUEUE, type ResultsJob, SCAN_QUEUE, type ScanJob, toJobId } from "./jobs.ts";
import { judgeItems } from "./judge-items.ts";

/** Deaths of workers over one job before it is given up. */
const MAX_STALLS = 20;
/** How long results wait for a queue that is away before the job fails. */
const RETURN_TRIES = 6;

/** What a worker is made of. */
export interface ScanWorkerOptions {
	readonly backend: QueueBackend;
	readonly moderator: Moderator;
	readonly format: BatchFormat;
	readonly log: Log;
	/** Jobs at once. */
	readonly concurrency?: number | undefined;
	/** How long a worker may be silent before its job is another's, ms. */
	readonly lockMs?: number | undefined;
}

/** A running worker. */
export interface ScanWorker {
	/** Gives back what is under way, and resolves when nothing is. */
	close(): Promise<void>;
}

/** Takes jobs as soon as the moderator is ready. */
export function startScanWorker(options: ScanWorkerOptions): ScanWorker {
	const { backend, concurrency = 2, lockMs = 30_000 } = options;
	const results = backend.queue<ResultsJob, void>(RESULTS_QUEUE);
	const closing = new AbortController();
	const worker = backend.worker<ScanJob, void>(
		SCAN_QUEUE,
		async (job, token) => {
			try {
				const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
				const items = await judgeItems({ ...options, signal: closing.signal, isLast, pause }, job.data);
				await sendBack(results, { batch: job.data.batch, chunk: job.data.chunk, items }, closing.signal);
			} catch (error) {
				if (closing.signal.aborted) await giveBack(job, token);
				options.log.warn({ batch: job.data.batch, chunk: job.data.chunk, error: describe(error) }, "a piece failed");
				throw toSafeError(error);
			}
		},
		{ concurrency, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: MAX_STALLS, autorun: false },
	);
	const running = options.moderator
		.ready()
		.then(() => (closing.signal.aborted ? undefined : worker.run()))
		.catch((error: unknown) => options.log.error({ error: describe(error) }, "no scanning: the worker ended"));
	return {
		async close() {
			closing.abort();
			await worker.close();
			await running;
			await results.close();
		},
	};
}

async function sendBack(
	results: ReturnType<QueueBackend["queue"]>,
	job: ResultsJob,
	signal: AbortSignal,
): Promise<void> {
	for (let tries = 1; ; tries++) {
		try {
			await results.add("results", job, {
				jobId: toJobId(job.batch, job.chunk),
				attempts: ATTEMPTS,
				backoff: { type: "exponential", delay: BACKOFF_MS },
				removeOnComplete: true,
			});
			return;
		} catch (error) {
			if (!isSluiceError(error) || !error.retryable || tries === RETURN_TRIES) throw error;
			await pause(100 * 2 ** tries, signal);
		}
	}
}

/** Back into the queue at once, without counting as an attempt. Always throws, as BullMQ wants it. */
async function giveBack(job: Job<ScanJob, void>, token: string | undefined): Promise<never> {
	await job.moveToDelayed(Date.now(), token);
	throw new DelayedError();
}

/** BullMQ keeps message and stack of an error in the queue; a foreign error's may quote what was sent. */
function toSafeError(error: unknown): Error {
	if (isSluiceError(error) && error.cause === undefined) return error;
	const code = isSluiceError(error) ? error.code : "internal";
	return new SluiceError(code, { detail: isSluiceError(error) ? error.detail : "the piece could not be judged" });
}

function describe(error: unknown): string {
	return isSluiceError(error) ? error.code : error instanceof Error ? error.name : typeof error;
}
