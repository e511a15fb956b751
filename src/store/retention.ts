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

/** Which time it is, and how long batches are kept after their end, ms; `signal` ends a sweep early. */
export interface SweepOptions {
	readonly nowMs: number;
	readonly keepBatchesMs: number;
	readonly signal?: AbortSignal | undefined;
}

/**
 * Deletes files past their time that no open batch reads, batches that ended longer ago than they are kept, and the lines
 * of batches that are over, where a crash left some.
 */
export async function sweepStore(store: Store, of: SweepOptions): Promise<Swept> {
	for (const batch of store.items.leftovers()) await eraseItems(store, batch, of.signal);
	const files = await inRounds(of, () => deleteFiles(store, of.nowMs));
	const batches = await inRounds(of, () => deleteBatches(store, of));
	if (!of.signal?.aborted) await store.compact();
	return { files, batches };
}

/** Deletes a batch's lines and results, piece by piece. */
export async function eraseItems(store: Store, batch: number, signal?: AbortSignal): Promise<void> {
	store.items.dropChunk(batch);
	while (!signal?.aborted && store.items.erase(batch, LINES) > 0) await new Promise(setImmediate);
}

async function inRounds({ signal }: SweepOptions, round: () => Promise<number>): Promise<number> {
	let sum = 0;
	for (let deleted = ROUND; deleted === ROUND && !signal?.aborted; sum += deleted) deleted = await round();
	return sum;
}

async function deleteFiles(store: Store, nowMs: number): Promise<number> {
	const expired = store.files.expired(nowMs, ROUND);
	for (const { tenant, id } of expired) {
		store.files.delete(tenant, id);
		await store.contents.delete(id);
	}
	return expired.length;
}

async function deleteBatches(store: Store, { nowMs, keepBatchesMs, signal }: SweepOptions): Promise<number> {
	const ended = store.batches.endedBefore(nowMs - keepBatchesMs, ROUND);
	for (const { seq } of ended) {
		await eraseItems(store, seq, signal);
		if (signal?.aborted) return 0;
		store.batches.delete(seq);
	}
	return ended.length;
}
