/**
 * One SQLite file behind a few verbs: statements prepared once, transactions, the schema brought up to date on opening.
 * node:sqlite is synchronous: callers keep transactions short. https://www.sqlite.org/wal.html
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { SluiceError } from "../errors.ts";
import { MIGRATIONS } from "./migrations.ts";

/** Time a writer waits for another process's transaction. */
const BUSY_MS = 5000;
/** Memory for pages: custom ids are looked up all over a batch. */
const CACHE_KIB = 32_768;
/** Pages in the write-ahead log before they are moved into the file. */
const CHECKPOINT_PAGES = 4000;
/** Pages given back at once. */
const VACUUM_PAGES = 500;

/** A value SQLite stores. */
export type Value = string | number | Uint8Array | null;

/** An open records file. Rows are typed by the caller, who wrote the statement. */
export interface Database {
	get<Row>(sql: string, ...values: Value[]): Row | undefined;
	all<Row>(sql: string, ...values: Value[]): Row[];
	/** Rows one by one, until `visit` says that is enough. */
	each<Row>(sql: string, values: readonly Value[], visit: (row: Row) => boolean): void;
	/** How many rows changed. */
	run(sql: string, ...values: Value[]): number;
	/** All or nothing; survives the end of the process, not always that of the machine. Nests. */
	transaction<T>(work: () => T): T;
	/** All or nothing, on disk when it returns: for what a caller is told has happened. */
	durably<T>(work: () => T): T;
	/** Gives freed pages back to the disk, piece by piece, and empties the write-ahead log: what was deleted is gone. */
	compact(): Promise<void>;
	close(): void;
}

/** Opens or creates the file; throws `invalid_config` for one that a newer version wrote. */
export function openDatabase(path: string): Database {
	const sqlite = new DatabaseSync(path, { timeout: BUSY_MS });
	try {
		// auto_vacuum counts only before the first table
		sqlite.exec("PRAGMA auto_vacuum = INCREMENTAL");
		sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON");
		sqlite.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
		migrate(sqlite);
	} catch (error) {
		sqlite.close();
		throw error;
	}
	return wrap(sqlite);
}

function migrate(sqlite: DatabaseSync): void {
	sqlite.exec("BEGIN IMMEDIATE");
	try {
		const { user_version: version } = sqlite.prepare("PRAGMA user_version").get() as { user_version: number };
		if (version > MIGRATIONS.length)
			throw new SluiceError("invalid_config", {
				detail: `the data directory was written by a newer version of Sluice (schema ${version}, this one knows ${MIGRATIONS.length})`,
			});
		for (const step of MIGRATIONS.slice(version)) sqlite.exec(step);
		sqlite.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
		sqlite.exec("COMMIT");
	} catch (error) {
		sqlite.exec("ROLLBACK");
		throw error;
	}
}

function wrap(sqlite: DatabaseSync): Database {
	const statements = new Map<string, StatementSync>();
	const prepare = (sql: string): StatementSync => {
		const known = statements.get(sql);
		if (known !== undefined) return known;
		const statement = sqlite.prepare(sql);
		statements.set(sql, statement);
		return statement;
	};
	return {
		get: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).get(...values) as Row | undefined,
		all: <Row>(sql: string, ...values: SQLInputValue[]) => prepare(sql).all(...values) as Row[],
		each<Row>(sql: string, values: readonly Value[], visit: (row: Row) => boolean) {
			for (const row of prepare(sql).iterate(...values)) if (!visit(row as Row)) return;
		},
		run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
		...createTransactions(sqlite),
		async compact() {
			const free = (): number => Number(Object.values(prepare("PRAGMA freelist_count").get()!)[0]);
			for (let left = free(), before = left + 1; left > 0 && left < before; ) {
				sqlite.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
				before = left;
				left = free();
				await new Promise(setImmediate);
			}
			sqlite.exec("PRAGMA wal_checkpoint(TRUNCATE)");
		},
		close() {
			statements.clear();
			sqlite.close();
		},
	};
}

function createTransactions(sqlite: DatabaseSync): Pick<Database, "transaction" | "durably"> {
	let depth = 0;
	const transaction = <T>(work: () => T): T => {
		if (depth > 0) return work();
		sqlite.exec("BEGIN IMMEDIATE");
		depth++;
		try {
			const value = work();
			sqlite.exec("COMMIT");
			return value;
		} catch (error) {
			if (sqlite.isTransaction) sqlite.exec("ROLLBACK");
			throw error;
		} finally {
			depth--;
		}
	};
	return {
		transaction,
		durably(work) {
			if (depth > 0) return work();
			sqlite.exec("PRAGMA synchronous = FULL");
			try {
				return transaction(work);
			} finally {
				sqlite.exec("PRAGMA synchronous = NORMAL");
			}
		},
	};
}
