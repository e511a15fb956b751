/**
 * API keys: only their hashes are kept. A key is 192 random bits, so a plain SHA-256 cannot be guessed back.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Database } from "./database.ts";

const KEY = /^sluice_[0-9a-f]{48}$/;

/** A key without its secret. */
export interface KeyRecord {
	readonly id: string;
	readonly name: string;
	readonly tenant: string;
	readonly scopes: readonly string[];
	readonly createdMs: number;
	readonly revokedMs: number | null;
}

/** The table of keys. */
export interface KeyRecords {
	/** The secret is given once, here, and kept nowhere. */
	create(of: { name: string; tenant: string; scopes: readonly string[]; nowMs: number }): {
		readonly record: KeyRecord;
		readonly secret: string;
	};
	/** The key with this secret, unless it was revoked. Looked up by hash: time tells nothing of the secret. */
	find(secret: string): KeyRecord | undefined;
	list(): KeyRecord[];
	/** Whether there was such a key in force. */
	revoke(id: string, nowMs: number): boolean;
}

interface Row {
	id: string;
	name: string;
	tenant: string;
	scopes: string;
	created_ms: number;
	revoked_ms: number | null;
}

/** The table in `db`. */
export function createKeyRecords(db: Database): KeyRecords {
	return {
		create({ name, tenant, scopes, nowMs }) {
			const secret = `sluice_${randomBytes(24).toString("hex")}`;
			const id = `key_${randomBytes(8).toString("hex")}`;
			db.durably(() =>
				db.run(
					"INSERT INTO keys (id, name, hash, tenant, scopes, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
					id,
					name,
					hashOf(secret),
					tenant,
					JSON.stringify(scopes),
					nowMs,
				),
			);
			return { record: { id, name, tenant, scopes, createdMs: nowMs, revokedMs: null }, secret };
		},
		find(secret) {
			if (!KEY.test(secret)) return undefined;
			const row = db.get<Row>("SELECT * FROM keys WHERE hash = ? AND revoked_ms IS NULL", hashOf(secret));
			return row && toRecord(row);
		},
		list: () => db.all<Row>("SELECT * FROM keys ORDER BY created_ms, id").map(toRecord),
		revoke: (id, nowMs) =>
			db.durably(() => db.run("UPDATE keys SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", nowMs, id)) > 0,
	};
}

function hashOf(secret: string): Uint8Array {
	return createHash("sha256").update(secret).digest();
}

function toRecord(row: Row): KeyRecord {
	const { id, name, tenant, created_ms: createdMs, revoked_ms: revokedMs } = row;
	return { id, name, tenant, scopes: JSON.parse(row.scopes) as string[], createdMs, revokedMs };
}
