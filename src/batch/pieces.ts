/**
 * A batch's pieces in the queue: sent, sent again, found, given up. The records say which there are; here is only when each
 * was sent, and the places they take.
 */
import { isSluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Queue } from "../queue/index.ts";
import { type BatchRecord, type ChunkRecord, NO_RESPONSE, type Store } from "../store/index.ts";
import { type BatchEndpoint, isBatchEndpoint } from "./endpoint.ts";
import { ATTEMPTS, BACKOFF_MS, type ResultsJob, type ScanItem, type ScanJob, toJobId } from "./jobs.ts";
import { readChunk, toErrorBody } from "./read-chunk.ts";
import type { BatchLimits } from "./settings.ts";
import type { Turns } from "./turns.ts";

/** What sending pieces needs. */
export interface PiecesParts {
	readonly store: Store;
	readonly scan: Queue<ScanJob, void>;
	readonly results: Queue<ResultsJob, void>;
	readonly turns: Turns;
	readonly limits: BatchLimits;
	readonly log: Log;
}

/** The pieces of one batch that are out. */
export interface Pieces {
	/** A piece that has its place is out from now on. */
	add(chunk: number): void;
	/** Sends a piece that is out. Where the queue is away it stays for `check` to send. */
	send(chunk: number, items: readonly ScanItem[]): Promise<void>;
	/** Takes the place, if need be, of a piece in the records, and sends it. */
	resume(record: ChunkRecord): Promise<void>;
	/** Reads a piece once more and sends what still waits in it. */
	sendAgain(record: ChunkRecord): Promise<void>;
	/** Whether a piece has not been looked after for a while; notes that it is now. */
	isDue(chunk: number): boolean;
	/** Frees the places of pieces that are done; gives how many are still out. */
	settle(): number;
}

/** The pieces of `batch`. */
export function createPieces(parts: PiecesParts, batch: BatchRecord): Pieces {
	const { store, turns, limits } = parts;
	const place = { tenant: batch.tenant, batch: batch.seq };
	const out = new Map<number, number>(); // chunk -> when it was sent; 0 where it may not have been
	const send = async (chunk: number, items: readonly ScanItem[]): Promise<void> => {
		try {
			const grant = batch.grant ?? undefined;
			await addScanJob(parts.scan, { batch: batch.id, chunk, endpoint: endpointOf(batch), grant, items });
			if (out.has(chunk)) out.set(chunk, performance.now()); // a result may have been quicker
		} catch (error) {
			if (!isSluiceError(error) || !error.retryable) throw error;
			parts.log.warn({ batch: batch.id, code: error.code }, "a piece could not be queued; it will be sent again");
		}
	};
	const sendAgain = async (record: ChunkRecord): Promise<void> => {
		const from = { nextOffset: record.firstOffset, nextLine: record.firstLine };
		const of = { ...limits, endpoint: batch.endpoint, lastLine: record.lastLine };
		const { requests } = await readChunk(store.contents.path(batch.inputFile), from, of);
		const waiting = new Set(store.items.waiting(batch.seq, record));
		const items = requests.filter(({ line }) => waiting.has(line));
		if (items.length > 0) await send(record.chunk, items); // else its results came while it was read
	};
	return {
		add: (chunk) => void out.set(chunk, 0),
		send,
		sendAgain,
		async resume(record) {
			if (!out.has(record.chunk)) turns.adopt(place);
			out.set(record.chunk, 0);
			await sendAgain(record);
		},
		isDue(chunk) {
			const sent = out.get(chunk);
			if (sent === undefined || (sent > 0 && performance.now() - sent < limits.checkMs)) return false;
			out.set(chunk, performance.now());
			return true;
		},
		settle() {
			const left = new Set(store.items.chunks(batch.seq).map(({ chunk }) => chunk));
			for (const chunk of out.keys()) {
				if (left.has(chunk)) continue;
				out.delete(chunk);
				turns.release(place);
			}
			return left.size;
		},
	};
}

/** The endpoint of a batch; creating one checked it. */
function endpointOf(batch: BatchRecord): BatchEndpoint {
	if (!isBatchEndpoint(batch.endpoint)) throw new TypeError("the batch has an unknown endpoint");
	return batch.endpoint;
}

async function addScanJob(queue: Queue<ScanJob, void>, job: ScanJob): Promise<void> {
	await queue.add("chunk", job, {
		jobId: toJobId(job.batch, job.chunk),
		attempts: ATTEMPTS,
		backoff: { type: "exponential", delay: BACKOFF_MS },
		removeOnComplete: true,
	});
}

/** Where a piece is: on its way, on its way no more, or failed for good, in which case its job is removed. */
export async function findJob({ scan, results }: PiecesParts, id: string): Promise<"queued" | "failed" | "lost"> {
	const job = await scan.getJob(id);
	if (job === undefined) {
		const back = await results.getJob(id);
		if (back === undefined) return "lost";
		if (await back.isFailed()) await back.retry();
		return "queued";
	}
	if (!(await job.isFailed())) return "queued";
	await job.remove();
	return "failed";
}

/** Ends what waits in a piece, each line with this error. */
export function refuseChunk(
	store: Store,
	of: { batch: number; record: ChunkRecord; code: string; message: string },
): void {
	const { batch, record, code, message } = of;
	const results = store.items.waiting(batch, record).map((line) => ({
		line,
		status: NO_RESPONSE,
		body: toErrorBody({ code, message, line, param: null }),
	}));
	store.items.finish(batch, record.chunk, results);
}
