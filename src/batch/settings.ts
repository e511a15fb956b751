/** How much batches may take, with what is chosen where nothing is said. Sizes in bytes, times in milliseconds. */

/** See {@link BATCH_LIMITS}. */
export interface BatchLimits {
	readonly maxFileBytes: number;
	readonly maxLineBytes: number;
	/** Requests in one job. */
	readonly chunkItems: number;
	readonly chunkBytes: number;
	/** Jobs in the queue at once, of all batches and of one. */
	readonly chunksOut: number;
	readonly chunksOutPerBatch: number;
	/** How often jobs that have been out for as long are looked after. */
	readonly checkMs: number;
	/** How long results may be silent on their way into the records before they are taken up again. */
	readonly lockMs: number;
	/** How long a cancelled or expired batch waits for what is being judged. */
	readonly graceMs: number;
	/** How long files are kept that name no time, and batches after their end. */
	readonly keepFilesMs: number;
	readonly keepBatchesMs: number;
	/** How often what is past its time is deleted. */
	readonly sweepMs: number;
}

const DAY_MS = 86_400_000;

/** The limits where nothing is said. */
export const BATCH_LIMITS: BatchLimits = {
	maxFileBytes: 5 * 2 ** 30,
	maxLineBytes: 2 ** 21,
	chunkItems: 32,
	chunkBytes: 2 ** 20,
	chunksOut: 64,
	chunksOutPerBatch: 32,
	checkMs: 15_000,
	lockMs: 5000,
	graceMs: 60_000,
	keepFilesMs: 30 * DAY_MS,
	keepBatchesMs: 30 * DAY_MS,
	sweepMs: 3_600_000,
};
