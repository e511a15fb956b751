/**
 * The records of one deployment in one folder: `records.sqlite` and the files' contents beside it. Knows no queue and no
 * wire format. Many processes may read it; the one that runs batches claims it.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AuditLog, createAuditLog } from "./audit.ts";
import { type BatchRecords, createBatchRecords } from "./batches.ts";
import { claimFolder } from "./claim.ts";
import { type Contents, openContents } from "./contents.ts";
import { type Database, openDatabase } from "./database.ts";
import { createDeliveries, type Deliveries } from "./deliveries.ts";
import { createFileRecords, type FileRecords } from "./files.ts";
import { createIncoming, type Incoming } from "./incoming.ts";
import { createItems, type Items } from "./items.ts";
import { createKeyRecords, type KeyRecords } from "./keys.ts";

/** The records. */
export interface Store {
	readonly files: FileRecords;
	readonly contents: Contents;
	readonly incoming: Incoming;
	readonly batches: BatchRecords;
	readonly items: Items;
	readonly deliveries: Deliveries;
	readonly keys: KeyRecords;
	readonly audit: AuditLog;
	/** All or nothing, on disk when it returns; short. */
	transaction<T>(work: () => T): T;
	/** Makes this process the one that runs batches, until the function it gives is called; throws `invalid_config` where another is. */
	claim(): () => void;
	/** See {@link Database.compact}. */
	compact(): Promise<void>;
	close(): void;
}

/** Opens or makes the folder. Throws `invalid_config` where it cannot be used. */
export async function openStore(dir: string): Promise<Store> {
	mkdirSync(dir, { recursive: true, mode: 0o700 });
	const contents = await openContents(join(dir, "files"));
	const db: Database = openDatabase(join(dir, "records.sqlite"));
	return {
		files: createFileRecords(db),
		contents,
		incoming: createIncoming(join(dir, "incoming")),
		batches: createBatchRecords(db),
		items: createItems(db),
		deliveries: createDeliveries(db),
		keys: createKeyRecords(db),
		audit: createAuditLog(db),
		transaction: (work) => db.durably(work),
		claim: () => claimFolder(dir),
		compact: () => db.compact(),
		close: () => db.close(),
	};
}
