import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createIncoming, type Incoming } from "../../src/store/incoming.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function open(): Promise<{ readonly dir: string; readonly incoming: Incoming }> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-incoming-"));
	folders.push(folder);
	const dir = join(folder, "incoming");
	return { dir, incoming: createIncoming(dir) };
}

describe("what comes in pieces", () => {
	it("is nothing, and no folder, until a piece has come", async () => {
		const { dir, incoming } = await open();
		assert.deepEqual(await incoming.list("a"), { names: [], bytes: 0 });
		assert.equal(await incoming.prune(Date.now()), 0);
		await incoming.drop("a");
		await assert.rejects(stat(dir), { code: "ENOENT" });
	});

	it("is kept by what it belongs to, privately, and listed with its bytes", async () => {
		const { incoming } = await open();
		await incoming.keep("a", "0-1", "né\n");
		await incoming.keep("a", "end", "{}");
		await incoming.keep("b", "0-1", "other");
		const { names, bytes } = await incoming.list("a");
		assert.deepEqual([names.toSorted(), bytes], [["0-1", "end"], 6]);
		assert.equal(await readFile(incoming.path("a", "0-1"), "utf8"), "né\n");
		assert.equal((await stat(incoming.path("a", "0-1"))).mode & 0o777, 0o600);
		await incoming.drop("a");
		assert.deepEqual(await incoming.list("a"), { names: [], bytes: 0 });
		assert.equal((await incoming.list("b")).bytes, 5);
	});

	it("stays as it came first, however often it comes", async () => {
		const { incoming } = await open();
		await incoming.keep("a", "0-1", "first");
		await incoming.keep("a", "0-1", "second");
		await Promise.all([incoming.keep("b", "0-1", "same"), incoming.keep("c", "0-1", "same")]);
		assert.equal(await readFile(incoming.path("a", "0-1"), "utf8"), "first");
	});

	it("half a piece, as a kill leaves it, is none, and does not keep the whole one out", async () => {
		const { dir, incoming } = await open();
		await incoming.keep("a", "0-1", "whole");
		await writeFile(join(dir, "a", "1-1.partial"), "ha");
		assert.deepEqual(await incoming.list("a"), { names: ["0-1"], bytes: 5 });
		await incoming.keep("a", "1-1", "half");
		assert.equal((await incoming.list("a")).bytes, 9);
		assert.deepEqual((await readdir(join(dir, "a"))).toSorted(), ["0-1", "1-1"]);
	});

	it("is dropped when no piece has come for long, and not before", async () => {
		const { dir, incoming } = await open();
		for (const batch of ["old", "new"]) await incoming.keep(batch, "0-1", "text");
		const nowMs = Date.now();
		await utimes(join(dir, "old"), (nowMs - 10_000) / 1000, (nowMs - 10_000) / 1000);
		assert.equal(await incoming.prune(nowMs - 5_000), 1);
		assert.deepEqual(await readdir(dir), ["new"]);
	});
});
