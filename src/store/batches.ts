/**
 * The table of batches. A tenant sees its own.
 */

import type { BatchRecord, BatchState, NewBatch } from "./batch-record.ts";
import { type BatchRow, toBatch, toColumns } from "./batch-row.ts";
import type { Database } from "./database.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

/** The table of batches. */
export interface BatchRecords {
	/** On disk when it returns. */
	insert(batch: NewBatch): BatchRecord;
	get(tenant: string, id: string): BatchRecord | undefined;
	/** Of whatever tenant. */
	find(id: string): BatchRecord | undefined;
	list(tenant: string, page: PageRequest): Page<BatchRecord>;
	/** Batches that are not over, in order of creation. */
	open(): BatchRecord[];
	/** Changes the state, on disk when it returns. */
	update(seq: number, change: Partial<BatchState>): void;
	/** Batches that ended at or before this time. */
	endedBefore(ms: number, limit: number): BatchRecord[];
	delete(seq: number): void;
}

/** The table in `db`. */
export function createBatchRecords(db: Database): BatchRecords {
	const find = (id: string): BatchRecord | undefined => {
		const row = db.get<BatchRow>("SELECT * FROM batches WHERE id = ?", id);
		return row && toBatch(row);
	};
	return {
		insert(batch) {
			const columns = { ...toColumns(batch), status: "validating" };
			const names = Object.keys(columns);
			const sql = `INSERT INTO batches (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
			db.durably(() => db.run(sql, ...Object.values(columns)));
			return find(batch.id)!;
		},
		get(tenant, id) {
			const row = db.get<BatchRow>("SELECT * FROM batches WHERE id = ? AND tenant = ?", id, tenant);
			return row && toBatch(row);
		},
		find,
		list(tenant, page) {
			const { items, hasMore } = readPage<BatchRow>(db, { table: "batches", tenant }, page);
			return { items: items.map(toBatch), hasMore };
		},
		open: () =>
			db
				.all<BatchRow>(
					"SELECT * FROM batches WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling') ORDER BY seq",
				)
				.map(toBatch),
		update(seq, change) {
			const columns = toColumns(change);
			const sets = Object.keys(columns).map((name) => `${name} = ?`);
			db.durably(() => db.run(`UPDATE batches SET ${sets.join(", ")} WHERE seq = ?`, ...Object.values(columns), seq));
		},
		endedBefore: (ms, limit) =>
			db
				.all<BatchRow>(
					"SELECT * FROM batches WHERE coalesce(completed_ms, failed_ms, expired_ms, cancelled_ms) <= ? LIMIT ?",
					ms,
					limit,
				)
				.map(toBatch),
		delete(seq) {
			db.run("DELETE FROM batches WHERE seq = ?", seq);
		},
	};
}
