import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { convertIntoCache, hashModel } from "../../src/convert/index.ts";
import { fixturePath } from "../conformance/golden.ts";
import { changeTensors, copyModel, leftovers } from "./model-files.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-cache-"));
after(() => rmSync(root, { recursive: true }));

const Q8 = { weights: "q8" } as const;

test("a model is converted once; its entry has the hash that hashing it gives", async () => {
	const cacheDir = join(root, "once");
	const steps: number[] = [];
	const options = { ...Q8, onProgress: (done: number) => steps.push(done) };
	const first = await convertIntoCache(fixturePath("gemma2"), cacheDir, options);
	assert.equal(first.manifest.hash, await hashModel(fixturePath("gemma2"), "q8"));
	assert.equal(first.directory, join(cacheDir, `gemma2-q8-${first.manifest.hash.slice(0, 16)}`));
	const done = steps.length;
	assert.deepEqual(await convertIntoCache(fixturePath("gemma2"), cacheDir, options), first);
	assert.equal(steps.length, done);
	const other = await convertIntoCache(fixturePath("gemma2"), cacheDir, { weights: "q4" });
	assert.notEqual(other.directory, first.directory);
	assert.deepEqual(leftovers(cacheDir), []);
});

test("opening again reads no weights: their digests are believed", async () => {
	const cacheDir = join(root, "believed");
	const { manifest } = await convertIntoCache(fixturePath("gemma2"), cacheDir, Q8);
	const [entry, ...more] = readdirSync(join(cacheDir, "digests"));
	assert.deepEqual(more, []);
	const path = join(cacheDir, "digests", entry!);
	writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), digest: "ab".repeat(32) }));
	const steps: number[] = [];
	const options = { ...Q8, onProgress: (done: number) => steps.push(done) };
	const second = await convertIntoCache(fixturePath("gemma2"), cacheDir, options);
	const done = steps.length;
	assert.ok(done > 0, "no entry is there under the hash that follows from the digest believed");
	assert.equal(second.manifest.hash, manifest.hash, "what a conversion reads itself counts more");
	assert.deepEqual(await convertIntoCache(fixturePath("gemma2"), cacheDir, options), second);
	assert.equal(steps.length, done);
});

test("a changed model is another entry, and so is one that changed to the same size and time", async () => {
	const cacheDir = join(root, "changed");
	const source = copyModel(root, "gemma2");
	const path = join(source, "model.safetensors");
	const hashes = new Set<string>();
	const { atime, mtime } = statSync(path);
	for (const value of [1, 2, 3]) {
		const { manifest, directory } = await convertIntoCache(source, cacheDir, Q8);
		hashes.add(manifest.hash);
		assert.ok(basename(directory).endsWith(manifest.hash.slice(0, 16)));
		changeTensors(source, (tensor) => {
			if (tensor.name === "model.norm.weight") (tensor.data as Uint8Array)[0] = value;
			return tensor;
		});
		utimesSync(path, atime, mtime);
	}
	assert.equal(hashes.size, 3);
});

test("a copy elsewhere under the same name finds the entry", async () => {
	const cacheDir = join(root, "copy");
	const source = copyModel(root, "hawk");
	const first = await convertIntoCache(source, cacheDir, Q8);
	const elsewhere = join(mkdtempSync(join(root, "elsewhere-")), basename(source));
	cpSync(source, elsewhere, { recursive: true });
	const onProgress = (): void => assert.fail("it was converted again");
	assert.deepEqual(await convertIntoCache(elsewhere, cacheDir, { ...Q8, onProgress }), first);
});
