import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withLock } from "../../src/engine/file-lock.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-lock-"));
after(() => rmSync(directory, { recursive: true }));
let locks = 0;
const newPath = (): string => join(directory, "deeper", `${locks++}.lock`);
/** A number above the system's largest process id. */
const NOBODY = 2 ** 22 + 1;

test("work under one lock never overlaps, and the lock is gone afterwards, also when the work fails", async () => {
	const path = newPath();
	let inside = 0;
	const runs = Array.from({ length: 4 }, (_, i) =>
		withLock(
			path,
			async () => {
				assert.equal(++inside, 1);
				await new Promise(setImmediate);
				inside--;
				if (i === 2) throw new Error("no");
				return i;
			},
			{ pollMs: 1 },
		),
	);
	const results = await Promise.allSettled(runs);
	assert.deepEqual(
		results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason))),
		[0, 1, "Error: no", 3],
	);
	assert.equal(existsSync(path), false);
});

test("the lock of a process that is gone is taken over at once", async () => {
	const path = newPath();
	await withLock(path, async () => {});
	writeFileSync(path, `${hostname()} ${NOBODY}`);
	assert.equal(await withLock(path, async () => "done", { waitMs: 0 }), "done");
});

test("the lock of another machine is taken over when nobody has touched it for long, not before", async () => {
	const path = newPath();
	await withLock(path, async () => {});
	writeFileSync(path, "elsewhere 1");
	await assert.rejects(
		withLock(path, async () => {}, { waitMs: 0, pollMs: 1 }),
		/too long/,
	);
	const old = new Date(Date.now() - 61_000);
	utimesSync(path, old, old);
	assert.equal(await withLock(path, async () => "done", { waitMs: 0 }), "done");
});

test("a lock is touched while it is held", async () => {
	const path = newPath();
	await withLock(
		path,
		async () => {
			const old = new Date(Date.now() - 50_000);
			utimesSync(path, old, old);
			while (statSync(path).mtimeMs < Date.now() - 40_000) await new Promise(setImmediate);
		},
		{ touchMs: 1 },
	);
});

test("a place that cannot be written to is an error", async () => {
	const file = join(directory, "file");
	writeFileSync(file, "");
	await assert.rejects(
		withLock(join(file, "x.lock"), async () => {}),
		{ code: /ENOTDIR|EEXIST/ },
	);
});
