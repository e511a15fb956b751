/**
 * The lines of batches and what became of them. A line's result is written once, by (batch, line): the first one stands, so
 * that work done twice leaves no trace. Chunks are the pieces of a batch that are in the queue; a chunk is gone as soon as
 * each of its lines has a result, in the same transaction. What a batch counts is what is in this table.
 */
import { createHash } from "node:crypto";
import type { Database } from "./database.ts";

/** Status of a line that was refused before any request was made of it. */
export const NO_RESPONSE = 0;
/** Size of bodies from which on a page is full. */
const PAGE_CHARACTERS = 1 << 20;

/** A line of the input. */
export interface NewItem {
	readonly line: number;
	/** Null where the line has none. */
	readonly customId: string | null;
	/** Why it is no request; JSON of the error. Left out for a request. */
	readonly error?: string | undefined;
}

/** A line's result. */
export interface ItemResult {
	readonly line: number;
	/** HTTP status of the answer, or {@link NO_RESPONSE}. */
	readonly status: number;
	/** JSON: the answer's body, or the error. */
	readonly body: string;
}

/** A line with its result. */
export interface FinishedItem extends ItemResult {
	readonly customId: string | null;
}

/** A piece of a batch in the queue: lines from first to last, the first one at this byte of the input file. */
export interface ChunkRecord {
	readonly chunk: number;
	readonly firstLine: number;
	readonly lastLine: number;
	readonly firstOffset: number;
}

/** Where reading goes on. */
export interface FeedPosition {
	readonly nextOffset: number;
	readonly nextLine: number;
	readonly nextChunk: number;
	readonly fed: boolean;
}

/** The tables of lines, results and chunks; `batch` is the batch's `seq`. */
export interface Items {
	/**
	 * Adds lines, their chunk and the new position at once. Gives the lines whose custom_id the batch had before: they get
	 * the error `duplicateError` makes.
	 */
	feed(batch: number, of: FeedStep): ReadonlySet<number>;
	/**
	 * Writes the results that lines of the chunk wait for, counts them, and closes the chunk when nothing waits in it. Does
	 * nothing for a chunk that is closed: what comes twice or too late is let go. Gives how many were written.
	 */
	finish(batch: number, chunk: number, results: readonly ItemResult[]): number;
	/** Lines of a chunk that wait. */
	waiting(batch: number, chunk: ChunkRecord): number[];
	/** Chunks in the queue, oldest first. */
	chunks(batch: number): ChunkRecord[];
	/** Closes a chunk, whatever waits in it; all of the batch where none is named. */
	dropChunk(batch: number, chunk?: number): void;
	/** Batches that are over and still have lines. */
	leftovers(): number[];
	/** Results in input order, from behind `afterLine`. */
	page(batch: number, of: { afterLine: number; limit: number; ok: boolean }): FinishedItem[];
	/** Deletes some of a batch's lines and results; gives how many. */
	erase(batch: number, limit: number): number;
}

/** What one step of reading brings. */
export interface FeedStep {
	readonly items: readonly NewItem[];
	/** Left out where no line of the step goes to the queue. */
	readonly chunk?: ChunkRecord | undefined;
	readonly position: FeedPosition;
	/** The error of a line whose custom_id an earlier line has. */
	duplicateError(line: number): string;
}

/** The tables in `db`. */
export function createItems(db: Database): Items {
	const addResult = (batch: number, { line, status, body }: ItemResult): number =>
		db.run(
			`INSERT INTO results (batch, line, status, body)
			SELECT batch, line, ?, ? FROM items WHERE batch = ? AND line = ? ON CONFLICT DO NOTHING`,
			status,
			body,
			batch,
			line,
		);
	const count = (batch: number, completed: number, failed: number): void => {
		if (completed + failed > 0)
			db.run(
				"UPDATE batches SET completed = completed + ?, failed = failed + ? WHERE seq = ?",
				completed,
				failed,
				batch,
			);
	};
	return {
		feed: (batch, step) => db.transaction(() => feed(db, batch, { step, addResult, count })),
		finish: (batch, chunk, results) =>
			db.transaction(() => {
				if (db.get("SELECT 1 FROM chunks WHERE batch = ? AND chunk = ?", batch, chunk) === undefined) return 0;
				let completed = 0;
				let failed = 0;
				for (const result of results) {
					const added = addResult(batch, result);
					if (isOk(result.status)) completed += added;
					else failed += added;
				}
				count(batch, completed, failed);
				db.run(
					`DELETE FROM chunks WHERE batch = ?1 AND chunk = ?2 AND NOT EXISTS (SELECT 1 FROM items
					WHERE items.batch = ?1 AND items.line BETWEEN chunks.first_line AND chunks.last_line
					AND NOT EXISTS (SELECT 1 FROM results WHERE results.batch = ?1 AND results.line = items.line))`,
					batch,
					chunk,
				);
				return completed + failed;
			}),
		...createChunkQueries(db),
		...createResultQueries(db),
	};
}

function createChunkQueries(db: Database): Pick<Items, "waiting" | "chunks" | "dropChunk"> {
	return {
		waiting: (batch, { firstLine, lastLine }) =>
			db
				.all<{ line: number }>(
					`SELECT line FROM items WHERE batch = ?1 AND line BETWEEN ?2 AND ?3
					AND NOT EXISTS (SELECT 1 FROM results WHERE results.batch = ?1 AND results.line = items.line)`,
					batch,
					firstLine,
					lastLine,
				)
				.map(({ line }) => line),
		chunks: (batch) =>
			db.all<ChunkRecord>(
				`SELECT chunk, first_line AS "firstLine", last_line AS "lastLine", first_offset AS "firstOffset"
				FROM chunks WHERE batch = ? ORDER BY chunk`,
				batch,
			),
		dropChunk(batch, chunk) {
			db.run("DELETE FROM chunks WHERE batch = ?1 AND chunk = coalesce(?2, chunk)", batch, chunk ?? null);
		},
	};
}

function createResultQueries(db: Database): Pick<Items, "page" | "erase" | "leftovers"> {
	return {
		page(batch, { afterLine, limit, ok }) {
			const items: FinishedItem[] = [];
			let characters = 0;
			db.each<FinishedItem>(
				`SELECT line, status, body, custom_id AS "customId" FROM results JOIN items USING (batch, line)
				WHERE batch = ? AND line > ? AND (status BETWEEN 200 AND 299) = ? ORDER BY line`,
				[batch, afterLine, ok ? 1 : 0],
				(item) => {
					items.push(item);
					characters += item.body.length;
					return items.length < limit && characters < PAGE_CHARACTERS;
				},
			);
			return items;
		},
		leftovers: () =>
			db
				.all<{ seq: number }>(
					`SELECT seq FROM batches WHERE status IN ('completed', 'failed', 'expired', 'cancelled')
					AND EXISTS (SELECT 1 FROM items WHERE batch = seq)`,
				)
				.map(({ seq }) => seq),
		erase: (batch, limit) =>
			db.transaction(() => {
				for (const table of ["results", "items"])
					db.run(
						`DELETE FROM ${table} WHERE batch = ?1 AND line <= (SELECT max(line) FROM
						(SELECT line FROM items WHERE batch = ?1 ORDER BY line LIMIT ?2))`,
						batch,
						limit,
					);
				return db.get<{ n: number }>("SELECT count(*) AS n FROM (SELECT 1 FROM items WHERE batch = ? LIMIT 1)", batch)!
					.n;
			}),
	};
}

interface Writing {
	readonly step: FeedStep;
	addResult(batch: number, result: ItemResult): number;
	count(batch: number, completed: number, failed: number): void;
}

function feed(db: Database, batch: number, { step, addResult, count }: Writing): ReadonlySet<number> {
	const duplicates = new Set<number>();
	let refused = 0;
	for (const { line, customId, error } of step.items) {
		const digest = customId === null || error !== undefined ? null : digestOf(customId);
		const insert = "INSERT INTO items (batch, line, custom_id, digest) VALUES (?, ?, ?, ?) ON CONFLICT (batch, digest)";
		const isNew = db.run(`${insert} WHERE digest IS NOT NULL DO NOTHING`, batch, line, customId, digest) === 1;
		if (!isNew) {
			db.run("INSERT INTO items (batch, line, custom_id, digest) VALUES (?, ?, ?, NULL)", batch, line, customId);
			duplicates.add(line);
		}
		const problem = isNew ? error : step.duplicateError(line);
		if (problem !== undefined) refused += addResult(batch, { line, status: NO_RESPONSE, body: problem });
	}
	count(batch, 0, refused);
	const { chunk, position } = step;
	if (chunk !== undefined && step.items.some((item) => item.error === undefined && !duplicates.has(item.line)))
		db.run(
			"INSERT INTO chunks (batch, chunk, first_line, last_line, first_offset) VALUES (?, ?, ?, ?, ?)",
			batch,
			chunk.chunk,
			chunk.firstLine,
			chunk.lastLine,
			chunk.firstOffset,
		);
	db.run(
		"UPDATE batches SET next_offset = ?, next_line = ?, next_chunk = ?, fed = ? WHERE seq = ?",
		position.nextOffset,
		position.nextLine,
		position.nextChunk,
		position.fed ? 1 : 0,
		batch,
	);
	return duplicates;
}

function isOk(status: number): boolean {
	return status >= 200 && status < 300;
}

/** 128 bits tell custom ids apart: two of a billion collide with a chance of 1 in 10^21. */
function digestOf(customId: string): Uint8Array {
	return createHash("sha256").update(customId).digest().subarray(0, 16);
}
