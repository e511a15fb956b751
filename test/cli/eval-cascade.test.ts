import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { openScorer } from "../../src/cli/open-scorer.ts";
import type { CascadeReport } from "../../src/evaluate/index.ts";
import { createScorerSet } from "../../src/scorers/index.ts";
import { findAll, parseXml } from "../evaluate/xml.ts";
import { createFakeScorer } from "../scorers/fake-scorer.ts";
import { startDouble } from "../scorers/remote/service-double.ts";
import { riskOf, SUBJECTS } from "../scorers/remote/subjects.ts";
import { type Outcome, run } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-eval-cascade-"));
after(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
	const path = join(folder, name);
	mkdirSync(join(path, ".."), { recursive: true });
	writeFileSync(path, content);
	return path;
};
/** A directory with one policy of that scorer. */
const policies = (name: string, scorer: string): string =>
	join(
		file(
			`${name}/hate.yaml`,
			`id: hate
title: Hate
guideline: No hate.
scorer: ${scorer}
thresholds: { flag: 0.3, block: 0.8, target: a test }
maps: {}
examples: [{ text: a, violates: true }, { text: b, violates: false }]
`,
		),
		"..",
	);

const HEAD = "{ kind: head, head: hate }";
const REMOTE = "{ kind: remote, service: openai, categories: [hate] }";
const CASCADE = policies(
	"cascade",
	`{ kind: cascade, first: ${HEAD}, second: ${REMOTE}, band: { from: 0.2, to: 0.9 } }`,
);
const ROWS = file(
	"rows.jsonl",
	[
		{ text: "risk 0.91 hateful", labels: { hate: 1, spam: 0 } },
		{ text: "risk 0.07 fine", labels: { hate: 0 } },
		{ text: "risk 0.88 hateful again", labels: { hate: 1 } },
		{ text: "risk 0.12 fine again", labels: { hate: 0 } },
		{ text: "risk 0.15 what nobody knows", labels: { hate: null } },
	]
		.map((row) => JSON.stringify(row))
		.join("\n"),
);

/** The command with heads that know nothing and a double of the remote service that knows the text's number. */
async function runWith(t: TestContext, ...argv: readonly string[]): Promise<Outcome & { asked: number }> {
	const subject = SUBJECTS.find(({ service }) => service === "openai")!;
	const double = await startDouble(t, subject.answer);
	const heads = createFakeScorer({ risk: (text) => 0.5 + (text.length % 3) / 10 });
	const outcome = await run(["eval", ROWS, "--cascade", ...argv], {
		env: { SLUICE_OPENAI_BASE_URL: double.url },
		context: {
			openScorer: async (config, asked) => {
				const others = asked.filter(({ scorer }) => scorer.kind === "remote");
				const remote = others.length === 0 ? undefined : await openScorer(config, others);
				return createScorerSet({ head: heads, ...(remote && { "remote:openai": remote }) });
			},
		},
	});
	return { ...outcome, asked: double.seen.length };
}

describe("sluice eval --cascade", () => {
	it("--json prints a report whose curve ends with either scorer alone", async (t) => {
		const { exitCode, stdout, stderr, asked } = await runWith(t, "--policies", CASCADE, "--json");
		assert.deepEqual([exitCode, stderr, asked], [0, "", 1]);
		const report = JSON.parse(stdout) as CascadeReport;
		assert.deepEqual([report.rows, report.failed, report.unmeasured], [5, 0, ["spam"]]);
		const [curve] = report.curves;
		assert.deepEqual([curve!.label, curve!.n, curve!.positives], ["hate", 4, 2]);
		const [begin, end] = [curve!.points[0]!, curve!.points.at(-1)!];
		for (const [point, alone] of [
			[begin, curve!.first],
			[end, curve!.second],
		] as const)
			assert.deepEqual([point.auPrc, point.f1AtFlag, point.f1AtBlock], [alone.auPrc, alone.f1AtFlag, alone.f1AtBlock]);
		assert.deepEqual([begin.share, end.share, curve!.second.auPrc, curve!.second.f1AtFlag], [0, 1, 1, 1]);
		assert.ok(curve!.first.auPrc! < 1);
		assert.ok(riskOf("risk 0.91") > curve!.thresholds.block);
	});
	it("--second measures two directories' policies of the same id, in a table for people", async (t) => {
		const [first, second] = [policies("first", HEAD), policies("second", REMOTE)];
		const { exitCode, stdout } = await runWith(t, "--policies", first, "--second", second);
		assert.equal(exitCode, 0);
		assert.match(stdout, /^5 rows, 0 failed; rows\.jsonl; first: the classifier; second: the service openai\n/);
		assert.match(stdout, /\nhate: 4 texts, 2 positive\n/);
		assert.match(stdout, /\nfirst alone +\d/);
		assert.match(stdout, /\nsecond alone +\d.* 1\.000 +1\.000 +1\.000\n/);
		assert.match(stdout, /not measured by any pair: spam/);
	});
	it("--out writes the same report as JSON and its picture as an SVG that is XML", async (t) => {
		const out = join(folder, "deep", "curve");
		const { stdout } = await runWith(t, "--policies", CASCADE, "--json", "--out", out);
		const written = JSON.parse(readFileSync(`${out}.json`, "utf8")) as CascadeReport & { note: string };
		assert.deepEqual({ ...JSON.parse(stdout), note: written.note }, written);
		const svg = parseXml(readFileSync(`${out}.svg`, "utf8"));
		assert.equal(findAll(svg, "polyline").length, 3);
		assert.ok(findAll(svg, "text").some(({ text }) => text === written.note));
	});
	it("says how many rows failed, and exits 3 where none could be judged", async () => {
		const mixed = file("mixed.jsonl", `${readFileSync(ROWS, "utf8")}\nbroken\n`);
		const heads = (): Promise<ReturnType<typeof createScorerSet>> =>
			Promise.resolve(
				createScorerSet({ head: createFakeScorer(), "remote:openai": createFakeScorer({ kind: "remote" }) }),
			);
		const partly = await run(["eval", mixed, "--cascade", "--policies", CASCADE], { context: { openScorer: heads } });
		assert.equal(partly.exitCode, 0);
		assert.match(partly.stderr, /1 of 6 rows could not be judged/);
		const none = file("none.jsonl", "a,b\n1,2\n");
		const nothing = await run(["eval", none, "--cascade", "--policies", CASCADE], { context: { openScorer: heads } });
		assert.equal(nothing.exitCode, 3);
		assert.match(nothing.stderr, /gave no row that could be judged/);
		assert.match(nothing.stdout, /^2 rows, 2 failed/);
	});
	it("a service that cannot be reached ends the command with exit code 3 and one sentence, and writes nothing", async () => {
		const out = join(folder, "unreached", "curve");
		const outcome = await run(
			[
				"eval",
				ROWS,
				"--cascade",
				"--policies",
				policies("remote", REMOTE),
				"--second",
				policies("other", REMOTE),
				"--out",
				out,
			],
			{
				env: { SLUICE_OPENAI_BASE_URL: "http://127.0.0.1:9" },
				context: { openScorer },
			},
		);
		assert.equal(outcome.exitCode, 3);
		assert.match(outcome.stderr, /^sluice: the remote service openai could not be reached( \(\w+\))?\n$/);
		assert.ok(!existsSync(join(folder, "unreached")));
	});
	it("says what is missing where no policy is a cascade, where one is twice, and where flags lack --cascade", async () => {
		const plain = await run(["eval", ROWS, "--cascade", "--policies", policies("first", HEAD)]);
		assert.equal(plain.exitCode, 3);
		assert.match(plain.stderr, /no policy has scorer\.kind cascade; name the policies of the second scorer/);
		const twice = await run(["eval", ROWS, "--cascade", "--policies", policies("first", HEAD), "--second", CASCADE]);
		assert.equal(twice.exitCode, 3);
		assert.match(twice.stderr, /policy hate is a cascade itself/);
		const lone = await run(["eval", ROWS, "--out", join(folder, "x")]);
		assert.equal(lone.exitCode, 2);
		assert.match(lone.stderr, /--second and --out belong to --cascade/);
	});
});
