/** A batch as a record: what was asked, how far it is, when each status began. OpenAI's statuses. */

import type { Grant } from "../types.ts";

/** OpenAI's statuses of a batch, in the order they come. */
export const BATCH_STATUSES = [
	"validating",
	"failed",
	"in_progress",
	"finalizing",
	"completed",
	"expired",
	"cancelling",
	"cancelled",
] as const;
/** One of {@link BATCH_STATUSES}. */
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** How a batch ends that did not fail. */
export type BatchOutcome = "completed" | "expired" | "cancelled";

/** Something wrong with a whole batch. */
export interface BatchProblem {
	readonly code: string;
	readonly message: string;
	readonly line: number | null;
	readonly param: string | null;
}

/** What a batch is created with. Times in ms since 1970 but for `outputExpiresMs`, which counts from the output's creation. */
export interface NewBatch {
	readonly id: string;
	readonly tenant: string;
	readonly endpoint: string;
	readonly inputFile: string;
	/** As the client wrote it. */
	readonly completionWindow: string;
	readonly outputExpiresMs: number | null;
	readonly metadata: Readonly<Record<string, string>> | null;
	/** By which of the service's policies its lines are judged, where not by all of them. */
	readonly grant: Grant | null;
	readonly createdMs: number;
	readonly expiresMs: number;
}

/** What changes in a batch's life. */
export interface BatchState {
	readonly status: BatchStatus;
	/** What it is on its way to, once that is certain. */
	readonly outcome: BatchOutcome | null;
	/** When each status began; null where it never did. */
	readonly inProgressMs: number | null;
	readonly finalizingMs: number | null;
	readonly completedMs: number | null;
	readonly failedMs: number | null;
	readonly expiredMs: number | null;
	readonly cancellingMs: number | null;
	readonly cancelledMs: number | null;
	/** Requests in the input file. */
	readonly total: number;
	/** Files with what came out, from `finalizing` on; null where there is nothing to put in. */
	readonly outputFile: string | null;
	readonly errorFile: string | null;
	readonly errors: readonly BatchProblem[] | null;
	/** Where the next chunk begins in the input file. */
	readonly nextOffset: number;
	/** Number of the line there, from 1. */
	readonly nextLine: number;
	readonly nextChunk: number;
	/** The whole file has been read. */
	readonly fed: boolean;
}

/** A batch. `seq` is its short name inside the store. */
export interface BatchRecord extends NewBatch, BatchState {
	readonly seq: number;
	readonly completed: number;
	readonly failed: number;
}
