/**
 * A gateway's pieces on their way: into jobs, and back as replies. A job that is gone without a reply, or whose worker is,
 * is sent once more, so that a worker's death or a lost reply costs time but no call. Whoever waits gives up by deadline.
 */
import { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Queue, QueueBackend } from "../queue/index.ts";
import type { ModelIdentity } from "../types.ts";
import { createCoalescer } from "./coalescer.ts";
import type { Crew, Fleet } from "./fleet.ts";
import { createJobQueues } from "./job-queues.ts";
import { type Piece, parseReplies, type Reply, type ScoreJob, toError } from "./jobs.ts";
import type { Backlog } from "./load-limit.ts";
import { watchLostJobs } from "./lost-jobs.ts";
import type { WireVerdict } from "./verdict-format.ts";

/** Texts and bytes of one job. */
export const MOST_TEXTS = 32;
/** Long texts take long: they are spread over workers. */
export const MOST_BYTES = 131_072;
/** Adds under way at once; what comes in meanwhile shares the next job. */
const ADDS_AT_ONCE = 2;
const PATIENCE_MS = 1000;
/** BullMQ's: jobs without one go first. */
const BULK_PRIORITY = 10;
/** Workers that may be lost over a piece before it is given up: it may be what kills them. */
const MOST_REPEATS = 2;

/** What became of a piece. */
export type Outcome =
	| { readonly verdicts: readonly WireVerdict[]; readonly model: ModelIdentity }
	| { readonly error: unknown };

/** Pieces on their way. */
export interface Outbox {
	/** `done` hears once what became of the piece, unless it is dropped. */
	send(piece: Piece, of: { readonly bytes: number; readonly textsBefore: number; done(outcome: Outcome): void }): void;
	/** Nobody waits for these any more; workers are told where they could not know by the deadline. */
	drop(ids: Iterable<number>, tellWorkers: boolean): void;
	hear(message: string): void;
	backlog(): Backlog;
	/** Jobs of a crew's queue, waiting and being judged, everybody's. */
	countJobs(crew: Crew): Promise<number>;
	close(): Promise<void>;
}

/** What an outbox needs. */
export interface OutboxParts {
	readonly backend: QueueBackend;
	readonly gateway: string;
	readonly fleet: Fleet;
	readonly log: Log;
	/** Tells workers to skip pieces. */
	skip(ids: readonly number[]): void;
	/** How long a job is left in peace before it is looked after, and between two looks, ms. */
	readonly patienceMs?: number | undefined;
}

interface Entry {
	readonly piece: Piece;
	readonly bytes: number;
	readonly textsBefore: number;
	readonly done: (outcome: Outcome) => void;
	sent: Sent | undefined;
	repeats: number;
}

interface Sent {
	readonly id: string;
	readonly queue: Queue<ScoreJob, void>;
	readonly left: Set<Entry>;
	lookMs: number;
}

/** Nothing is on its way yet. */
export function createOutbox(parts: OutboxParts): Outbox {
	const { backend, gateway, fleet, skip, patienceMs = PATIENCE_MS } = parts;
	const entries = new Map<number, Entry>();
	const jobs = new Map<string, Sent>();
	const queues = createJobQueues(backend);
	let texts = 0;
	let number = 0;

	/** True where it was not sent yet. */
	const forget = (entry: Entry): boolean => {
		entries.delete(entry.piece.id);
		texts -= entry.piece.contents.length;
		const { sent } = entry;
		sent?.left.delete(entry);
		if (sent?.left.size === 0) jobs.delete(sent.id);
		if (entries.size === 0) watch.stop();
		return waiting.remove(entry);
	};
	const finish = (entry: Entry, outcome: Outcome): void => {
		if (entries.get(entry.piece.id) !== entry) return;
		forget(entry);
		entry.done(outcome);
	};
	const waiting = createCoalescer<Entry>({
		maxCount: MOST_TEXTS,
		maxBytes: MOST_BYTES,
		maxInFlight: ADDS_AT_ONCE,
		// a piece over which a worker was lost goes alone
		sizeOf: ({ piece, bytes, repeats }) => ({ count: repeats > 0 ? MOST_TEXTS : piece.contents.length, bytes }),
		async send(group) {
			const crew = fleet.crew() ?? fleet.lastCrew();
			if (crew === undefined) throw new SluiceError("not_ready", { detail: "no worker is there to judge texts" });
			const queue = queues.of(crew);
			const sent: Sent = {
				id: `${gateway}-${++number}`,
				...{ queue, left: new Set(group), lookMs: performance.now() + patienceMs },
			};
			jobs.set(sent.id, sent);
			for (const entry of group) entry.sent = sent;
			const job = { gateway, pieces: group.map(({ piece }) => piece) };
			const isBulk = group.every(({ piece }) => (piece.priority ?? 0) < 0);
			const after = isBulk ? { priority: BULK_PRIORITY } : {};
			await queue.add("score", job, { jobId: sent.id, removeOnComplete: true, removeOnFail: true, ...after });
		},
		failed(group, error) {
			for (const entry of group) finish(entry, { error });
		},
	});
	const repeat = (sent: Sent): void => {
		jobs.delete(sent.id);
		parts.log.warn({ job: sent.id, pieces: sent.left.size }, "a job was lost; its texts are sent again");
		for (const entry of sent.left) {
			entry.sent = undefined;
			if (entry.repeats++ < MOST_REPEATS) waiting.add(entry);
			else
				finish(entry, { error: new SluiceError("inference_failed", { detail: "workers were lost over this text" }) });
		}
	};
	const watch = watchLostJobs({ jobs, fleet, patienceMs, lost: repeat });
	return {
		send(piece, of) {
			const entry: Entry = { piece, ...of, sent: undefined, repeats: 0 };
			entries.set(piece.id, entry);
			texts += piece.contents.length;
			waiting.add(entry);
			watch.start();
		},
		drop(ids, tellWorkers) {
			const judged: number[] = [];
			for (const id of ids) {
				const entry = entries.get(id);
				if (entry === undefined) continue;
				const { sent } = entry;
				if (forget(entry)) continue;
				if (sent?.left.size === 0) sent.queue.remove(sent.id).catch(() => {}); // it may have been taken
				judged.push(id);
			}
			if (tellWorkers && judged.length > 0) skip(judged);
		},
		hear(message) {
			const { from, replies } = parseReplies(message);
			const model = queues.modelOf(from);
			if (model === undefined) return; // not by what this gateway's requests are to be judged by
			for (const reply of replies) {
				const entry = entries.get(reply.id);
				if (entry !== undefined) finish(entry, toOutcome(reply, entry, model));
			}
		},
		backlog: () => ({ jobs: jobs.size, texts }),
		countJobs: async (crew) => queues.of(crew).getJobCountByTypes("wait", "prioritized", "active"),
		async close() {
			for (const entry of [...entries.values()])
				finish(entry, { error: new SluiceError("not_ready", { detail: "this gateway is shutting down" }) });
			await queues.close();
		},
	};
}

function toOutcome(reply: Reply, { textsBefore, piece }: Entry, model: ModelIdentity): Outcome {
	if ("error" in reply) return { error: toError(reply.error, textsBefore) };
	if (reply.verdicts.length === piece.contents.length) return { verdicts: reply.verdicts, model };
	return { error: new SluiceError("inference_failed", { detail: "a worker did not give one verdict per text" }) };
}
