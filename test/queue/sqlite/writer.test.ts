import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Database, openDatabase } from "../../../src/queue/sqlite/database.ts";
import { prepareSchema } from "../../../src/queue/sqlite/schema.ts";
import type { Transaction } from "../../../src/queue/sqlite/transaction.ts";
import { createWriter, type Writer } from "../../../src/queue/sqlite/writer.ts";

interface Bench {
	readonly writer: Writer;
	readonly database: Database;
	readonly commits: ReadonlySet<string>[];
}

async function withWriter(use: (bench: Bench) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-writer-"));
	const database = openDatabase(join(folder, "queue.db"), 100);
	try {
		await prepareSchema(database);
		const commits: ReadonlySet<string>[] = [];
		await use({ database, commits, writer: createWriter(database, (touched) => commits.push(touched)) });
	} finally {
		database.close();
		await rm(folder, { recursive: true, force: true });
	}
}

function publish(body: string): (transaction: Transaction) => void {
	return ({ database }) => {
		database.run("insert into message (channel, body, sent_at) values ('c', ?, 0)", body);
	};
}

function bodies(database: Database): string[] {
	return database.all<{ body: string }>("select body from message order by id").map((row) => row.body);
}

test("calls of one turn share one commit", async () => {
	await withWriter(async ({ writer, database, commits }) => {
		await Promise.all(["a", "b", "c"].map((body) => writer.write(publish(body))));
		assert.equal(commits.length, 1);
		await writer.write(({ emit }) => emit("q", "event", "paused"));
		assert.deepEqual(commits[1], new Set(["q"]));
		assert.deepEqual(bodies(database), ["a", "b", "c"]);
	});
});

test("a call that fails undoes its own writes and nobody else's", async () => {
	await withWriter(async ({ writer, database }) => {
		const outcomes = await Promise.allSettled([
			writer.write(publish("before")),
			writer.write((transaction) => {
				publish("half")(transaction);
				transaction.database.run("insert into message (id) values (1)");
			}),
			writer.write(publish("after")),
		]);
		assert.deepEqual(
			outcomes.map((outcome) => outcome.status),
			["fulfilled", "rejected", "fulfilled"],
		);
		assert.ok(outcomes[1].status === "rejected" && outcomes[1].reason.code === "queue_unavailable");
		assert.deepEqual(bodies(database), ["before", "after"]);
	});
});

test("where the file is locked for longer than the patience, all that wait are queue_unavailable", async () => {
	await withWriter(async ({ writer, database }) => {
		const path = database.get<{ file: string }>("select file from pragma_database_list")?.file ?? "";
		const other = openDatabase(path, 0);
		other.script("begin immediate");
		const waiting = ["a", "b"].map((body) => writer.write(publish(body)));
		for (const one of waiting) await assert.rejects(one, { code: "queue_unavailable", retryable: true });
		other.script("rollback");
		other.close();
		await writer.write(publish("c"));
		assert.deepEqual(bodies(database), ["c"]);
	});
});

test("closing commits what waits", async () => {
	await withWriter(async ({ writer, database }) => {
		const written = writer.write(publish("last"));
		writer.close();
		await written;
		assert.deepEqual(bodies(database), ["last"]);
		await assert.rejects(writer.write(publish("too late")), { code: "queue_unavailable" });
	});
});
