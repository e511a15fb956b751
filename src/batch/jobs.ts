/**
 * What goes through the queues: pieces of batches to whoever judges them, and results back to the one process that owns the
 * records. Both jobs of a piece have the same id, so that adding one again adds nothing.
 */
import type { ItemResult } from "../store/index.ts";
import type { Grant } from "../types.ts";
import type { BatchEndpoint } from "./endpoint.ts";

/** Queue of {@link ScanJob}. */
export const SCAN_QUEUE = "scan";
/** Queue of {@link ResultsJob}. */
export const RESULTS_QUEUE = "results";

/** Lines of one batch to be judged. */
export interface ScanJob {
	readonly batch: string;
	readonly chunk: number;
	readonly endpoint: BatchEndpoint;
	/** See {@link BatchWish.grant}. */
	readonly grant?: Grant | undefined;
	readonly items: readonly ScanItem[];
}

/** A line's number and the body of its request. */
export interface ScanItem {
	readonly line: number;
	readonly body: unknown;
}

/** What came out, one result per item. */
export interface ResultsJob {
	readonly batch: string;
	readonly chunk: number;
	readonly items: readonly ItemResult[];
}

/** Tries of a job, and the pause before the second; it doubles. */
export const ATTEMPTS = 5;
/** See {@link ATTEMPTS}. */
export const BACKOFF_MS = 1000;

/** The id of both jobs of a chunk. */
export function toJobId(batch: string, chunk: number): string {
	return `${batch}-${chunk}`;
}
