import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { formatScan, toScanTable } from "../../src/cli/scan-report.ts";
import { createTally } from "../../src/scan/tally.ts";
import { run } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-scan-cli-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array): string => {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
};
const results = (path: string): { line: number; action?: string; error?: object }[] =>
	readFileSync(path, "utf8")
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));

describe("sluice scan", () => {
	it("writes a result per line, a table for people, and the histogram", async () => {
		const [out, svg] = [join(folder, "a.out"), join(folder, "deep/a.svg")];
		const from = file("a.jsonl", '{"text":"fine"}\n{"text":"bad one"}\n\nbroken\n');
		const { exitCode, stdout, stderr, closed } = await run(["scan", from, "--out", out, "--histogram", svg]);
		assert.deepEqual([exitCode, stderr, closed], [0, "", 1]);
		assert.deepEqual(
			results(out).map(({ line, action }) => [line, action]),
			[
				[1, "allow"],
				[2, "block"],
				[4, undefined],
			],
		);
		assert.match(stdout, /^3 rows of 1 file in .*a\.out\n1 blank lines have no result\n/);
		assert.match(stdout, /\nblocked +1\n/);
		assert.match(stdout, /\n {2}invalid_json +1\n/);
		assert.match(stdout, /\npolicy +flagged +blocked\n/);
		assert.match(stdout, /\nhate +0 +1\n/);
		assert.match(readFileSync(svg, "utf8"), /Risks in a\.jsonl/);
	});
	it("--json prints the summary alone on stdout", async () => {
		const from = file("j.txt", "fine\nbad\n");
		const { stdout } = await run(["scan", from, "--out", join(folder, "j.out"), "--json", "--policy", "hate"]);
		const summary = JSON.parse(stdout);
		assert.deepEqual([summary.rows, summary.actions.block, Object.keys(summary.policies)], [2, 1, ["hate"]]);
		assert.equal(summary.policies.hate.histogram.length, 20);
	});
	it("reads stdin in the format that is named", async () => {
		const out = join(folder, "stdin.out");
		const stdin = [Buffer.from('text\n"a\nb'), Buffer.from('"\nc\n')];
		assert.equal((await run(["scan", "-", "--out", out, "--format", "csv"], { stdin })).exitCode, 0);
		assert.deepEqual(
			results(out).map(({ line }) => line),
			[2, 4],
		);
		const { exitCode, stderr } = await run(["scan", "-", "--out", `${out}2`], { stdin });
		assert.deepEqual([exitCode, /--format says what stdin holds/.test(stderr)], [2, true]);
	});
	it("reads .xz", async () => {
		const out = join(folder, "xz.out");
		const from = join(import.meta.dirname, "../fixtures/eval/rows.jsonl.xz");
		assert.equal((await run(["scan", from, "--out", out])).exitCode, 0);
		assert.equal(results(out).length, 3);
		const broken = await run(["scan", file("no.jsonl.xz", "no xz"), "--out", `${out}2`]);
		assert.deepEqual([broken.exitCode, /is cut off, damaged, or no \.xz file/.test(broken.stderr)], [2, true]);
	});
	it("Ctrl-C exits 130 with how to go on; --resume gives what an undisturbed run gives", async () => {
		const from = file("c.txt", Array.from({ length: 1000 }, (_, i) => `line ${i}`).join("\n"));
		const [whole, out] = [join(folder, "c1.out"), join(folder, "c2.out")];
		await run(["scan", from, "--out", whole]);
		let calls = 0;
		const before = (): void => {
			if (++calls === 6) process.emit("SIGINT");
		};
		const cut = await run(["scan", from, "--out", out], { moderator: { before } });
		assert.equal(cut.exitCode, 130);
		assert.match(cut.stderr, /^sluice: interrupted; the same command with --resume goes on with .*c2\.out\n$/);
		assert.deepEqual([cut.stdout, cut.closed, existsSync(out)], ["", 1, false]);
		assert.equal((await run(["scan", from, "--out", out])).exitCode, 2);
		const { exitCode } = await run(["scan", from, "--out", out, "--resume"]);
		assert.equal(exitCode, 0);
		assert.equal(readFileSync(out, "utf8"), readFileSync(whole, "utf8"));
	});
	it("refuses before a model is opened, with exit code 2 and a sentence", async () => {
		const from = file("r.txt", "a");
		const openScanModerator = async (): Promise<never> => assert.fail("the model was opened");
		for (const [argv, words] of [
			[["scan", from, "--out", from], /is there already; --force replaces it/],
			[["scan", from, "--out", from, "--force"], /cannot be scanned into itself/],
			[["scan", join(folder, "none.txt"), "--out", join(folder, "x")], /cannot read .*none\.txt \(ENOENT\)/],
			[["scan", from, "--out", join(folder, "x"), "--format", "xml"], /--format must be one of jsonl, csv, lines/],
			[["scan", from, "--out", join(folder, "x"), "--resume", "--force"], /give one of them/],
			[["scan", from], /--out/],
		] as const) {
			const { exitCode, stderr } = await run(argv, { context: { openScanModerator } });
			assert.equal(exitCode, 2);
			assert.match(stderr, words);
		}
		const unknown = await run(["scan", from, "--out", join(folder, "x"), "--policy", "nope"]);
		assert.match(unknown.stderr, /"nope" is not a policy; the policies are/);
	});
	it("exits 3 when no row could be judged", async () => {
		const { exitCode, stderr } = await run(["scan", file("n.jsonl", "a\nb\n"), "--out", join(folder, "n.out")]);
		assert.equal(exitCode, 3);
		assert.match(stderr, /no row could be judged/);
	});
	it("hands settings and policies to whoever opens the moderator", async () => {
		const seen: unknown[] = [];
		const { exitCode } = await run(
			[
				"scan",
				file("s.txt", "a"),
				"--out",
				join(folder, "s.out"),
				"--redis",
				"redis://127.0.0.1:1",
				"--policy",
				"a",
				"b",
			],
			{
				context: {
					async openScanModerator(config, policies) {
						seen.push(config.redisUrl, policies);
						throw new Error("seen");
					},
				},
			},
		);
		assert.deepEqual([exitCode, seen], [3, ["redis://127.0.0.1:1", ["a", "b"]]]);
	});
});

describe("what a scan shows", () => {
	const tally = createTally(["hate", "sexual"]);
	Object.assign(tally, { rows: 120_000, errors: { invalid_json: 2 } });
	tally.policies.hate!.flagged = 1200;
	tally.policies.hate!.blocked = 34;

	it("on the way: share of the bytes, rows, rate, time left, findings per policy, errors", () => {
		const progress = { bytes: 27, totalBytes: 100, tally, inFlight: 4 };
		assert.equal(
			formatScan(progress, { rowsPerSecond: 3100.4, bytesPerSecond: 1 }),
			"[=====>              ] 27 %, 120,000 rows, 3,100 per second, 1 min left; hate 1,234; 2 errors",
		);
		assert.equal(
			formatScan({ ...progress, totalBytes: undefined }, { rowsPerSecond: undefined, bytesPerSecond: 1 }),
			"120,000 rows; hate 1,234; 2 errors",
		);
	});
	it("at the end: what was done before an interruption, and the rate of this process alone", () => {
		const report = { tally, files: 2, outputBytes: 1, rowsBefore: 20_000 };
		const [first, second] = toScanTable(report, "o", 100);
		assert.equal(first, "120,000 rows of 2 files in 2 min, 1,000 per second: o");
		assert.equal(second, "20,000 of them were done before");
	});
});
