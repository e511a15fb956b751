/**
 * The life of every open batch: validated, fed, finalized; cancelled or expired on the way. Where it stands is in the
 * records, so another process can go on with it. Knows no wire format.
 */
import { isSluiceError } from "../errors.ts";
import { type BatchRecord, type BatchState, eraseItems } from "../store/index.ts";
import { type Bell, createBell } from "./bell.ts";
import { createFeeder, type Feeder } from "./feeder.ts";
import { finishBatch, pause } from "./finish.ts";
import type { PiecesParts } from "./pieces.ts";
import { countRequests } from "./read-chunk.ts";

/** Pause after a failure that may pass. */
const RETRY_MS = 10_000;
/** Longest time setTimeout can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What the lives of batches need; `onEnd` is told within the transaction that ends a batch. */
export interface LifecycleParts extends PiecesParts {
	onEnd(batch: BatchRecord): void;
	/** Told after the batch has ended. */
	ended(batch: BatchRecord): void;
}

/** All open batches. */
export interface Lifecycle {
	start(batch: BatchRecord): void;
	/** Results of the batch have come. */
	wake(id: string): void;
	/** The batch's status was changed to one that ends it. */
	interrupt(id: string): void;
	/** Looks after what has been in the queue for long. */
	check(): Promise<void>;
	/** Leaves the batches as they are, for the next process. */
	close(): Promise<void>;
}

interface Run {
	readonly feeder: Feeder;
	readonly bell: Bell;
	/** Ends validating and feeding. */
	readonly stop: AbortController;
	readonly done: Promise<void>;
}

/** The lives of all batches in this process. */
export function createLifecycle(parts: LifecycleParts): Lifecycle {
	const { store, log } = parts;
	const runs = new Map<string, Run>();
	const closing = new AbortController();
	return {
		start(batch) {
			const feeder = createFeeder(parts, batch);
			const life: Life = { parts, feeder, bell: createBell(), stop: new AbortController(), closing: closing.signal };
			const done = live(life, batch.id).finally(() => runs.delete(batch.id));
			runs.set(batch.id, { ...life, done });
		},
		wake(id) {
			runs.get(id)?.feeder.settle();
			runs.get(id)?.bell.ring();
		},
		interrupt: (id) => runs.get(id)?.stop.abort(),
		async check() {
			for (const [id, { feeder, bell }] of runs) {
				if (store.batches.find(id)?.status !== "in_progress") continue;
				try {
					await feeder.check();
					bell.ring();
				} catch (error) {
					log.warn({ batch: id, error: nameOf(error) }, "a batch's pieces in the queue could not be checked");
				}
			}
		},
		async close() {
			closing.abort();
			await Promise.all([...runs.values()].map(({ done }) => done));
		},
	};
}

interface Life extends Omit<Run, "done"> {
	readonly parts: LifecycleParts;
	readonly closing: AbortSignal;
}

/** Takes a batch from status to status until it is over or the process closes. Never rejects. */
async function live(life: Life, id: string): Promise<void> {
	const { store, log } = life.parts;
	const cancelTimer = startTimer(life, id);
	try {
		for (;;) {
			const batch = store.batches.find(id);
			if (batch === undefined || life.closing.aborted) return;
			const step = STEPS[batch.status];
			if (step === undefined) return;
			try {
				await step(life, batch);
			} catch (error) {
				if (life.closing.aborted) return;
				if (life.stop.signal.aborted && error === life.stop.signal.reason) continue;
				log.error({ batch: id, error: nameOf(error) }, "a batch's step failed");
				if (isSluiceError(error) && error.retryable) await pause(RETRY_MS, life.closing).catch(() => {});
				else failBatch(life.parts, batch);
			}
		}
	} catch (error) {
		log.error({ batch: id, error: nameOf(error) }, "a batch stands still until the next start");
	} finally {
		cancelTimer();
	}
}

const STEPS: Readonly<Partial<Record<BatchRecord["status"], (life: Life, batch: BatchRecord) => Promise<void>>>> = {
	async validating({ parts: { store, limits, ...parts }, stop, closing }, batch) {
		const signal = AbortSignal.any([stop.signal, closing]);
		const total = await countRequests(store.contents.path(batch.inputFile), limits.maxLineBytes, signal);
		if (signal.aborted) throw closing.aborted ? closing.reason : stop.signal.reason;
		if (total > 0) store.batches.update(batch.seq, { status: "in_progress", total, inProgressMs: Date.now() });
		else {
			const problem = { code: "empty_file", message: "the input file has no requests", line: null, param: null };
			end({ ...parts, store, limits }, batch, { status: "failed", failedMs: Date.now(), errors: [problem] });
		}
	},
	async in_progress({ parts: { store }, feeder, bell, stop, closing }, batch) {
		const signal = AbortSignal.any([stop.signal, closing]);
		await feeder.resume();
		await feeder.feed(signal);
		while (feeder.settle() > 0) await bell.wait(signal);
		signal.throwIfAborted();
		store.batches.update(batch.seq, { status: "finalizing", outcome: "completed", finalizingMs: Date.now() });
	},
	finalizing: finish,
	cancelling: finish,
};

async function finish({ parts, feeder, bell, closing }: Life, batch: BatchRecord): Promise<void> {
	await finishBatch({ ...parts, feeder, bell, signal: closing }, batch);
	const now = Date.now();
	const outcome = batch.outcome ?? "completed";
	const times = { completed: { completedMs: now }, expired: { expiredMs: now }, cancelled: { cancelledMs: now } };
	end(parts, batch, { status: outcome, ...times[outcome] });
	await eraseItems(parts.store, batch.seq, closing);
}

/** A batch whose input cannot be read, or that met a defect. */
function failBatch(parts: LifecycleParts, batch: BatchRecord): void {
	const message = "the batch could not go on; the log of the service says why";
	const errors = [{ code: "internal", message, line: null, param: null }];
	end(parts, batch, { status: "failed", failedMs: Date.now(), errors });
}

function end(parts: LifecycleParts, { id, seq }: BatchRecord, change: Partial<BatchState>): void {
	const ended = parts.store.transaction(() => {
		parts.store.batches.update(seq, change);
		const batch = parts.store.batches.find(id)!;
		parts.onEnd(batch);
		return batch;
	});
	parts.ended(ended);
}

/** Ends the batch when its completion window is over; the function it gives stops that. */
function startTimer({ parts: { store }, stop }: Life, id: string): () => void {
	const { expiresMs } = store.batches.find(id)!;
	let timer: NodeJS.Timeout;
	const arm = (): void => {
		const left = expiresMs - Date.now();
		timer = setTimeout(left > MAX_TIMER_MS ? arm : expire, Math.min(Math.max(left, 0), MAX_TIMER_MS)).unref();
	};
	const expire = (): void => {
		const batch = store.batches.find(id);
		if (batch?.status !== "validating" && batch?.status !== "in_progress") return;
		store.batches.update(batch.seq, { status: "finalizing", outcome: "expired", finalizingMs: Date.now() });
		stop.abort();
	};
	arm();
	return () => clearTimeout(timer);
}

/** What went wrong, without words that may quote what was sent. */
function nameOf(error: unknown): string {
	if (isSluiceError(error)) return error.code;
	return error instanceof Error ? `${error.name} ${(error as NodeJS.ErrnoException).code ?? ""}`.trim() : typeof error;
}
