/** Records on SQLite: files, batches, their lines and results, keys, audit. */
export type { AuditEntry, AuditLog } from "./audit.ts";
export { type Backup, backUp, restore } from "./backup.ts";
export {
	BATCH_STATUSES,
	type BatchOutcome,
	type BatchProblem,
	type BatchRecord,
	type BatchState,
	type BatchStatus,
	type NewBatch,
} from "./batch-record.ts";
export { claimFolder } from "./claim.ts";
export type { Contents, ContentWriter } from "./contents.ts";
export type { Delivery } from "./deliveries.ts";
export type { FileRecord } from "./files.ts";
export { createBatchId, createFileId } from "./ids.ts";
export {
	type ChunkRecord,
	type FeedPosition,
	type FinishedItem,
	type ItemResult,
	type NewItem,
	NO_RESPONSE,
} from "./items.ts";
export type { HashedKeyRecord, KeyRecord, KeyRecords } from "./keys.ts";
export type { Page, PageRequest } from "./page.ts";
export { eraseItems, type Swept, sweepStore } from "./retention.ts";
export { openStore, type Store } from "./store.ts";
