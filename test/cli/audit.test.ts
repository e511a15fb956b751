/** `sluice audit` over a log of a few decisions. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openTrail, recordDecisions } from "../../src/audit/index.ts";
import { inPlace, type Place } from "../audit/place.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { run } from "./harness.ts";

async function decide({ dir, options }: Place): Promise<void> {
	const { trail, close } = await openTrail(dir, { ...options, keepsContent: false, onFailure: "block" });
	const moderator = recordDecisions(createFakeModerator(), trail);
	await moderator.moderate(["good", "so bad"], {
		origin: { surface: "/v1/moderations", requestId: "one", keyId: "k1" },
	});
	await moderator.moderate(["fine"], { origin: { surface: "/v1/classify", requestId: "two", tenant: "acme" } });
	await close();
}

describe("sluice audit", () => {
	it("verify says that a log is intact, and gives the anchor to note down", () =>
		inPlace(async (place) => {
			await decide(place);
			const { exitCode, stdout } = await run(["audit", "verify", "--audit", place.dir]);
			assert.equal(exitCode, 0);
			assert.match(
				stdout,
				/^5 records in 1 file, 1 to 5\nheld against 1 anchors\nintact; last anchor 5:[0-9a-f]{64}\n$/,
			);
		}));

	it("verify finds a planted change, names its place and fails", () =>
		inPlace(async (place) => {
			await decide(place);
			const [file] = await place.files();
			const path = join(place.dir, file!);
			await writeFile(path, (await readFile(path, "utf8")).replace('"action":"block"', '"action":"allow"'));
			const { exitCode, stdout } = await run(["audit", "verify"], { env: { SLUICE_AUDIT_DIR: place.dir } });
			assert.equal(exitCode, 3);
			assert.match(stdout, /NOT INTACT: 1 problem\n000000000001\.jsonl:4: record 4 was changed/);
			const json = await run(["audit", "verify", "--audit", place.dir, "--json"]);
			assert.equal(JSON.parse(json.stdout).problems[0].seq, 4);
		}));

	it("verify finds a cut end by an anchor from elsewhere", () =>
		inPlace(async (place) => {
			await decide(place);
			const anchor = (await readFile(join(place.dir, "anchor"), "utf8")).trim();
			await place.rewrite((text) => `${text.split("\n").slice(0, 4).join("\n")}\n`);
			await writeFile(
				join(place.dir, "anchor"),
				`4:${JSON.parse((await readFile(join(place.dir, (await place.files())[0]!), "utf8")).split("\n")[3]!).hash}\n`,
			);
			assert.equal((await run(["audit", "verify", "--audit", place.dir])).exitCode, 0);
			const { exitCode, stdout } = await run(["audit", "verify", "--audit", place.dir, "--anchor", anchor]);
			assert.equal(exitCode, 3);
			assert.match(stdout, /record 5|records 5 to 5/);
		}));

	it("export filters, and finds the decisions about a text by its hash alone", () =>
		inPlace(async (place) => {
			await decide(place);
			const requests = async (...flags: string[]): Promise<string[]> => {
				const { exitCode, stdout } = await run([
					"audit",
					"export",
					"--audit",
					place.dir,
					"--kind",
					"decision",
					...flags,
				]);
				assert.equal(exitCode, 0);
				return stdout
					.split("\n")
					.slice(0, -1)
					.map((line) => `${JSON.parse(line).request} ${JSON.parse(line).index}`);
			};
			assert.deepEqual(await requests(), ["one 0", "one 1", "two 0"]);
			assert.deepEqual(await requests("--action", "block"), ["one 1"]);
			assert.deepEqual(await requests("--policy", "hate"), ["one 1"]);
			assert.deepEqual(await requests("--surface", "/v1/classify"), ["two 0"]);
			assert.deepEqual(await requests("--tenant", "acme", "--request", "two"), ["two 0"]);
			assert.deepEqual(await requests("--key", "k1", "--text", "so bad"), ["one 1"]);
			assert.deepEqual(await requests("--since", "2999-01-01"), []);
			assert.deepEqual(await requests("--since", "2020-01-01T00:00:00Z", "--until", "2999-01-01"), [
				"one 0",
				"one 1",
				"two 0",
			]);
			assert.equal((await run(["audit", "export", "--audit", place.dir, "--since", "yesterday"])).exitCode, 2);
		}));

	it("prune leaves what is young", () =>
		inPlace(async (place) => {
			await decide(place);
			const { exitCode, stdout } = await run(["audit", "prune", "--audit", place.dir, "--days", "1"]);
			assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: "0 files deleted\n" });
			assert.equal((await run(["audit", "verify", "--audit", place.dir])).exitCode, 0);
		}));

	it("asks where the log is, and makes none", () =>
		inPlace(async ({ dir }) => {
			assert.equal((await run(["audit", "verify"])).exitCode, 2);
			assert.equal((await run(["audit", "export", "--audit", join(dir, "nowhere")])).exitCode, 2);
			assert.deepEqual(await readdir(dir), []);
		}));
});
