/**
 * The tables of a queue file. Job data lies apart from a job's state, because SQLite rewrites a whole row on each change.
 * Every index over jobs is partial on one state given as a literal: a query uses it only where it names the same literal.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "../../errors.ts";
import type { Database } from "./database.ts";

const VERSION = 1;
// SQLITE_BUSY, sqlite.org/rescode.html
const BUSY = 5;

const TABLES = `
create table queue (
	name text primary key,
	last_id integer not null default 0,
	last_seq integer not null default 0,
	first_seq integer not null default 0,
	limiter_count integer not null default 0,
	limiter_until integer not null default 0,
	stalled_check_until integer not null default 0,
	meta text not null default '{}'
) without rowid;

create table job (
	rid integer primary key,
	queue text not null,
	id text not null,
	name text not null,
	opts text not null,
	state text not null,
	priority integer not null,
	seq integer not null,
	added_on integer not null,
	delay integer not null default 0,
	process_at integer not null default 0,
	attempts_made integer not null default 0,
	attempts_started integer not null default 0,
	stalled_count integer not null default 0,
	processed_on integer,
	finished_on integer,
	processed_by text,
	lock_token text,
	lock_until integer,
	progress text,
	return_value text,
	failed_reason text,
	stacktrace text,
	deferred_failure text,
	dedup_id text
);
create unique index job_id on job (queue, id);
create index job_waiting on job (queue, priority, seq) where state = 'waiting';
create index job_delayed on job (queue, process_at, seq) where state = 'delayed';
create index job_active on job (queue) where state = 'active';
create index job_completed on job (queue, finished_on) where state = 'completed';
create index job_failed on job (queue, finished_on) where state = 'failed';

create table payload (rid integer primary key, data text not null);
create table log (rid integer not null, n integer not null, line text not null, primary key (rid, n)) without rowid;
create table dedup (
	queue text not null,
	id text not null,
	job_id text not null,
	expires_at integer,
	next text,
	primary key (queue, id)
) without rowid;
create table event (id integer primary key autoincrement, queue text not null, fields text not null);
create index event_queue on event (queue, id);
create table message (id integer primary key autoincrement, channel text not null, body text not null, sent_at integer not null);
`;

/**
 * Readies an open file. The write-ahead log lets readers and one writer go on together. `synchronous = normal`: a commit
 * survives the death of any process, SIGKILL included; the last commits before a power cut or a crash of the operating
 * system can be missing, the file stays sound (sqlite.org/pragma.html#pragma_synchronous). `secure_delete`: the data of
 * removed jobs is overwritten, not only unlinked.
 */
export async function prepareSchema(database: Database): Promise<void> {
	await switchToWal(database);
	database.script("pragma synchronous = normal; pragma secure_delete = on");
	database.script("begin immediate");
	try {
		const version = database.get<{ user_version: number }>("pragma user_version")?.user_version ?? 0;
		if (version > VERSION) {
			throw new SluiceError("invalid_config", {
				detail: `The queue file has version ${version}; this Sluice knows ${VERSION}`,
			});
		}
		if (version === 0) database.script(`${TABLES}; pragma user_version = ${VERSION}`);
		database.script("commit");
	} catch (error) {
		database.script("rollback");
		throw error;
	}
}

/** SQLite does not wait for others here: two processes that make one file at once would collide. */
async function switchToWal(database: Database): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		try {
			database.get("pragma journal_mode = wal");
			return;
		} catch (error) {
			const cause = error instanceof Error ? error.cause : undefined;
			const busy = cause instanceof Error && "errcode" in cause && cause.errcode === BUSY;
			if (!busy || attempt >= 50) throw error;
			await sleep(20);
		}
	}
}
