/**
 * Deletes what is past its time, for good: rows are overwritten, their pages given back, files removed.
 */
import type { Store } from "./store.ts";

/** Records deleted at once; the thread is free between two rounds. */
const ROUND = 200;
/** Lines deleted at once. */
const LINES = 500;

/** What a sweep deleted. */
export interface Swept {
	readonly files: number;
	readonly batches: number;
}

/** Deletes files past their time that no open batch reads, and batches that ended longer ago than they are kept. */
export async function sweepStore(
	store: Store,
	of: { nowMs: number; keepBatchesMs: number; signal?: AbortSignal | undefined },
): Promise<Swept> {
	let files = 0;
	let batches = 0;
	for (;;) {
		const expired = store.files.expired(of.nowMs, ROUND);
		for (const { tenant, id } of expired) {
			store.files.delete(tenant, id);
			await store.contents.delete(id);
			if (of.signal?.aborted) return { files, batches };
		}
		files += expired.length;
		if (expired.length < ROUND) break;
	}
	for (;;) {
		const ended = store.batches.endedBefore(of.nowMs - of.keepBatchesMs, ROUND);
		for (const { seq } of ended) {
			await eraseItems(store, seq);
			store.batches.delete(seq);
			if (of.signal?.aborted) return { files, batches };
		}
		batches += ended.length;
		if (ended.length < ROUND) break;
	}
	await store.compact();
	return { files, batches };
}

/** Deletes a batch's lines and results, piece by piece. */
export async function eraseItems(store: Store, batch: number): Promise<void> {
	store.items.dropChunk(batch);
	while (store.items.erase(batch, LINES) > 0) await new Promise(setImmediate);
}
