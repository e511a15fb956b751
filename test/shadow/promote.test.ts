/** Shadow policies take the live ones' place as a whole, or not at all. */
import assert from "node:assert/strict";
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { hashText, readPolicySet } from "../../src/policies/index.ts";
import { openVersions } from "../../src/policies/versions.ts";
import { promotePolicies } from "../../src/shadow/index.ts";
import { run } from "../cli/harness.ts";

const SHIPPED = join(import.meta.dirname, "..", "..", "policies");

async function withPolicies(use: (of: { dir: string; live: string; shadow: string }) => Promise<void>): Promise<void> {
	const dir = await mkdtemp(join(tmpdir(), "sluice-promote-"));
	try {
		const [live, shadow] = [join(dir, "live"), join(dir, "shadow")];
		await mkdir(live);
		for (const id of ["hate", "sexual"]) await cp(join(SHIPPED, `${id}.yaml`), join(live, `${id}.yaml`));
		await mkdir(shadow);
		const hate = await readFile(join(SHIPPED, "hate.yaml"), "utf8");
		await writeFile(join(shadow, "hate.yaml"), `# stricter\n${hate}`);
		await use({ dir, live, shadow });
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

describe("promoting shadow policies", () => {
	it("replaces the directory whole and keeps the former one", () =>
		withPolicies(async ({ dir, live, shadow }) => {
			const former = await readPolicySet(live);
			const wanted = await readPolicySet(shadow);
			const { hash, before, backup } = await promotePolicies(shadow, live);
			assert.deepEqual([hash, before], [wanted.hash, former.hash]);
			assert.equal((await readPolicySet(live)).hash, wanted.hash);
			assert.deepEqual((await readdir(live)).sort(), [".versions", "hate.yaml"]);
			assert.equal((await readPolicySet(backup!)).hash, former.hash);
			assert.equal((await readdir(dir)).length, 3, "nothing else is left behind");
			assert.deepEqual(await promotePolicies(shadow, live), { hash, before: hash, backup: undefined });
		}));

	it("goes on with the history of each policy, so that it can be rolled back", () =>
		withPolicies(async ({ live, shadow }) => {
			const [former, wanted] = [await readPolicySet(live), await readPolicySet(shadow)];
			await openVersions(live).keep("hate", "an earlier text");
			await promotePolicies(shadow, live);
			const kept = await openVersions(live).list("hate", wanted.files.get("hate")!.hash);
			assert.deepEqual(
				kept.map(({ version, hash }) => [version, hash]),
				[
					[3, wanted.files.get("hate")!.hash],
					[2, former.files.get("hate")!.hash],
					[1, hashText("an earlier text")],
				],
			);
			assert.equal((await openVersions(live).read("sexual", 1)) !== undefined, true, "also of one that is gone");
		}));

	it("exchanges a link in one step and leaves its former target where it is", () =>
		withPolicies(async ({ dir, live, shadow }) => {
			const link = join(dir, "current");
			await symlink("live", link);
			const { hash, backup } = await promotePolicies(shadow, link);
			assert.equal((await lstat(link)).isSymbolicLink(), true);
			assert.equal((await readPolicySet(link)).hash, hash);
			assert.equal(backup, live);
			assert.deepEqual((await readdir(live)).sort(), ["hate.yaml", "sexual.yaml"]);
		}));

	it("changes nothing where the shadow policies are not valid, or are the live ones", () =>
		withPolicies(async ({ dir, live, shadow }) => {
			const { hash } = await readPolicySet(live);
			await writeFile(join(shadow, "broken.yaml"), "id: other\n");
			await assert.rejects(promotePolicies(shadow, live), { code: "invalid_policy" });
			await assert.rejects(promotePolicies(live, live), { code: "invalid_config" });
			assert.equal((await readPolicySet(live)).hash, hash);
			assert.deepEqual((await readdir(dir)).sort(), ["live", "shadow"]);
		}));

	it("is one command", () =>
		withPolicies(async ({ live, shadow }) => {
			const { exitCode, stdout } = await run(["shadow", "promote", "--shadow", shadow, "--policies", live]);
			assert.equal(exitCode, 0);
			assert.match(stdout, /^live: sha256:[0-9a-f]{64}\nbefore: sha256:[0-9a-f]{64}, kept in .*live-before-/);
			assert.equal((await run(["shadow", "promote"])).exitCode, 2);
		}));
});
