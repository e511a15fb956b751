/** Webhook messages that are still to be delivered. */
import type { Database } from "./database.ts";

/** A message, and when to try next. */
export interface Delivery {
	readonly id: string;
	readonly batch: string;
	readonly body: string;
	/** Tries so far. */
	readonly attempts: number;
	readonly nextMs: number;
}

/** The table of messages. */
export interface Deliveries {
	/** A message with a known id is the same message. */
	insert(delivery: Delivery): void;
	due(nowMs: number, limit: number): Delivery[];
	/** When the next one is due; undefined where there is none. */
	nextMs(): number | undefined;
	/** The message failed once more. */
	retry(id: string, nextMs: number): void;
	/** The message arrived or is given up. */
	delete(id: string): void;
}

/** The table in `db`. */
export function createDeliveries(db: Database): Deliveries {
	return {
		insert({ id, batch, body, attempts, nextMs }) {
			db.run(
				"INSERT INTO deliveries (id, batch, body, attempts, next_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
				id,
				batch,
				body,
				attempts,
				nextMs,
			);
		},
		due: (nowMs, limit) =>
			db.all<Delivery>(
				'SELECT id, batch, body, attempts, next_ms AS "nextMs" FROM deliveries WHERE next_ms <= ? ORDER BY next_ms LIMIT ?',
				nowMs,
				limit,
			),
		nextMs: () => db.get<{ next: number | null }>("SELECT min(next_ms) AS next FROM deliveries")?.next ?? undefined,
		retry(id, nextMs) {
			db.run("UPDATE deliveries SET attempts = attempts + 1, next_ms = ? WHERE id = ?", nextMs, id);
		},
		delete(id) {
			db.run("DELETE FROM deliveries WHERE id = ?", id);
		},
	};
}
