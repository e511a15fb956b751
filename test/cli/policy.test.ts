import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { CliContext } from "../../src/cli/context.ts";
import { lintPolicies } from "../../src/cli/policy-lint.ts";
import { loadPolicies } from "../../src/policies/index.ts";
import { readHeadsFile } from "../../src/scorers/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";
import { run } from "./harness.ts";

const root = join(import.meta.dirname, "../..");
const HEADS = { labels: ["hate"], score_clip: 8, calibration: { hate: { scale: 1, offset: 0 } } } as Parameters<
	typeof lintPolicies
>[1];

/** Judges by the files that are named; "bad" in a text is a risk of 0.85. */
const context: Partial<CliContext> = {
	openModerator: async ({ policies }) => {
		const loaded = await loadPolicies(policies);
		const risk = (text: string): number => (text.includes("bad") ? 0.85 : 0.01);
		const moderator = createFakeModerator({ policies: loaded, risk });
		return Object.assign(moderator, {
			moderate: async (contents: readonly string[]) =>
				contents.map((text) => {
					const judged = loaded.map(({ id, thresholds: { flag, block } }) => {
						const r = risk(text);
						const action = r >= block ? ("block" as const) : r >= flag ? ("flag" as const) : ("allow" as const);
						const decision = { scorer: "head", stages: 1, ms: 1 };
						return { policy: id, risk: r, thresholds: { flag, block }, action, spans: [], decision };
					});
					const coverage = { characters: text.length, tokens: 1, complete: true as const };
					return {
						action: "allow",
						risk: 0,
						policies: judged,
						model: moderator.model,
						coverage,
						latencyMs: 1,
					} as const;
				}),
		}) as never;
	},
};
const cli = (...argv: string[]): ReturnType<typeof run> => run(["policy", ...argv], { context });

async function texts(t: TestContext, lines: readonly string[]): Promise<string> {
	const directory = await policyDirectory(t, {});
	const file = join(directory, "texts.txt");
	await writeFile(file, lines.join("\n"));
	return file;
}

describe("sluice policy test", () => {
	it("passes where every example comes out as it is meant", async (t) => {
		const directory = await policyDirectory(t, { hate: policyText("hate") });
		const { exitCode, stdout } = await cli("test", "--policies", directory);
		assert.deepEqual([exitCode, stdout], [0, "2 examples, 0 wrong\n"]);
	});
	it("fails where one comes out wrong, and names it by policy and number, never by its words", async (t) => {
		const wrong = policyText("hate", 0.9, { good: "not bad at all", bad: "secretwords" });
		const directory = await policyDirectory(t, { hate: wrong, rude: policyText("rude") });
		const { exitCode, stdout } = await cli("test", "--policies", directory);
		assert.equal(exitCode, 1);
		assert.match(stdout, /^hate, example 1 +violates +0\.010 +allow$/m);
		assert.match(stdout, /^hate, example 2 +harmless +0\.850 +flag$/m);
		assert.match(stdout, /^4 examples, 2 wrong$/m);
		assert.doesNotMatch(stdout, /secretwords|not bad/);
		const json = (await cli("test", "--policies", directory, "--json")).stdout.trim().split("\n");
		assert.deepEqual(
			json.map((line) => (JSON.parse(line) as { isRight: boolean }).isRight),
			[false, false, true, true],
		);
	});
});

describe("sluice policy lint", () => {
	it("finds everything at once: what is not valid, and what is probably not meant", async (t) => {
		const directory = await policyDirectory(t, {
			good: policyText("good"),
			head: policyText("head", 0.9, { head: "nope" }),
			map: policyText("map", 0.9, { maps: "{ openai: [rudeness] }" }),
			same: policyText("same", 0.5, { title: "good" }),
			twice: policyText("twice", 0.9, { good: "bad words" }),
			yaml: "id: [",
		});
		const findings = (await lintPolicies(directory, HEADS)).map((of) => `${of.file} ${of.level} ${of.message}`);
		const expected = [
			/^head\.yaml error policy head: scorer\.head "nope"/,
			/^map\.yaml error .*openai/,
			/^same\.yaml warning thresholds: flag and block are the same/,
			/^same\.yaml warning title: is also that of good\.yaml/,
			/^twice\.yaml warning examples: one is there twice/,
			/^yaml\.yaml error is not valid YAML/,
		];
		assert.equal(findings.length, expected.length, findings.join("\n"));
		for (const [i, pattern] of expected.entries()) assert.match(findings[i]!, pattern);
	});
	it("finds nothing that is not valid in the shipped policies", async () => {
		const heads = await readHeadsFile(join(root, "models/sluice-guard"));
		const findings = await lintPolicies(join(root, "policies"), heads);
		assert.deepEqual(
			findings.filter(({ level }) => level === "error"),
			[],
		);
	});
	it("ends with 1 where a file is not valid", async (t) => {
		const directory = await policyDirectory(t, { hate: "id: hate" });
		const { exitCode, stdout } = await run(["policy", "lint", "--policies", directory]);
		assert.equal(exitCode, 1);
		assert.match(stdout, /^hate\.yaml: error: .*\n1 errors, 0 warnings\n$/);
	});
});

describe("sluice policy diff", () => {
	it("says field by field what differs, and which policies came or went", async (t) => {
		const before = await policyDirectory(t, { hate: policyText("hate"), gone: policyText("gone") });
		const after = await policyDirectory(t, {
			hate: policyText("hate", 0.8, { title: "Hate" }),
			new: policyText("new"),
		});
		const { exitCode, stdout } = await cli("diff", before, after);
		assert.equal(exitCode, 1);
		assert.deepEqual(stdout.trim().split("\n"), [
			"gone: removed",
			'hate: title: "hate" -> "Hate"',
			"hate: thresholds.block: 0.9 -> 0.8",
			"new: added",
		]);
		assert.deepEqual(await cli("diff", before, before).then(({ exitCode, stdout }) => [exitCode, stdout]), [0, ""]);
	});
	it("says of which texts something else would come out, by line", async (t) => {
		const before = await policyDirectory(t, { hate: policyText("hate") });
		const after = await policyDirectory(t, { hate: policyText("hate", 0.8) });
		const data = await texts(t, ["fine", "so bad", "fine too", "bad again"]);
		const { stdout } = await cli("diff", before, after, "--data", data);
		assert.match(stdout, /^line 2 +hate +flag 0\.850 +block 0\.850$/m);
		assert.match(stdout, /^line 4 +hate /m);
		assert.match(stdout, /\n2 of 4 texts come out differently\n$/);
		assert.doesNotMatch(stdout, /so bad/);
		const refused = await cli("diff", before, after, "--data", await texts(t, ["a", "", "b"]));
		assert.deepEqual([refused.exitCode, /line 2 is empty/.test(refused.stderr)], [2, true]);
	});
});
