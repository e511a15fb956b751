/** API keys as rows: the hash of each secret and what goes with it. Knows neither secrets nor what keys open. */
import type { Database } from "./database.ts";

/** A stored key; `grants` is JSON of whoever stores it. */
export interface KeyRecord {
	readonly id: string;
	readonly name: string;
	readonly tenant: string;
	readonly scopes: readonly string[];
	readonly grants: string;
	readonly expiresMs: number | null;
	readonly createdMs: number;
	readonly revokedMs: number | null;
}

/** A stored key with the hash of its secret. */
export interface HashedKeyRecord extends KeyRecord {
	readonly hash: Uint8Array;
}

/** The table of keys. */
export interface KeyRecords {
	/** On disk when it returns. */
	insert(key: Omit<KeyRecord, "revokedMs"> & { readonly hash: Uint8Array }): void;
	/** Looked up by hash: time tells nothing of the secret. Revoked and expired ones too. */
	find(hash: Uint8Array): KeyRecord | undefined;
	/** Oldest first. */
	list(): KeyRecord[];
	/** The same with their hashes. */
	hashed(): HashedKeyRecord[];
	/** Whether there was such a key in force. */
	revoke(id: string, nowMs: number): boolean;
}

interface Row {
	id: string;
	name: string;
	tenant: string;
	scopes: string;
	grants: string;
	expires_ms: number | null;
	created_ms: number;
	revoked_ms: number | null;
}

const COLUMNS = "id, name, tenant, scopes, grants, expires_ms, created_ms, revoked_ms";

/** The table in `db`. */
export function createKeyRecords(db: Database): KeyRecords {
	return {
		insert({ id, name, hash, tenant, scopes, grants, expiresMs, createdMs }) {
			db.durably(() =>
				db.run(
					"INSERT INTO keys (id, name, hash, tenant, scopes, grants, expires_ms, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
					id,
					name,
					hash,
					tenant,
					JSON.stringify(scopes),
					grants,
					expiresMs,
					createdMs,
				),
			);
		},
		find(hash) {
			const row = db.get<Row>(`SELECT ${COLUMNS} FROM keys WHERE hash = ?`, hash);
			return row && toRecord(row);
		},
		hashed: () =>
			db
				.all<Row & { hash: Uint8Array }>(`SELECT ${COLUMNS}, hash FROM keys ORDER BY created_ms, id`)
				.map((row) => ({ ...toRecord(row), hash: row.hash })),
		list: () => db.all<Row>(`SELECT ${COLUMNS} FROM keys ORDER BY created_ms, id`).map(toRecord),
		revoke: (id, nowMs) =>
			db.durably(() => db.run("UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", nowMs, id)) > 0,
	};
}

function toRecord(row: Row): KeyRecord {
	const { id, name, tenant, grants, expires_ms: expiresMs, created_ms: createdMs, revoked_ms: revokedMs } = row;
	return { id, name, tenant, scopes: JSON.parse(row.scopes) as string[], grants, expiresMs, createdMs, revokedMs };
}
