/** `sluice replay` on the shipped classifier: two runs agree bit for bit, and recorded risks come out the same. */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openTrail, recordDecisions } from "../../src/audit/index.ts";
import { openModerator } from "../../src/cli/open-moderator.ts";
import { openScorer } from "../../src/cli/open-scorer.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { type Outcome, run } from "./harness.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const TEXTS = [
	"You are a wonderful person and I wish you a good day.",
	"Shut up, you stupid idiot, nobody wants you here.",
	"I will find you and kill you.",
	"The weather in Berlin is fine today.",
	"What an idiot.",
	"🎈 Schöne Grüße aus München!",
];

describe("sluice replay", () => {
	let dir: string;
	let env: Record<string, string>;
	before(async () => {
		dir = await mkdtemp(join(tmpdir(), "sluice-replay-"));
		env = { SLUICE_CACHE_DIR: join(dir, "cache"), SLUICE_AUDIT_DIR: join(dir, "audit") };
		await writeFile(join(dir, "texts.jsonl"), TEXTS.map((text, id) => `${JSON.stringify({ id, text })}\n`).join(""));
		const hate = await readFile(join(ROOT, "policies", "toxicity.yaml"), "utf8");
		await writeFile(
			join(dir, "new.yaml"),
			hate.replace(/flag: [\d.]+/, "flag: 0.0001").replace(/block: [\d.]+/, "block: 0.001"),
		);
	});
	after(() => rm(dir, { recursive: true, force: true }));

	const replayed = (...argv: string[]): Promise<Outcome> => run(["replay", ...argv], { env, context: { openScorer } });

	it("gives the same report to the last bit each time, and names what would change", async () => {
		const argv = [join(dir, "texts.jsonl"), "--policy", join(dir, "new.yaml"), "--json"];
		const [first, second] = [await replayed(...argv), await replayed(...argv, "--threads", "1")];
		assert.equal(first.exitCode, 0);
		assert.equal(first.stdout, second.stdout);
		const { rows, policies, changes } = JSON.parse(first.stdout);
		assert.equal(rows, TEXTS.length);
		assert.deepEqual(
			policies.map(({ policy, change }: { policy: string; change: string }) => [policy, change]),
			[["toxicity", "changed"]],
		);
		assert.ok(changes.length > 0);
		const table = await replayed(...argv.slice(0, -1));
		assert.match(table.stdout, /decisions would change\nbefore \\ after/);
		assert.doesNotMatch(table.stdout + first.stdout, /idiot/, "texts are not repeated");
	});

	it("gives recorded decisions the risks that they were recorded with: same text, model hash and policy hash", async () => {
		const log = createLog({ level: "silent" });
		const { trail, close } = await openTrail(env.SLUICE_AUDIT_DIR!, { log, keepsContent: true, onFailure: "block" });
		const moderator = recordDecisions(await openModerator(readConfig({}, env)), trail);
		await moderator.ready();
		for (const text of TEXTS) await moderator.moderate([text]);
		await moderator.moderate(TEXTS.toReversed());
		await moderator.close();
		await close();
		const { stdout } = await run(["audit", "export"], { env });
		await writeFile(join(dir, "export.jsonl"), stdout);
		const { exitCode, stdout: json } = await replayed(
			join(dir, "export.jsonl"),
			"--policy",
			join(dir, "new.yaml"),
			"--json",
		);
		assert.equal(exitCode, 0);
		const { reproduced } = JSON.parse(json);
		assert.ok(reproduced.compared >= TEXTS.length * 2 * 9);
		assert.deepEqual(reproduced.deviations, []);
	});

	it("reads a policy under any file name, and a directory in place of all", async () => {
		await copyFile(join(dir, "new.yaml"), join(dir, "whatever.yaml"));
		const { stdout } = await replayed(join(dir, "texts.jsonl"), "--policy", join(ROOT, "policies"));
		assert.match(stdout, /the policies are the live ones\n\n0 decisions would change/);
		const missing = await replayed(join(dir, "texts.jsonl"), "--policy", join(dir, "nowhere.yaml"));
		assert.equal(missing.exitCode, 2);
	});

	it("says so where there is nothing to replay", async () => {
		await writeFile(join(dir, "empty.jsonl"), '{"seq":1,"kind":"decision"}\n');
		const { exitCode, stderr } = await replayed(join(dir, "empty.jsonl"), "--policy", join(dir, "new.yaml"));
		assert.equal(exitCode, 3);
		assert.match(stderr, /nothing to replay/);
	});
});
