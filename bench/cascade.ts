/**
 * Question: what does a second opinion on doubtful texts cost and give, and is a cascade without budget the first scorer alone?
 * Command: npm run bench -- bench/cascade.ts ROWS.jsonl.xz [rows]   (loopback only; writes bench/results/cascade.{json,svg})
 * First: the embedded classifier (q8), for the labels that it has a policy for. Second: a DOUBLE (bench/cascade/gold-service.ts)
 * that knows the gold labels and errs at random as stated; its quality says nothing of any real model.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openScorer } from "../src/cli/open-scorer.ts";
import { readLines } from "../src/cli/read-lines.ts";
import { readConfig } from "../src/config.ts";
import { type CascadePair, evaluateCascade, parseEvalRow, toCurveSvg } from "../src/evaluate/index.ts";
import { loadPolicies } from "../src/policies/index.ts";
import { createCascadeScorer, type Scorer } from "../src/scorers/index.ts";
import type { CascadeSpec, LeafSpec, Policy } from "../src/types.ts";
import { CATEGORIES, ERROR_RATE, NOISE, startGoldService } from "./cascade/gold-service.ts";
import { readMachine } from "./engine/machine.ts";

const [file, most] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: bench/cascade.ts ROWS.jsonl.xz [rows]");
const limit = most === undefined ? Number.POSITIVE_INFINITY : Number(most);
const BATCH = 64;
const root = fileURLToPath(new URL("..", import.meta.url));

/** The shipped policies that the double has a category for, with both scorers. */
async function loadPairs(): Promise<CascadePair[]> {
	const shipped = await loadPolicies(join(root, "policies"));
	return shipped.flatMap((first) => {
		const category = CATEGORIES[first.id];
		if (category === undefined) return [];
		const scorer: LeafSpec = { kind: "remote", service: "openai", categories: [category], onFailure: "fail" };
		return [{ first, second: { ...first, scorer } }];
	});
}

function toCascades(pairs: readonly CascadePair[], spec: Pick<CascadeSpec, "band" | "exhausted">): Policy[] {
	return pairs.map(({ first, second }) => ({
		...first,
		scorer: { kind: "cascade", first: first.scorer as LeafSpec, second: second.scorer as LeafSpec, ...spec },
	}));
}

/** Risks of all texts that differ between two ways to score them, and how many there were. */
async function countDifferences(
	texts: readonly string[],
	a: (batch: readonly string[]) => ReturnType<Scorer["score"]>,
	b: (batch: readonly string[]) => ReturnType<Scorer["score"]>,
): Promise<{ risks: number; different: number }> {
	let [risks, different] = [0, 0];
	for (let at = 0; at < texts.length; at += BATCH) {
		const batch = texts.slice(at, at + BATCH);
		const [left, right] = [await a(batch), await b(batch)];
		for (const [i, score] of left.entries())
			for (const [id, risk] of Object.entries(score.risks)) {
				risks++;
				if (risk !== right[i]!.risks[id]) different++;
			}
	}
	return { risks, different };
}

const rows = [];
for await (const line of readLines(file)) if (rows.length < limit) rows.push(parseEvalRow(line));
const texts = rows.map(({ text }) => text);
const service = await startGoldService(rows);
const cacheDir = await mkdtemp(join(tmpdir(), "sluice-bench-"));
const config = readConfig({}, { SLUICE_CACHE_DIR: cacheDir, SLUICE_OPENAI_BASE_URL: service.url });
const pairs = await loadPairs();
const [firsts, seconds] = [pairs.map(({ first }) => first), pairs.map(({ second }) => second)];
const scorer = await openScorer(config, [...firsts, ...seconds]);
try {
	const cascade = createCascadeScorer(scorer);
	const free = toCascades(pairs, { band: { from: 0, to: 1 }, exhausted: "first" });
	const report = await evaluateCascade(readLines(file), { scorer, pairs }, { limit, batchRows: BATCH });
	const checks = {
		budgetOfZeroAgainstFirstAlone: await countDifferences(
			texts,
			(batch) => cascade.score(batch, free, { budget: { maxEscalations: 0 } }),
			(batch) => scorer.score(batch, firsts),
		),
		unlimitedBudgetAgainstSecondAlone: await countDifferences(
			texts,
			(batch) => cascade.score(batch, free),
			(batch) => scorer.score(batch, seconds),
		),
	};
	const double =
		`logits of ±${NOISE.distance} by gold label with normal noise of deviation ${NOISE.deviation}: ` +
		`wrong side of 0.5 in ${(100 * ERROR_RATE).toFixed(2)} % of cases, independent by text and category`;
	const note = `${basename(file)}; first: the classifier; second: a double that knows the gold labels, with noise`;
	const prefix = join(root, "bench/results/cascade");
	await mkdir(join(root, "bench/results"), { recursive: true });
	const result = { machine: await readMachine(), note, double, checks, ...report };
	await writeFile(`${prefix}.json`, `${JSON.stringify(result, null, "\t")}\n`);
	const svg = toCurveSvg(report.curves, { title: "What a second opinion costs and gives", subtitle: note });
	await writeFile(`${prefix}.svg`, svg);
	process.stdout.write(`${JSON.stringify({ note, double, checks }, null, "\t")}\n`);
} finally {
	await scorer.close();
	service.close();
	await rm(cacheDir, { recursive: true });
}
