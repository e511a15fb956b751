/**
 * One SQLite file opened by node:sqlite, behind four verbs. Statements are prepared once per text. It knows no tables.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { SluiceError } from "../../errors.ts";

/** What a statement takes. */
export type Value = string | number | null;

/** An open file. A call that the file refuses is `queue_unavailable`, with node:sqlite's error as its cause. */
export interface Database {
	/** Runs a statement; gives the number of rows it changed. */
	run(sql: string, ...values: Value[]): number;
	/** Runs an INSERT; gives the new row's rowid. */
	insert(sql: string, ...values: Value[]): number;
	get<Row>(sql: string, ...values: Value[]): Row | undefined;
	all<Row>(sql: string, ...values: Value[]): Row[];
	/** Several statements without values. */
	script(sql: string): void;
	close(): void;
}

/** Opens a file, made readable to its owner alone where it is new: job data lies in it as clear text. */
export function openDatabase(path: string, busyTimeoutMs: number): Database {
	mkdirSync(dirname(path), { recursive: true });
	closeSync(openSync(path, "a", 0o600));
	const file = new DatabaseSync(path, { timeout: busyTimeoutMs });
	const statements = new Map<string, StatementSync>();
	const prepare = (sql: string): StatementSync => {
		const known = statements.get(sql);
		if (known !== undefined) return known;
		const statement = file.prepare(sql);
		statements.set(sql, statement);
		return statement;
	};
	const attempt = <Result>(call: () => Result): Result => {
		try {
			return call();
		} catch (cause) {
			throw new SluiceError("queue_unavailable", { detail: "The queue file could not be read or written", cause });
		}
	};
	return {
		run: (sql, ...values) => attempt(() => Number(prepare(sql).run(...values).changes)),
		insert: (sql, ...values) => attempt(() => Number(prepare(sql).run(...values).lastInsertRowid)),
		get: <Row>(sql: string, ...values: Value[]) => attempt(() => prepare(sql).get(...values) as Row | undefined),
		all: <Row>(sql: string, ...values: Value[]) => attempt(() => prepare(sql).all(...values) as Row[]),
		script: (sql) => attempt(() => file.exec(sql)),
		close: () => file.close(),
	};
}
