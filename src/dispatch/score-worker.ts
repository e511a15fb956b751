/**
 * A worker for single requests: takes jobs from the queue of those who judge as it does, and says that it is there.
 */
import { randomBytes } from "node:crypto";
import { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { QueueBackend, Worker } from "../queue/index.ts";
import type { Tracer } from "../trace/index.ts";
import type { ModelIdentity } from "../types.ts";
import type { ScoreJob } from "./jobs.ts";
import { fingerprintPolicies, toScoreQueue, WIRE_VERSION } from "./judge-set.ts";
import { type GatewayNotice, parseSkipNotice } from "./messages.ts";
import { createProcessor, describe } from "./processor.ts";
import { createReplies } from "./replies.ts";
import { openScoreQueues, type ScoreQueueEntry } from "./score-queues.ts";
import { createSkipped } from "./skipped.ts";
import { createThroughput } from "./throughput.ts";
import { openWorkerPresence, type WorkerPresence } from "./worker-presence.ts";

/** How long a worker may be silent before its job counts as lost, ms; gateways notice a worker's death by its notices too. */
const LOCK_MS = 10_000;
/** How often requests that nobody waits for are deleted, ms. */
const CLEAN_EVERY_MS = 600_000;
/** How long closing waits for what is being judged, ms; what is not done by then is another worker's. */
const GRACE_MS = 10_000;

/** What a worker is made of. */
export interface ScoreWorkerOptions {
	readonly backend: QueueBackend;
	readonly moderator: Moderator;
	readonly log: Log;
	/** Jobs at once, each of up to 32 texts. */
	readonly concurrency: number;
	/** Hears each gateway that says it is there. */
	readonly onGateway?: ((notice: GatewayNotice) => void) | undefined;
	readonly graceMs?: number | undefined;
	/** Goes on with the traces of calls. */
	readonly tracer?: Tracer | undefined;
}

/** A running worker. */
export interface ScoreWorker {
	readonly id: string;
	/** Resolves when it takes jobs; rejects with what keeps it from that. */
	ready(): Promise<void>;
	/** Takes no more, finishes what is under way, and closes neither moderator nor queue. */
	close(): Promise<void>;
}

/** Takes jobs as soon as the moderator is ready. */
export function startScoreWorker(options: ScoreWorkerOptions): ScoreWorker {
	const id = `worker-${randomBytes(8).toString("hex")}`;
	const closing = new AbortController();
	const stop = Promise.withResolvers<void>();
	const opening = open(options, id, { closing: closing.signal, stopped: stop.promise });
	opening.catch(() => {}); // thrown by ready()
	let closed: Promise<void> | undefined;
	return {
		id,
		ready: () => opening.then(() => {}),
		close() {
			stop.resolve();
			closed ??= (async () => {
				const opened = await opening.catch(() => undefined);
				const timer = setTimeout(() => closing.abort(), options.graceMs ?? GRACE_MS);
				await opened?.close();
				clearTimeout(timer);
			})();
			return closed;
		},
	};
}

async function open(
	options: ScoreWorkerOptions,
	id: string,
	{ closing, stopped }: { closing: AbortSignal; stopped: Promise<void> },
): Promise<{ close(): Promise<void> }> {
	const { backend, moderator, log, concurrency } = options;
	await Promise.race([moderator.ready(), stopped]);
	if (!moderator.isReady()) throw new SluiceError("aborted", { detail: "the worker ended before it was ready" });
	const { model } = moderator;
	const policies = fingerprintPolicies(moderator.policies);
	const queue = toScoreQueue(policies, model);
	const housekeeping = await keepHouse(options, { queue, policies, model: identityOf(model) });
	const skipped = createSkipped();
	closing.addEventListener("abort", skipped.abortAll, { once: true });
	const throughput = createThroughput();
	const replies = createReplies(backend, queue);
	const judge = createProcessor({
		...{ moderator, skipped, replies, judged: throughput.judged, log, closing },
		tracer: options.tracer,
	});
	const worker = backend.worker<ScoreJob, void>(
		queue,
		async (job, token) => {
			const end = throughput.begin(job.data.pieces.reduce((sum, { contents }) => sum + contents.length, 0));
			await judge(job, token).finally(end);
			presence.refresh();
		},
		// A job that stalled is not given to the next worker: its gateway sends it again, if somebody still waits.
		{ name: id, concurrency, lockDuration: LOCK_MS, stalledInterval: LOCK_MS, maxStalledCount: 0, autorun: false },
	);
	const presence = await openWorkerPresence({
		...{ backend, onGateway: options.onGateway },
		notice: () => ({
			...{ v: WIRE_VERSION, id, policies, model: identityOf(model), now: Date.now() },
			...{ maxCharacters: moderator.maxCharacters, slots: concurrency, ...throughput.rate() },
		}),
		hearSkip: (message) => {
			const notice = parseSkipNotice(message);
			if (notice !== undefined) skipped.add(notice.gateway, notice.ids);
		},
	});
	const end = run(worker, presence, log);
	return {
		async close() {
			await end();
			await housekeeping.close();
		},
	};
}

/** Keeps the queue on the list, and deletes now and then what nobody waits for. */
async function keepHouse(
	{ backend, log }: ScoreWorkerOptions,
	entry: ScoreQueueEntry,
): Promise<{ close(): Promise<void> }> {
	const queues = openScoreQueues(backend);
	const clean = async (): Promise<void> => {
		await queues.enter(entry);
		const jobs = await queues.sweep();
		if (jobs > 0) log.info({ jobs }, "deleted requests that nobody waits for");
	};
	await clean();
	const timer = setInterval(() => {
		clean().catch((error: unknown) => log.warn({ error: describe(error) }, "old requests could not be deleted"));
	}, CLEAN_EVERY_MS);
	return {
		async close() {
			clearInterval(timer);
			await queues.close();
		},
	};
}

function identityOf({ id, hash }: ModelIdentity): ModelIdentity {
	return { id, hash };
}

/** Starts the worker; the function it gives ends it. */
function run(worker: Worker<ScoreJob, void>, presence: WorkerPresence, log: Log): () => Promise<void> {
	const running = worker
		.run()
		.catch((error: unknown) => log.error({ error: describe(error) }, "no judging: the worker ended"));
	presence.begin();
	return async () => {
		await presence.leave();
		await worker.close();
		await running;
		await presence.close();
	};
}
