import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { createKeyRing, hashSecret, parseHashedKey, parseKeys } from "../../src/keys/index.ts";
import { openStore } from "../../src/store/index.ts";
import { run } from "./harness.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-keys-"));
	folders.push(folder);
	return folder;
}

describe("sluice keys", () => {
	it("create prints the key once; list shows it without; revoke ends it; in records and in a file alike", async () => {
		const dir = await makeFolder();
		for (const place of [
			["--data", join(dir, "data")],
			["--file", join(dir, "keys.json")],
		]) {
			const made = await run([
				...[
					"keys",
					"create",
					"chat app",
					"--tenant",
					"acme",
					"--scopes",
					"moderate,batch",
					"--requests-per-minute",
					"600",
				],
				...[
					"--characters-per-minute",
					"100000",
					"--policies",
					"hate,violence",
					"--threshold",
					"hate:0.4:0.8",
					"--expires-days",
					"30",
				],
				...place,
			]);
			assert.equal(made.exitCode, 0, made.stderr);
			const secret = made.stdout.trim();
			assert.match(secret, /^sluice_[0-9a-f]{48}$/);
			const listed = await run(["keys", "list", "--json", ...place]);
			const key = JSON.parse(listed.stdout);
			assert.deepEqual(
				[key.tenant, key.scopes, key.grant, key.limits],
				[
					"acme",
					["moderate", "batch"],
					{ policies: ["hate", "violence"], thresholds: { hate: { flag: 0.4, block: 0.8 } } },
					{ requestsPerMinute: 600, charactersPerMinute: 100_000 },
				],
			);
			assert.ok(!listed.stdout.includes(secret.slice(7)));
			const store = place[0] === "--data" ? await openStore(place[1]!) : undefined;
			const ring = () => createKeyRing(store ? { records: store.keys } : { file: place[1] });
			assert.equal(ring().find(secret)?.id, key.id);
			assert.match((await run(["keys", "list", ...place])).stdout, new RegExp(`${key.id}.*acme.*moderate,batch`));
			assert.equal((await run(["keys", "revoke", key.id, ...place])).exitCode, 0);
			assert.equal(ring().find(secret), undefined);
			assert.equal((await run(["keys", "revoke", key.id, ...place])).exitCode, 2);
			store?.close();
		}
	});
	it("an option that is wrong is named, and no key is made", async () => {
		const file = join(await makeFolder(), "keys.json");
		for (const [wrong, detail] of [
			[["--scopes", "everything"], /scopes/],
			[["--requests-per-minute", "many"], /requestsPerMinute/],
			[["--threshold", "hate"], /--threshold/],
			[["--threshold", "hate:2"], /grant\.thresholds/],
			[["--tenant", ""], /tenant/],
		] as const) {
			const { exitCode, stderr, stdout } = await run(["keys", "create", "a", "--file", file, ...wrong]);
			assert.notEqual(exitCode, 0);
			assert.match(stderr, detail);
			assert.equal(stdout, "");
		}
		assert.equal((await run(["keys", "list", "--json", "--file", file])).stdout, "");
		assert.match((await run(["keys", "list"])).stderr, /--data DIR, or --file PATH/);
	});
	it("export gives an edge the keys in force with their hashes, as a secret or for Workers KV, and no secret", async () => {
		const dir = await makeFolder();
		for (const place of [
			["--data", join(dir, "data")],
			["--file", join(dir, "keys.json")],
		]) {
			assert.deepEqual(JSON.parse((await run(["keys", "export", ...place])).stdout), { keys: [] });
			const make = async (...options: string[]): Promise<string> =>
				(await run(["keys", "create", "of an edge", ...options, ...place])).stdout.trim();
			const good = await make("--tenant", "acme", "--threshold", "hate:0.4:0.8", "--requests-per-minute", "600");
			const other = await make("--expires-days", "1");
			const over = await make("--expires-days", "0");
			const revoked = await make();
			const ids = (await run(["keys", "list", "--json", ...place])).stdout.trim().split("\n");
			const listed = ids.map((line) => JSON.parse(line));
			assert.equal((await run(["keys", "revoke", listed[3].id, ...place])).exitCode, 0);

			const { stdout, exitCode } = await run(["keys", "export", ...place]);
			assert.equal(exitCode, 0);
			const exported = parseKeys(stdout, "what was exported");
			assert.deepEqual(
				exported.map(({ key }) => key),
				listed.slice(0, 2),
			);
			assert.deepEqual(
				exported.map(({ hash }) => hash),
				[good, other].map(hashSecret),
			);
			const kv = await run(["keys", "export", "--kv", ...place]);
			const pairs = JSON.parse(kv.stdout) as { key: string; value: string }[];
			assert.deepEqual(
				pairs.map(({ key }) => key),
				[good, other].map((secret) => hashSecret(secret).toString("hex")),
			);
			assert.deepEqual(
				pairs.map(({ value }) => parseHashedKey(value)),
				exported,
			);
			for (const secret of [good, other, over, revoked])
				assert.equal((stdout + kv.stdout).includes(secret.slice(7)), false);
		}
	});
});
