/**
 * Messages to whoever listens now, in this process and others on the same file. A message lies in the file for a minute,
 * so that each listening process can read it.
 */
import type { QueueErrorListener } from "../backend.ts";
import { createListeners, type Listener } from "../listeners.ts";
import type { Changes } from "./changes.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

const KEPT_MS = 60_000;
const SWEEP_EVERY = 256;

/** Publishing and listening over one file. */
export interface Messages {
	publish(channel: string, body: string): Promise<void>;
	subscribe(channel: string, listener: Listener): () => void;
}

/** What messages are made of. */
export interface MessageParts {
	readonly database: Database;
	readonly writer: Writer;
	readonly changes: Changes;
	readonly onError: QueueErrorListener;
}

/** Messages over an open file. */
export function createMessages({ database, writer, changes, onError }: MessageParts): Messages {
	const listeners = createListeners(onError);
	let unwatch: (() => void) | undefined;
	let seen = 0;

	const newest = () => database.get<{ id: number | null }>("select max(id) as id from message")?.id ?? 0;
	const deliver = () => {
		const rows = database.all<{ id: number; channel: string; body: string }>(
			"select id, channel, body from message where id > ? order by id",
			seen,
		);
		for (const row of rows) {
			seen = row.id;
			listeners.tell(row.channel, row.body);
		}
	};
	return {
		publish: (channel, body) =>
			writer.write(({ database: file, now }) => {
				const sql = "insert into message (channel, body, sent_at) values (?, ?, ?)";
				const id = file.insert(sql, channel, body, now);
				if (id % SWEEP_EVERY === 0) file.run("delete from message where sent_at < ? and id < ?", now - KEPT_MS, id);
			}),
		subscribe(channel, listener) {
			if (unwatch === undefined) {
				seen = newest();
				unwatch = changes.watch(deliver);
			}
			listeners.add(channel, listener);
			return () => {
				listeners.remove(channel, listener);
				if (!listeners.isEmpty()) return;
				unwatch?.();
				unwatch = undefined;
			};
		},
	};
}
