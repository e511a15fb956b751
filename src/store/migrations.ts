/**
 * The schema of the records, as the steps that lead to it. `user_version` counts the steps a file has taken; a step, once
 * released, never changes. Times are milliseconds since 1970, `seq` is the order of creation.
 */

/** Step n brings a file from version n to n + 1. */
export const MIGRATIONS: readonly string[] = [
	`
	CREATE TABLE files (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		id TEXT NOT NULL UNIQUE,
		tenant TEXT NOT NULL,
		purpose TEXT NOT NULL,
		filename TEXT NOT NULL,
		bytes INTEGER NOT NULL,
		created_ms INTEGER NOT NULL,
		expires_ms INTEGER
	) STRICT;
	CREATE INDEX files_by_tenant ON files (tenant, seq);
	CREATE INDEX files_by_expiry ON files (expires_ms) WHERE expires_ms IS NOT NULL;

	CREATE TABLE batches (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		id TEXT NOT NULL UNIQUE,
		tenant TEXT NOT NULL,
		endpoint TEXT NOT NULL,
		input_file TEXT NOT NULL,
		completion_window TEXT NOT NULL,
		output_expires_ms INTEGER,
		metadata TEXT,
		status TEXT NOT NULL,
		outcome TEXT,
		created_ms INTEGER NOT NULL,
		expires_ms INTEGER NOT NULL,
		in_progress_ms INTEGER,
		finalizing_ms INTEGER,
		completed_ms INTEGER,
		failed_ms INTEGER,
		expired_ms INTEGER,
		cancelling_ms INTEGER,
		cancelled_ms INTEGER,
		total INTEGER NOT NULL DEFAULT 0,
		completed INTEGER NOT NULL DEFAULT 0,
		failed INTEGER NOT NULL DEFAULT 0,
		output_file TEXT,
		error_file TEXT,
		errors TEXT,
		next_offset INTEGER NOT NULL DEFAULT 0,
		next_line INTEGER NOT NULL DEFAULT 1,
		next_chunk INTEGER NOT NULL DEFAULT 0,
		fed INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE INDEX batches_by_tenant ON batches (tenant, seq);
	CREATE INDEX batches_open ON batches (seq)
		WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');

	CREATE TABLE items (
		batch INTEGER NOT NULL,
		line INTEGER NOT NULL,
		custom_id TEXT,
		digest BLOB,
		PRIMARY KEY (batch, line)
	) STRICT, WITHOUT ROWID;
	CREATE UNIQUE INDEX items_by_digest ON items (batch, digest) WHERE digest IS NOT NULL;

	CREATE TABLE results (
		batch INTEGER NOT NULL,
		line INTEGER NOT NULL,
		status INTEGER NOT NULL,
		body TEXT NOT NULL,
		PRIMARY KEY (batch, line)
	) STRICT;

	CREATE TABLE chunks (
		batch INTEGER NOT NULL,
		chunk INTEGER NOT NULL,
		first_line INTEGER NOT NULL,
		last_line INTEGER NOT NULL,
		first_offset INTEGER NOT NULL,
		PRIMARY KEY (batch, chunk)
	) STRICT, WITHOUT ROWID;

	CREATE TABLE deliveries (
		id TEXT PRIMARY KEY,
		batch TEXT NOT NULL,
		body TEXT NOT NULL,
		attempts INTEGER NOT NULL DEFAULT 0,
		next_ms INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE INDEX deliveries_by_time ON deliveries (next_ms);

	CREATE TABLE keys (
		id TEXT PRIMARY KEY,
		name TEXT NOT NULL,
		hash BLOB NOT NULL UNIQUE,
		tenant TEXT NOT NULL,
		scopes TEXT NOT NULL,
		created_ms INTEGER NOT NULL,
		revoked_ms INTEGER
	) STRICT, WITHOUT ROWID;

	CREATE TABLE audit (
		seq INTEGER PRIMARY KEY AUTOINCREMENT,
		at_ms INTEGER NOT NULL,
		tenant TEXT NOT NULL,
		actor TEXT NOT NULL,
		action TEXT NOT NULL,
		target TEXT NOT NULL
	) STRICT;
	CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
		BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
	CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
		BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
	`,
	`
	ALTER TABLE keys ADD COLUMN grants TEXT NOT NULL DEFAULT '{"grant":{},"limits":{"requestsPerMinute":null,"charactersPerMinute":null}}';
	ALTER TABLE keys ADD COLUMN expires_ms INTEGER;
	`,
	`
	ALTER TABLE batches ADD COLUMN grant TEXT;
	`,
];
