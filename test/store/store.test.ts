import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { type NewBatch, openStore, type Store, sweepStore } from "../../src/store/index.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";

const NOW = 1_800_000_000_000;

async function withStore(run: (store: Store, dir: string) => Promise<void> | void): Promise<void> {
	const dir = await mkdtemp(join(tmpdir(), "sluice-store-"));
	const store = await openStore(dir);
	try {
		await run(store, dir);
	} finally {
		store.close();
		await rm(dir, { recursive: true, force: true });
	}
}

function newBatch(id: string, of: Partial<NewBatch> = {}): NewBatch {
	return {
		id,
		tenant: "t",
		endpoint: "/v1/moderations",
		inputFile: "file-in",
		completionWindow: "24h",
		outputExpiresMs: null,
		metadata: { note: "x" },
		grant: { policies: ["hate"], thresholds: { hate: { flag: 0.4 } } },
		createdMs: NOW,
		expiresMs: NOW + 1000,
		...of,
	};
}

async function addFile(store: Store, id: string, content = "content", expiresMs: number | null = null): Promise<void> {
	const writer = await store.contents.create(id);
	await writer.write(Buffer.from(content));
	const bytes = await writer.commit();
	store.files.insert({ id, tenant: "t", purpose: "batch", filename: "in.jsonl", bytes, createdMs: NOW, expiresMs });
}

const position = { nextOffset: 0, nextLine: 1, nextChunk: 1, fed: true };
const duplicateError = (): string => '{"code":"duplicate"}';

describe("the store", () => {
	it("keeps what it was told across a reopening", async () => {
		const dir = await mkdtemp(join(tmpdir(), "sluice-store-"));
		try {
			const first = await openStore(dir);
			const batch = first.batches.insert(newBatch("batch_1"));
			first.batches.update(batch.seq, { status: "in_progress", total: 7, errors: null, fed: true });
			await addFile(first, "file-1");
			first.close();
			const second = await openStore(dir);
			const { status, total, metadata, fed, completed } = second.batches.get("t", "batch_1")!;
			assert.deepEqual([status, total, metadata, fed, completed], ["in_progress", 7, { note: "x" }, true, 0]);
			assert.equal(second.files.get("t", "file-1")!.bytes, 7);
			assert.equal(await readFile(second.contents.path("file-1"), "utf8"), "content");
			second.close();
		} finally {
			await rm(dir, { recursive: true, force: true });
		}
	});

	it("takes a file through every step of the schema, and refuses one that a newer version wrote", () =>
		withStore(async (_, dir) => {
			const version = (path: string): unknown => {
				const db = new DatabaseSync(path);
				try {
					return { ...db.prepare("PRAGMA user_version").get() };
				} finally {
					db.close();
				}
			};
			assert.deepEqual(version(join(dir, "records.sqlite")), { user_version: MIGRATIONS.length });
			const newer = join(dir, "newer");
			(await openStore(newer)).close();
			const db = new DatabaseSync(join(newer, "records.sqlite"));
			db.exec("PRAGMA user_version = 999");
			db.close();
			await assert.rejects(openStore(newer), { code: "invalid_config" });
		}));

	it("pages through lists by cursor, both ways, per tenant", () =>
		withStore((store) => {
			for (let i = 1; i <= 5; i++) store.batches.insert(newBatch(`batch_${i}`, { tenant: i === 3 ? "other" : "t" }));
			const ids = (of: Parameters<Store["batches"]["list"]>[1]): [string[], boolean] => {
				const { items, hasMore } = store.batches.list("t", of);
				return [items.map(({ id }) => id), hasMore];
			};
			assert.deepEqual(ids({ limit: 2 }), [["batch_5", "batch_4"], true]);
			assert.deepEqual(ids({ limit: 2, after: "batch_4" }), [["batch_2", "batch_1"], false]);
			assert.deepEqual(ids({ limit: 3, after: "batch_1", order: "asc" }), [["batch_2", "batch_4", "batch_5"], false]);
			assert.throws(() => ids({ limit: 2, after: "batch_3" }), { code: "invalid_request", pointer: "/after" });
		}));

	it("counts a line once: duplicates of a custom_id and of a result change nothing", () =>
		withStore((store) => {
			const { seq } = store.batches.insert(newBatch("batch_1"));
			const items = ["a", "b", "a", null].map((customId, i) => ({
				line: i + 1,
				customId,
				error: customId === null ? "{}" : undefined,
			}));
			const chunk = { chunk: 0, firstLine: 1, lastLine: 4, firstOffset: 0 };
			assert.deepEqual([...store.items.feed(seq, { items, chunk, position, duplicateError })], [3]);
			assert.deepEqual(store.items.waiting(seq, chunk), [1, 2]);
			assert.equal(store.batches.find("batch_1")!.failed, 2);
			assert.equal(store.items.finish(seq, 0, [{ line: 2, status: 200, body: "{}" }]), 1);
			assert.equal(store.items.finish(seq, 0, [{ line: 2, status: 500, body: "{}" }]), 0);
			assert.equal(store.items.finish(seq, 0, [{ line: 99, status: 200, body: "{}" }]), 0);
			assert.equal(store.items.chunks(seq).length, 1);
			assert.equal(store.items.finish(seq, 0, [{ line: 1, status: 400, body: "{}" }]), 1);
			assert.equal(store.items.chunks(seq).length, 0);
			const { completed, failed } = store.batches.find("batch_1")!;
			assert.deepEqual([completed, failed], [1, 3]);
		}));

	it("leaves nothing of a step that fails in the middle", () =>
		withStore((store) => {
			const { seq } = store.batches.insert(newBatch("batch_1"));
			const items = [1, 1].map((line) => ({ line, customId: `c${Math.random()}` }));
			assert.throws(() => store.items.feed(seq, { items, position, duplicateError }));
			assert.deepEqual(store.items.waiting(seq, { chunk: 0, firstLine: 0, lastLine: 9, firstOffset: 0 }), []);
			assert.equal(store.batches.find("batch_1")!.fed, false);
		}));

	it("is claimed by one at a time, and free again when that one lets go", () =>
		withStore((store) => {
			const release = store.claim();
			assert.throws(() => store.claim(), { code: "invalid_config" });
			release();
			store.claim()();
		}));
});

describe("contents", () => {
	it("have their name only when they are whole", () =>
		withStore(async (store, dir) => {
			const writer = await store.contents.create("file-1");
			await writer.write(Buffer.alloc(3_000_000, "x"));
			assert.deepEqual(await readdir(join(dir, "files")), ["file-1.partial"]);
			await writer.discard();
			assert.deepEqual(await readdir(join(dir, "files")), []);
		}));
	it("that no record names are swept away on the next start", () =>
		withStore(async (store, dir) => {
			await addFile(store, "file-1");
			await writeFile(join(dir, "files", "file-2.partial"), "left by a crash");
			assert.equal(await store.contents.prune((id) => store.files.has(id)), 1);
			assert.deepEqual(await readdir(join(dir, "files")), ["file-1"]);
		}));
});

describe("retention", () => {
	it("deletes what is past its time, and not a byte of it is left on disk", () =>
		withStore(async (store, dir) => {
			const secret = "a-very-particular-phrase";
			const over = store.batches.insert(newBatch("batch_over"));
			const open = store.batches.insert(newBatch("batch_open", { inputFile: "file-used" }));
			for (const { seq } of [over, open]) {
				const items = Array.from({ length: 500 }, (_, i) => ({ line: i + 1, customId: `${secret}-${seq}-${i}` }));
				const chunk = { chunk: 0, firstLine: 1, lastLine: 500, firstOffset: 0 };
				store.items.feed(seq, { items, chunk, position, duplicateError });
				const results = items.map(({ line }) => ({ line, status: 200, body: `"${secret}-${seq}-body"` }));
				store.items.finish(seq, 0, results);
			}
			store.batches.update(over.seq, { status: "completed", completedMs: NOW });
			await addFile(store, "file-old", secret, NOW);
			await addFile(store, "file-used", "in use", NOW);
			await addFile(store, "file-young", "young", NOW + 2);
			const swept = await sweepStore(store, { nowMs: NOW + 1, keepBatchesMs: 1 });
			assert.deepEqual(swept, { files: 1, batches: 1 });
			assert.equal(store.batches.find("batch_over"), undefined);
			assert.deepEqual((await readdir(join(dir, "files"))).sort(), ["file-used", "file-young"]);
			for (const name of await readdir(dir, { recursive: true })) {
				const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
				assert.equal(bytes.includes(`${secret}-${over.seq}-`), false, `${name} still holds the deleted batch`);
			}
			assert.equal(store.items.page(open.seq, { afterLine: 0, limit: 1000, ok: true }).length, 500);
		}));
});

describe("keys", () => {
	it("are found by the hash of their secret, and revoked once", () =>
		withStore(async (store) => {
			const hash = Buffer.alloc(32, 7);
			const key = { id: "key_1", name: "ci", tenant: "t", scopes: ["moderate"], grants: "{}", expiresMs: 5 };
			store.keys.insert({ ...key, hash, createdMs: NOW });
			const record = { ...key, createdMs: NOW, revokedMs: null };
			assert.deepEqual({ ...store.keys.find(hash) }, record);
			assert.equal(store.keys.find(Buffer.alloc(32, 8)), undefined);
			assert.equal(store.keys.revoke("key_1", NOW + 1), true);
			assert.equal(store.keys.revoke("key_1", NOW + 2), false);
			assert.deepEqual(store.keys.list(), [{ ...record, revokedMs: NOW + 1 }]);
		}));
});

describe("the audit log", () => {
	it("only grows", () =>
		withStore((store, dir) => {
			const entry = { atMs: NOW, tenant: "t", actor: "key_1", action: "batch.create", target: "batch_1" };
			store.audit.append(entry);
			store.audit.append({ ...entry, action: "batch.cancel" });
			assert.deepEqual(
				store.audit.list({ limit: 9 }).map(({ seq, action }) => [seq, action]),
				[
					[1, "batch.create"],
					[2, "batch.cancel"],
				],
			);
			assert.deepEqual(store.audit.list({ afterSeq: 1, limit: 9 })[0]!.action, "batch.cancel");
			const db = new DatabaseSync(join(dir, "records.sqlite"));
			assert.throws(() => db.exec("DELETE FROM audit"), /append-only/);
			assert.throws(() => db.exec("UPDATE audit SET actor = 'nobody'"), /append-only/);
			db.close();
		}));
});
