/** Records of uploaded and written files; their bytes are in {@link Contents}. A tenant sees its own. */
import type { Database } from "./database.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

/** A stored file. */
export interface FileRecord {
	readonly id: string;
	readonly tenant: string;
	readonly purpose: string;
	readonly filename: string;
	readonly bytes: number;
	readonly createdMs: number;
	/** When it is deleted; never where null. */
	readonly expiresMs: number | null;
}

/** The table of files. */
export interface FileRecords {
	/** On disk when it returns. */
	insert(file: FileRecord): void;
	get(tenant: string, id: string): FileRecord | undefined;
	has(id: string): boolean;
	list(tenant: string, page: PageRequest & { readonly purpose?: string | undefined }): Page<FileRecord>;
	/** Whether it was there. */
	delete(tenant: string, id: string): boolean;
	/** Some of the files whose time is over and that no open batch reads. */
	expired(nowMs: number, limit: number): FileRecord[];
	/** Whether an open batch reads the file. */
	isInUse(id: string): boolean;
}

interface Row {
	id: string;
	tenant: string;
	purpose: string;
	filename: string;
	bytes: number;
	created_ms: number;
	expires_ms: number | null;
}

const IN_USE = `EXISTS (SELECT 1 FROM batches WHERE input_file = files.id
	AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))`;

/** The table in `db`. */
export function createFileRecords(db: Database): FileRecords {
	return {
		insert(file) {
			db.durably(() =>
				db.run(
					`INSERT INTO files (id, tenant, purpose, filename, bytes, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
					ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes`,
					file.id,
					file.tenant,
					file.purpose,
					file.filename,
					file.bytes,
					file.createdMs,
					file.expiresMs,
				),
			);
		},
		get(tenant, id) {
			const row = db.get<Row>("SELECT * FROM files WHERE id = ? AND tenant = ?", id, tenant);
			return row && toRecord(row);
		},
		has: (id) => db.get("SELECT 1 FROM files WHERE id = ?", id) !== undefined,
		list(tenant, { purpose, ...page }) {
			const where = purpose === undefined ? undefined : ({ column: "purpose", equals: purpose } as const);
			const { items, hasMore } = readPage<Row>(db, { table: "files", tenant, where }, page);
			return { items: items.map(toRecord), hasMore };
		},
		delete: (tenant, id) => db.durably(() => db.run("DELETE FROM files WHERE id = ? AND tenant = ?", id, tenant)) > 0,
		expired: (nowMs, limit) =>
			db.all<Row>(`SELECT * FROM files WHERE expires_ms <= ? AND NOT ${IN_USE} LIMIT ?`, nowMs, limit).map(toRecord),
		isInUse: (id) => db.get(`SELECT 1 FROM files WHERE id = ? AND ${IN_USE}`, id) !== undefined,
	};
}

function toRecord(row: Row): FileRecord {
	const { id, tenant, purpose, filename, bytes, created_ms: createdMs, expires_ms: expiresMs } = row;
	return { id, tenant, purpose, filename, bytes, createdMs, expiresMs };
}
