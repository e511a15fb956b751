/**
 * Judges single requests from the queue: each piece by itself, so that none pays for another. A piece whose time is over, or
 * that its gateway takes back, is not judged. Replies are sent before the job ends; without them it counts as lost, and the
 * gateway sends it again.
 */
import { randomBytes } from "node:crypto";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { Processor, QueueBackend, Worker } from "../queue/index.ts";
import type { ModelIdentity } from "../types.ts";
import { type Piece, type Reply, type ScoreJob, toWireError } from "./jobs.ts";
import { fingerprintPolicies, toScoreQueue, WIRE_VERSION } from "./judge-set.ts";
import {
	GATEWAYS_CHANNEL,
	type GatewayNotice,
	parseGatewayNotice,
	parseSkipNotice,
	SKIP_CHANNEL,
	WORKERS_CHANNEL,
	type WorkerNotice,
} from "./messages.ts";
import { createReplies, type Replies } from "./replies.ts";
import { enterScoreQueue, sweepScoreQueues } from "./score-queues.ts";
import { createSkipped, type Skipped } from "./skipped.ts";
import { toWireVerdict } from "./verdict-format.ts";
import { toMonotonicMs } from "./wall-clock.ts";

/** How often a worker says that it is there, ms. */
const NOTICE_EVERY_MS = 1000;
/** How long a worker may be silent before its job counts as lost, ms; gateways notice a worker's death by its notices too. */
const LOCK_MS = 10_000;
/** How long closing waits for what is being judged, ms; what is not done by then is another worker's. */
const GRACE_MS = 10_000;
/** Weight of the newest job in the mean time of one. */
const NEWEST = 0.1;

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
	await enterScoreQueue(backend, { queue, policies, model });
	const swept = await sweepScoreQueues(backend);
	if (swept > 0) log.info({ jobs: swept }, "deleted requests that nobody waits for");
	const skipped = createSkipped();
	closing.addEventListener("abort", skipped.abortAll, { once: true });
	let serviceMs: number | undefined;
	const judge = createProcessor({ moderator, skipped, replies: createReplies(backend, queue), log, closing });
	const worker = backend.worker<ScoreJob, void>(
		queue,
		async (job, token) => {
			const began = performance.now();
			await judge(job, token);
			const ms = performance.now() - began;
			serviceMs = serviceMs === undefined ? ms : serviceMs + NEWEST * (ms - serviceMs);
		},
		// A job that stalled is not given to the next worker: its gateway sends it again, if somebody still waits.
		{ name: id, concurrency, lockDuration: LOCK_MS, stalledInterval: LOCK_MS, maxStalledCount: 0, autorun: false },
	);
	const presence = await announce(options, {
		notice: () => ({
			...{ v: WIRE_VERSION, id, policies, model: identityOf(model), now: Date.now() },
			...{ maxCharacters: moderator.maxCharacters, slots: concurrency, serviceMs },
		}),
		hearSkip: (message) => {
			const notice = parseSkipNotice(message);
			if (notice !== undefined) skipped.add(notice.gateway, notice.ids);
		},
	});
	return { close: run(worker, presence, log) };
}

function identityOf({ id, hash }: ModelIdentity): ModelIdentity {
	return { id, hash };
}

/** Starts the worker; the function it gives ends it. */
function run(worker: Worker<ScoreJob, void>, presence: Presence, log: Log): () => Promise<void> {
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

function createProcessor(of: {
	moderator: Moderator;
	skipped: Skipped;
	replies: Replies;
	log: Log;
	closing: AbortSignal;
}): Processor<ScoreJob, void> {
	const { moderator, skipped, replies, log, closing } = of;
	/** Undefined where nobody waits for a reply. */
	const judge = async (
		{ id, contents, until, priority, budget }: Piece,
		skip: AbortSignal,
	): Promise<Reply | undefined> => {
		try {
			if (skip.aborted) return undefined;
			if (Date.now() >= until)
				throw new SluiceError("deadline_exceeded", { detail: "the deadline passed before a worker took the text" });
			const call = { deadlineMs: toMonotonicMs(until), signal: skip, priority, budget };
			const verdicts = await moderator.moderate(contents, call);
			return { id, verdicts: verdicts.map(toWireVerdict) };
		} catch (error) {
			if (closing.aborted) throw error;
			if (skip.aborted) return undefined;
			if (!isSluiceError(error)) log.error({ error: describe(error) }, "a piece failed in an unexpected way");
			return { id, error: toWireError(error) };
		}
	};
	const answer = async (gateway: string, piece: Piece): Promise<void> => {
		try {
			const reply = await judge(piece, skipped.begin(gateway, piece.id));
			if (reply !== undefined) await replies.send(gateway, reply);
		} finally {
			skipped.end(gateway, piece.id);
		}
	};
	return async ({ data: { gateway, pieces } }) => {
		const ends = await Promise.allSettled(pieces.map((piece) => answer(gateway, piece)));
		const failed = ends.find((end) => end.status === "rejected");
		if (failed === undefined) return;
		log.warn({ error: describe(failed.reason) }, "a job could not be answered; its gateway sends it again");
		// BullMQ keeps message and stack in the queue: nothing of the cause may be in them
		throw new SluiceError("internal", { detail: "the job could not be answered" });
	};
}

interface Presence {
	/** Says from now on, regularly and when a gateway asks, that the worker takes jobs. */
	begin(): void;
	/** Says from now on that it takes no more. */
	leave(): Promise<void>;
	close(): Promise<void>;
}

/** Says that the worker is there; listens to gateways, and for pieces that are taken back. */
async function announce(
	{ backend, onGateway }: ScoreWorkerOptions,
	of: { notice(): WorkerNotice; hearSkip(message: string): void },
): Promise<Presence> {
	let leaving: true | undefined;
	let timer: NodeJS.Timeout | undefined;
	const say = async (): Promise<void> => {
		const notice: WorkerNotice = { ...of.notice(), leaving };
		await backend.publish(WORKERS_CHANNEL, JSON.stringify(notice)).catch(() => {}); // said again soon
	};
	const stops = [
		await backend.subscribe(SKIP_CHANNEL, of.hearSkip),
		await backend.subscribe(GATEWAYS_CHANNEL, (message) => {
			const notice = parseGatewayNotice(message);
			if (notice === undefined || timer === undefined) return;
			if (notice.asks) void say();
			onGateway?.(notice);
		}),
	];
	return {
		begin() {
			timer = setInterval(say, NOTICE_EVERY_MS);
			void say();
		},
		async leave() {
			leaving = true;
			await say();
		},
		async close() {
			clearInterval(timer);
			for (const stop of stops) await stop();
		},
	};
}

function describe(error: unknown): string {
	return isSluiceError(error) ? error.code : error instanceof Error ? error.name : typeof error;
}
