/**
 * The event stream of the queues, in order of their telling; QueueEvents reads it. Kept to about as many per queue as
 * BullMQ's `opts.maxLenEvents`.
 */
import type { Database } from "./database.ts";

const READ_AT_ONCE = 500;

/** An event as BullMQ reads it from a stream: id, and alternating names and values. */
export type StreamEntry = [id: string, fields: string[]];

/** Adds an event; gives its id. */
export function appendEvent(database: Database, queue: string, fields: readonly string[]): number {
	return database.insert("insert into event (queue, fields) values (?, ?)", queue, JSON.stringify(fields));
}

/** Keeps a queue's newest events; gives the number removed. */
export function trimEvents(database: Database, queue: string, kept: number): number {
	const oldest = database.get<{ id: number }>(
		"select id from event where queue = ? order by id desc limit 1 offset ?",
		queue,
		kept,
	);
	if (oldest === undefined) return 0;
	return database.run("delete from event where queue = ? and id <= ?", queue, oldest.id);
}

/** Id of the newest event of any queue; 0 where there was none. */
export function newestEvent(database: Database): number {
	return database.get<{ id: number | null }>("select max(id) as id from event")?.id ?? 0;
}

/** A queue's events after an id, oldest first. */
export function readEventsAfter(database: Database, queue: string, id: number): StreamEntry[] {
	return database
		.all<{ id: number; fields: string }>(
			"select id, fields from event where queue = ? and id > ? order by id limit ?",
			queue,
			id,
			READ_AT_ONCE,
		)
		.map((row) => [String(row.id), JSON.parse(row.fields)]);
}
