import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { backUp, openStore, restore } from "../../src/store/index.ts";
import { openBench, requestLine } from "../batch/harness.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-backup-"));
	folders.push(folder);
	return folder;
}

/** A data directory with one file, and what else is given. */
async function makeData(folder: string, files: Record<string, string> = {}): Promise<string> {
	const dir = join(folder, "data");
	const store = await openStore(dir);
	const writer = await store.contents.create("file-a");
	await writer.write(Buffer.from("contents"));
	const bytes = await writer.commit();
	const of = { tenant: "default", purpose: "batch", filename: "a", createdMs: 1, expiresMs: null };
	store.files.insert({ id: "file-a", bytes, ...of });
	store.close();
	for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
	return dir;
}

const COUNT = 1500;
const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

test("a backup taken while batches run and files come and go restores to a state that goes on to the same results", async () => {
	const folder = await makeFolder();
	const bench = await openBench({ data: join(folder, "data"), before: () => setTimeout(50) });
	let churning = true;
	let churned = 0;
	const churn = async (): Promise<void> => {
		while (churning) {
			const id = await bench.upload("x".repeat(1000));
			const kept = churned++ % 3 === 0;
			if (!kept) await bench.batches.deleteFile("default", id);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	try {
		const lines = Array.from({ length: COUNT }, (_, i) => requestLine(`c${i}`, i % 7 === 0 ? "bad" : `good ${i}`));
		const batch = await bench.begin(lines);
		const over = bench.batches.finished("default", batch.id);
		const churns = [churn(), churn()];
		bench.work(1);
		while (bench.batches.batch("default", batch.id).completed < COUNT / 10) await new Promise(setImmediate);
		const args = [MAIN, "backup", join(folder, "backup"), "--data", join(folder, "data")];
		const { stdout } = await promisify(execFile)(process.execPath, args);
		assert.ok(JSON.parse(stdout).files >= 2);
		churning = false;
		await Promise.all(churns);
		const undisturbed = await bench.read((await over).outputFile);

		await restore(join(folder, "backup"), join(folder, "restored"));
		const second = await openBench({ data: join(folder, "restored") });
		try {
			const before = second.batches.batch("default", batch.id);
			assert.ok(before.completed < COUNT, `the batch was under way: ${before.completed} lines of ${COUNT}`);
			const names = new Set(await readdir(join(folder, "restored", "files")));
			const { items } = second.store.files.list("default", { limit: 10_000 });
			assert.ok(items.length > 1);
			for (const { id, bytes } of items) {
				assert.ok(names.has(id), `${id} has its contents`);
				assert.equal((await readFile(second.store.contents.path(id))).byteLength, bytes);
			}
			second.work(2);
			const restored = await second.read((await second.batches.finished("default", batch.id)).outputFile);
			const verdicts = (of: typeof restored) =>
				of.map((line) => [line.custom_id, line.response!.body.results[0]!.flagged]);
			assert.deepEqual(verdicts(restored), verdicts(undisturbed));
			assert.equal(restored.length, COUNT);
		} finally {
			await second.close();
		}
		assert.deepEqual(
			(await readdir(join(folder, "data"))).filter((name) => name.startsWith(".backup")),
			[],
		);
	} finally {
		churning = false;
		await bench.close();
	}
});

test("a backup is private, lists its files with their hashes, and leaves the queue and locks out", async () => {
	const folder = await makeFolder();
	const dir = await makeData(folder, {
		"queue.sqlite": "q",
		"queue.sqlite-wal": "q",
		"owner.lock": "",
		"other.key": "k",
	});
	const { files } = await backUp(dir, join(folder, "backup"));
	assert.deepEqual(
		files.map(({ name }) => name),
		["files/file-a", "other.key", "records.sqlite"],
	);
	const mode = async (name: string) => (await stat(join(folder, name))).mode & 0o077;
	assert.deepEqual([await mode("backup"), await mode("backup/backup.json")], [0, 0]);
	assert.deepEqual((await restore(join(folder, "backup"), join(folder, "restored"))).files, files);
	assert.equal(await mode("restored"), 0);
	assert.deepEqual((await readdir(join(folder, "restored"))).sort(), ["files", "other.key", "records.sqlite"]);
});

test("a changed, missing or foreign file in a backup stops the restoration, and nothing is left of it", async () => {
	const folder = await makeFolder();
	const dir = await makeData(folder);
	const spoil: Record<string, (backup: string) => Promise<unknown>> = {
		changed: (backup) => writeFile(join(backup, "files/file-a"), "contentz"),
		missing: (backup) => rm(join(backup, "files/file-a")),
		"no backup": (backup) => rm(join(backup, "backup.json")),
		outside: async (backup) => {
			const list = JSON.parse(await readFile(join(backup, "backup.json"), "utf8"));
			list.files.push({ ...list.files[0], name: "../secret" });
			await writeFile(join(backup, "backup.json"), JSON.stringify(list));
		},
	};
	for (const [name, break_] of Object.entries(spoil)) {
		const backup = join(folder, `backup ${name}`);
		await backUp(dir, backup);
		await break_(backup);
		await assert.rejects(restore(backup, join(folder, "restored")), { code: "invalid_config" }, name);
		assert.ok(!(await readdir(folder)).some((entry) => entry.startsWith("restored")), name);
	}
});

test("a backup never writes over what is there, and a restoration never into a directory in use", async () => {
	const folder = await makeFolder();
	const dir = await makeData(folder);
	await mkdir(join(folder, "there"));
	await assert.rejects(backUp(dir, join(folder, "there")), { code: "invalid_config", detail: /there already/ });
	await assert.rejects(backUp(folder, join(folder, "new")), { code: "invalid_config", detail: /no records/ });
	await backUp(dir, join(folder, "backup"));
	await assert.rejects(restore(join(folder, "backup"), dir), { code: "invalid_config", detail: /not empty/ });
	await restore(join(folder, "backup"), join(folder, "there"));
	const store = await openStore(join(folder, "there"));
	assert.equal(store.files.get("default", "file-a")?.bytes, 8);
	store.close();
});
