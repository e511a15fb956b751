/** Lists page by page: the records after a named one, in order of creation. */
import { SluiceError } from "../errors.ts";
import type { Database, Value } from "./database.ts";

/** Which part of a list is wanted. */
export interface PageRequest {
	/** Id of the record the page starts behind. */
	readonly after?: string | undefined;
	readonly limit: number;
	/** Newest first where left out. */
	readonly order?: "asc" | "desc" | undefined;
}

/** Part of a list, and whether it goes on. */
export interface Page<Item> {
	readonly items: readonly Item[];
	readonly hasMore: boolean;
}

/** Records of `table` that one tenant owns and that meet `where`; `invalid_request` where `after` names none of them. */
export function readPage<Row>(
	db: Database,
	of: { table: "files" | "batches"; tenant: string; where?: { column: "purpose"; equals: string } | undefined },
	{ after, limit, order = "desc" }: PageRequest,
): Page<Row> {
	const values: Value[] = [of.tenant];
	let where = "tenant = ?";
	if (of.where !== undefined) {
		where += ` AND ${of.where.column} = ?`;
		values.push(of.where.equals);
	}
	if (after !== undefined) {
		const start = db.get<{ seq: number }>(`SELECT seq FROM ${of.table} WHERE id = ? AND tenant = ?`, after, of.tenant);
		if (start === undefined)
			throw new SluiceError("invalid_request", { detail: "/after: names no record of this list", pointer: "/after" });
		where += ` AND seq ${order === "desc" ? "<" : ">"} ?`;
		values.push(start.seq);
	}
	const sql = `SELECT * FROM ${of.table} WHERE ${where} ORDER BY seq ${order === "desc" ? "DESC" : "ASC"} LIMIT ?`;
	const rows = db.all<Row>(sql, ...values, limit + 1);
	return { items: rows.slice(0, limit), hasMore: rows.length > limit };
}
