/**
 * The end of a batch: what is still in the queue is withdrawn, what was not judged in time becomes error lines, and the
 * files are written. Every step can be done again after a crash.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BatchRecord, Store } from "../store/index.ts";
import type { Bell } from "./bell.ts";
import { type Feeder, toDuplicateError } from "./feeder.ts";
import { planOutput, writeOutput } from "./output.ts";
import { refuseChunk } from "./pieces.ts";
import { createChunkReader, toErrorBody } from "./read-chunk.ts";
import type { BatchLimits } from "./settings.ts";

const EXPIRED = {
	code: "batch_expired",
	message: "this request could not be judged before the completion window was over",
};

/** What ending a batch needs. */
export interface Ending {
	readonly store: Store;
	readonly limits: BatchLimits;
	readonly feeder: Feeder;
	/** Rings when results came. */
	readonly bell: Bell;
	readonly signal: AbortSignal;
}

/** Brings a batch that is to end to the point where only its status is missing. */
export async function finishBatch(parts: Ending, batch: BatchRecord): Promise<void> {
	const { store, limits, signal } = parts;
	if (batch.outcome !== "completed") await recall(parts, batch);
	if (batch.outcome === "expired") await refuseRest(parts, batch);
	signal.throwIfAborted();
	const files = planOutput(store, batch);
	store.batches.update(batch.seq, files);
	await writeOutput(store, { ...batch, ...files }, { keepMs: limits.keepFilesMs, signal });
}

/** Takes back what waits in the queue, and gives what is being judged some time. */
async function recall({ store, limits, feeder, bell, signal }: Ending, batch: BatchRecord): Promise<void> {
	const end = (record: Parameters<typeof refuseChunk>[1]["record"]): void => {
		if (batch.outcome === "expired") refuseChunk(store, { batch: batch.seq, record, ...EXPIRED });
		else store.items.dropChunk(batch.seq, record.chunk);
	};
	await feeder.withdraw(end);
	const over = AbortSignal.timeout(limits.graceMs);
	while (feeder.settle() > 0 && !over.aborted) {
		await bell.wait(AbortSignal.any([over, signal])).catch(() => signal.throwIfAborted());
	}
	for (const record of store.items.chunks(batch.seq)) end(record);
	feeder.settle();
}

/** Reads what was never sent, so that each line of the input has its line in the error file. */
async function refuseRest({ store, limits, signal }: Ending, batch: BatchRecord): Promise<void> {
	const input = createChunkReader(store.contents.path(batch.inputFile));
	try {
		for (;;) {
			const { nextOffset, nextLine, nextChunk, fed } = store.batches.find(batch.id)!;
			if (fed) return;
			const read = await input.read({ nextOffset, nextLine }, { ...limits, endpoint: batch.endpoint });
			signal.throwIfAborted();
			store.items.feed(batch.seq, {
				items: read.items.map((item) => ({
					...item,
					error: item.error ?? toErrorBody({ ...EXPIRED, line: item.line, param: null }),
				})),
				position: { ...read.position, nextChunk },
				duplicateError: toDuplicateError,
			});
		}
	} finally {
		await input.close();
	}
}

/** Waits before something is tried again. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
	return sleep(ms, undefined, { signal, ref: false });
}
