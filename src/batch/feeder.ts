/**
 * Puts a batch's pieces into the queue, a bounded number at once, in turn with other batches. Where reading stands is in the
 * records before a piece is in the queue: a piece that did not get there, or got lost there, is read and sent once more.
 */
import type { BatchRecord, ChunkRecord } from "../store/index.ts";
import { type ScanItem, toJobId } from "./jobs.ts";
import { createPieces, findJob, type PiecesParts, refuseChunk } from "./pieces.ts";
import { type ChunkReader, createChunkReader, toErrorBody } from "./read-chunk.ts";

const NO_WORKER = {
	code: "inference_failed",
	message: "no worker got to the end of the piece of the batch that this line is in",
};

/** Feeds one batch. */
export interface Feeder {
	/** Sends what the queue has to have by the records, as after a restart. */
	resume(): Promise<void>;
	/** Resolves when the whole file has been read and sent; rejects with the signal's reason. */
	feed(signal: AbortSignal): Promise<void>;
	/** Frees the places of pieces that are done; gives how many are still out. */
	settle(): number;
	/** Sends pieces again that are in no queue any more, and ends those that no worker survives. */
	check(): Promise<void>;
	/** Takes pieces out of the queue that nobody works on; `end` says what becomes of each. */
	withdraw(end: (record: ChunkRecord) => void): Promise<void>;
}

/** A feeder of `batch`, whose record it reads anew where it matters. */
export function createFeeder(parts: PiecesParts, batch: BatchRecord): Feeder {
	const { store, turns } = parts;
	const place = { tenant: batch.tenant, batch: batch.seq };
	const pieces = createPieces(parts, batch);
	return {
		settle: pieces.settle,
		async resume() {
			for (const record of store.items.chunks(batch.seq)) await pieces.resume(record);
		},
		async feed(signal) {
			const input = createChunkReader(store.contents.path(batch.inputFile));
			try {
				for (let { fed } = store.batches.find(batch.id)!; !fed; ) {
					await turns.take({ ...place, signal });
					let step: FedStep | undefined;
					try {
						step = await feedOne(parts, { batch, input, signal });
					} finally {
						if (step === undefined || step.requests.length === 0) turns.release(place);
					}
					({ fed } = step);
					if (step.requests.length === 0) continue;
					pieces.add(step.chunk);
					await pieces.send(step.chunk, step.requests);
					pieces.settle(); // a result may have been quicker than this
				}
			} finally {
				await input.close();
			}
		},
		async check() {
			for (const record of store.items.chunks(batch.seq)) {
				if (!pieces.isDue(record.chunk)) continue;
				const fate = await findJob(parts, toJobId(batch.id, record.chunk));
				if (fate === "lost") await pieces.sendAgain(record);
				// a worker's own failures come back as results: this job's workers died, again and again
				if (fate === "failed") refuseChunk(store, { batch: batch.seq, record, ...NO_WORKER });
			}
			pieces.settle();
		},
		async withdraw(end) {
			for (const record of store.items.chunks(batch.seq)) {
				const id = toJobId(batch.id, record.chunk);
				// what was judged already is on its way back
				if ((await parts.scan.remove(id)) === 1 && (await parts.results.getJob(id)) === undefined) end(record);
			}
			pieces.settle();
		},
	};
}

interface FedStep {
	readonly chunk: number;
	readonly requests: readonly ScanItem[];
	readonly fed: boolean;
}

interface Feeding {
	readonly batch: BatchRecord;
	readonly input: ChunkReader;
	readonly signal: AbortSignal;
}

/** Reads one piece and records it. Throws the signal's reason where the batch ended meanwhile. */
async function feedOne({ store, limits }: PiecesParts, { batch, input, signal }: Feeding): Promise<FedStep> {
	const from = store.batches.find(batch.id)!;
	const read = await input.read(from, { ...limits, endpoint: batch.endpoint });
	signal.throwIfAborted();
	const chunk = from.nextChunk;
	const duplicates = store.items.feed(batch.seq, {
		items: read.items,
		chunk: { chunk, firstLine: from.nextLine, lastLine: read.lastLine, firstOffset: from.nextOffset },
		position: { ...read.position, nextChunk: chunk + 1 },
		duplicateError: toDuplicateError,
	});
	const requests = read.requests.filter(({ line }) => !duplicates.has(line));
	return { chunk, requests, fed: read.position.fed };
}

/** The error of a line whose custom_id an earlier one has. */
export function toDuplicateError(line: number): string {
	const message = "an earlier line has the same custom_id";
	return toErrorBody({ code: "duplicate_custom_id", message, line, param: "custom_id" });
}
