import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createDigestCache } from "../../src/convert/digest-cache.ts";
import { readStats } from "../../src/convert/file-stats.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-digests-"));
after(() => rmSync(root, { recursive: true }));

const DIGEST = "ab".repeat(32);
const LATER = (): number => Date.now() + 10_000;

function createFile(name: string): string {
	const path = join(root, name);
	writeFileSync(path, "content");
	return path;
}

test("a digest is found again as long as its file is untouched", async () => {
	const cache = createDigestCache(join(root, "made", "when", "needed"), LATER);
	const file = createFile("plain");
	assert.equal(await cache.get(await readStats(file)), undefined);
	await cache.set(await readStats(file), DIGEST);
	assert.equal(await cache.get(await readStats(file)), DIGEST);
	assert.equal(await createDigestCache(join(root, "made", "when", "needed")).get(await readStats(file)), DIGEST);
});

test("a file that changed is noticed, also with its old size and time", async () => {
	const cache = createDigestCache(join(root, "changes"), LATER);
	const file = createFile("changing");
	const { atime, mtime } = statSync(file);
	await cache.set(await readStats(file), DIGEST);
	writeFileSync(file, "CONTENT");
	utimesSync(file, atime, mtime);
	assert.equal(await cache.get(await readStats(file)), undefined);
	await cache.set(await readStats(file), DIGEST);
	rmSync(file);
	writeFileSync(file, "other content");
	assert.equal(await cache.get(await readStats(file)), undefined);
});

test("a file that changed a moment ago is not remembered: it may change again within the clock's tick", async () => {
	const directory = join(root, "young");
	const cache = createDigestCache(directory);
	const file = createFile("young-file");
	await cache.set(await readStats(file), DIGEST);
	assert.equal(await cache.get(await readStats(file)), undefined);
});

test("a damaged entry is no entry, and a cache that cannot be written forgets", async () => {
	const directory = join(root, "damaged");
	const cache = createDigestCache(directory, LATER);
	const file = createFile("damaged-file");
	await cache.set(await readStats(file), DIGEST);
	for (const text of ["", "{", JSON.stringify({ digest: DIGEST })]) {
		for (const name of readdirSync(directory)) writeFileSync(join(directory, name), text);
		assert.equal(await cache.get(await readStats(file)), undefined);
	}
	const nowhere = createDigestCache(join(file, "no-directory"), LATER);
	await nowhere.set(await readStats(file), DIGEST);
	assert.equal(await nowhere.get(await readStats(file)), undefined);
});
