/** Who did what when: rows that are added and never changed or deleted; the schema refuses both. Never content. */
import type { Database } from "./database.ts";

/** One thing that was done. */
export interface AuditEntry {
	readonly atMs: number;
	readonly tenant: string;
	/** Who: a key's id, or a part of Sluice. */
	readonly actor: string;
	/** What, as `batch.create`. */
	readonly action: string;
	/** The record it was done to, by id. */
	readonly target: string;
}

/** The log. */
export interface AuditLog {
	append(entry: AuditEntry): void;
	/** In order, those after the one numbered `afterSeq`. */
	list(of: { afterSeq?: number | undefined; limit: number }): (AuditEntry & { readonly seq: number })[];
}

interface Row {
	seq: number;
	at_ms: number;
	tenant: string;
	actor: string;
	action: string;
	target: string;
}

/** The log in `db`. */
export function createAuditLog(db: Database): AuditLog {
	return {
		append({ atMs, tenant, actor, action, target }) {
			const sql = "INSERT INTO audit (at_ms, tenant, actor, action, target) VALUES (?, ?, ?, ?, ?)";
			db.durably(() => db.run(sql, atMs, tenant, actor, action, target));
		},
		list: ({ afterSeq = 0, limit }) =>
			db
				.all<Row>("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", afterSeq, limit)
				.map(({ seq, at_ms: atMs, tenant, actor, action, target }) => ({ seq, atMs, tenant, actor, action, target })),
	};
}
