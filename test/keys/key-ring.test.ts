import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
	addToKeysFile,
	addToRecords,
	createKeyRing,
	grantPolicies,
	grantVerdict,
	type NewKey,
	readKeysFile,
	revokeInKeysFile,
} from "../../src/keys/index.ts";
import { openStore } from "../../src/store/index.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-keys-"));
	folders.push(folder);
	return folder;
}

const WANTED: NewKey = {
	name: "ci",
	tenant: "acme",
	scopes: ["moderate"],
	expiresMs: null,
	grant: { policies: ["hate"] },
	limits: { requestsPerMinute: 5, charactersPerMinute: null },
};
const NOW = 1_800_000_000_000;

test("keys in the records are found by their secret until revoked or expired, and no secret is on disk", async () => {
	const dir = await makeFolder();
	const store = await openStore(dir);
	try {
		let nowMs = NOW;
		const ring = createKeyRing({ records: store.keys, now: () => nowMs });
		assert.equal(ring.hasKeys(), false);
		const { key, secret } = addToRecords(store.keys, WANTED, NOW);
		assert.deepEqual(ring.find(secret), { ...WANTED, id: key.id, createdMs: NOW, revokedMs: null });
		for (const wrong of [
			"",
			"x",
			`${secret.slice(0, -1)}${secret.endsWith("0") ? 1 : 0}`,
			secret.toUpperCase(),
			` ${secret}`,
		])
			assert.equal(ring.find(wrong), undefined);
		for (const name of await readdir(dir)) {
			const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
			assert.equal(bytes.includes(secret.slice("sluice_".length)), false, name);
		}
		store.keys.revoke(key.id, NOW);
		assert.equal(ring.find(secret), undefined);
		const late = addToRecords(store.keys, { ...WANTED, expiresMs: NOW + 10 }, NOW);
		assert.equal(ring.find(late.secret)?.id, late.key.id);
		assert.equal(ring.hasKeys(), true);
		nowMs = NOW + 10;
		assert.equal(ring.find(late.secret), undefined);
		assert.equal(ring.hasKeys(), false);
	} finally {
		store.close();
	}
});

test("a keys file is private, holds hashes only, and its changes count within a second or two", async () => {
	const file = join(await makeFolder(), "keys.json");
	let nowMs = NOW;
	const errors: unknown[] = [];
	const ring = createKeyRing({ file, now: () => nowMs, onError: (error) => errors.push(error) });
	assert.equal(ring.hasKeys(), false);
	const { key, secret } = addToKeysFile(file, WANTED, NOW);
	assert.equal((await stat(file)).mode & 0o077, 0);
	assert.equal((await readFile(file, "utf8")).includes(secret.slice(7)), false);
	nowMs += 2000;
	assert.equal(ring.find(secret)?.id, key.id);
	assert.equal(revokeInKeysFile(file, key.id, NOW), true);
	assert.equal(revokeInKeysFile(file, key.id, NOW), false);
	nowMs += 2000;
	assert.equal(ring.find(secret), undefined);
	const second = addToKeysFile(file, WANTED, NOW);
	nowMs += 2000;
	assert.equal(ring.find(second.secret)?.id, second.key.id);
	await writeFile(file, "{}");
	await utimes(file, 1, 1);
	nowMs += 2000;
	assert.equal(ring.find(second.secret)?.id, second.key.id, "the keys from before stay");
	assert.equal(errors.length, 1);
});

test("a keys file that is none of ours is refused by the field that is wrong", async () => {
	const file = join(await makeFolder(), "keys.json");
	addToKeysFile(file, WANTED, NOW);
	const [row] = (JSON.parse(await readFile(file, "utf8")) as { keys: object[] }).keys;
	for (const [wrong, detail] of [
		["{", /not valid JSON/],
		[JSON.stringify({ keys: [{ ...row, hash: "x" }] }), /keys\.0\.hash/],
		[JSON.stringify({ keys: [{ ...row, scopes: ["everything"] }] }), /keys\.0\.scopes/],
		[JSON.stringify({ keys: [{ ...row, secret: "x" }] }), /keys\.0/],
	] as const) {
		await writeFile(file, wrong);
		assert.throws(() => readKeysFile(file), { code: "invalid_config", detail });
	}
});

test("a grant keeps its policies only and decides by its thresholds", async () => {
	const moderator = createFakeModerator({ risk: (_, policy) => (policy === "hate" ? 0.6 : 0.95) });
	const [verdict] = await moderator.moderate(["text"]);
	assert.equal(verdict!.action, "block");
	const hateOnly = grantVerdict(verdict!, { policies: ["hate"] });
	assert.deepEqual([hateOnly.action, hateOnly.risk, hateOnly.policies.length], ["flag", 0.6, 1]);
	for (const [thresholds, action] of [
		[{ flag: 0.7 }, "allow"],
		[{ block: 0.55 }, "block"],
		[{ flag: 0.1, block: 0.6 }, "block"],
		[{ flag: 0.95 }, "allow"],
	] as const) {
		const granted = grantVerdict(verdict!, { policies: ["hate"], thresholds: { hate: thresholds } });
		assert.equal(granted.action, action, JSON.stringify(thresholds));
		const [policy] = grantPolicies([fakePolicy("hate")], { thresholds: { hate: thresholds } });
		assert.deepEqual(granted.policies[0]!.thresholds, {
			flag: policy!.thresholds.flag,
			block: policy!.thresholds.block,
		});
		assert.ok(policy!.thresholds.flag <= policy!.thresholds.block);
	}
	assert.equal(grantVerdict(verdict!, { policies: ["unknown"] }).action, "block", "no policy left is no leave to pass");
});
