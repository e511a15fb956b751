/**
 * What a gateway does with files and batches, for one tenant at a time. Knows no wire format; the records, the queue and the
 * lives of batches are behind it.
 */
import type { BatchRecord, FileRecord, Page, PageRequest } from "../store/index.ts";
import type { Grant } from "../types.ts";
import type { BatchEndpoint } from "./endpoint.ts";
import type { BatchLimits } from "./settings.ts";

/** A file on its way in. */
export interface Upload {
	/** Throws `body_too_large` above the limit, and `storage_full`. */
	write(bytes: Uint8Array): Promise<void>;
	/** Keeps the file; it can be read and used from now on. */
	commit(of: UploadFacts): Promise<FileRecord>;
	/** Lets go of what came; does nothing after `commit`. */
	discard(): Promise<void>;
}

/** What is known of a file when all of it is there. */
export interface UploadFacts {
	readonly filename: string;
	readonly purpose: string;
	/** From now on, ms; the default where left out. */
	readonly keepMs?: number | undefined;
}

/** What is asked of a new batch. */
export interface BatchWish {
	readonly inputFile: string;
	readonly endpoint: BatchEndpoint;
	/** As the client wrote it, and what it means in ms. */
	readonly completionWindow: string;
	readonly windowMs: number;
	readonly metadata: Readonly<Record<string, string>> | null;
	/** From the output files' creation on, ms; the default where left out. */
	readonly keepOutputMs?: number | undefined;
	/** One of its own where left out. */
	readonly id?: string | undefined;
	/** By which of the service's policies its lines are judged, where not by all of them. */
	readonly grant?: Grant | undefined;
}

/** A part of a batch that comes in pieces, in any order: lines from the line `at` (0 is the first) on, or what is asked once all came. */
export type BatchPiece =
	| { readonly batch: string; readonly at: number; readonly lines: readonly string[] }
	| { readonly batch: string; readonly end: { readonly lines: number; readonly wish: Omit<BatchWish, "inputFile"> } };

/** Files and batches. What a tenant does not own is `not_found`. */
export interface Batches {
	readonly limits: BatchLimits;
	upload(tenant: string): Promise<Upload>;
	file(tenant: string, id: string): FileRecord;
	files(tenant: string, page: PageRequest & { readonly purpose?: string | undefined }): Page<FileRecord>;
	/** A file's record and where its bytes are. */
	content(tenant: string, id: string): { readonly file: FileRecord; readonly path: string };
	/** `invalid_request` while a batch reads the file. */
	deleteFile(tenant: string, id: string): Promise<void>;
	/** `invalid_request` where the input file is not there or not for batches. */
	create(tenant: string, wish: BatchWish): BatchRecord;
	/** Keeps lines of a batch to be, or begins it once all are there; the same again changes nothing. */
	receive(tenant: string, piece: BatchPiece): Promise<void>;
	batch(tenant: string, id: string): BatchRecord;
	batches(tenant: string, page: PageRequest): Page<BatchRecord>;
	/** `invalid_request` where it is too late. */
	cancel(tenant: string, id: string): BatchRecord;
	/** Resolves with the batch when it is over; rejects with the signal's reason. */
	finished(tenant: string, id: string, signal?: AbortSignal): Promise<BatchRecord>;
	/** Leaves open batches to the next start. Closes neither store nor queue. */
	close(): Promise<void>;
}
