/**
 * Question: does a text that is followed word by word get the very risks and verdicts of its prefixes as whole texts?
 * Command: npm run bench -- bench/guard-equality.ts DATA [--texts 10000] [--cuttings 5] [--every 10] [--seed 1]
 * DATA is a file of JSON lines with a `text` each, plain or .xz (needs xz). Each text is followed in so many random
 * cuttings, which must agree in every number at every prefix; the whole text, and for every n-th text all its prefixes, are
 * scored by the moderator and must agree as well. Ends with code 1 where one number differs. Writes
 * bench/results/guard-equality.json.
 */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { createModerator } from "../src/moderator.ts";
import type { PrefixScore } from "../src/scorers/stream/index.ts";
import type { Action, Verdict } from "../src/types.ts";
import { createRandom, toDeltas } from "../test/guard/streams.ts";
import { type Classifier, openClassifier } from "../test/scorers/stream/classifier.ts";
import { readMachine } from "./engine/machine.ts";

const { values: given, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		texts: { type: "string", default: "10000" },
		cuttings: { type: "string", default: "5" },
		every: { type: "string", default: "10" },
		seed: { type: "string", default: "1" },
		characters: { type: "string", default: "4000" }, // longer texts are left out
		out: { type: "string", default: fileURLToPath(new URL("./results/guard-equality.json", import.meta.url)) },
	},
});
const [texts, cuttings, every, seed, characters] = [
	given.texts,
	given.cuttings,
	given.every,
	given.seed,
	given.characters,
].map(Number) as [number, number, number, number, number];
/** Texts under way at once. */
const AT_ONCE = 16;

async function* readTexts(path: string): AsyncGenerator<string> {
	const xz = path.endsWith(".xz") ? spawn("xz", ["-dc", path], { stdio: ["ignore", "pipe", "inherit"] }) : undefined;
	let left = texts;
	try {
		for await (const line of createInterface({ input: xz?.stdout ?? createReadStream(path) })) {
			const { text } = JSON.parse(line) as { text?: unknown };
			if (typeof text !== "string" || text.length > characters) continue;
			yield text;
			if (--left === 0) return;
		}
	} finally {
		xz?.kill();
	}
}

async function follow({ streams, policies }: Classifier, text: string, random: () => number): Promise<PrefixScore[]> {
	const stream = await streams.open(policies);
	const scores: PrefixScore[] = [];
	const most = 1 + Math.floor(random() * 60);
	try {
		for (const delta of toDeltas(text, random, most)) {
			stream.push(delta);
			if (random() < 0.5) scores.push(...(await stream.read()));
		}
		stream.end();
		for (let more = await stream.read(); more.length > 0; more = await stream.read()) scores.push(...more);
		return scores;
	} finally {
		await stream.close();
	}
}

/** What a verdict says that a prefix's score must say too. */
function toRisks({ policies }: Verdict): Record<string, number | null> {
	return Object.fromEntries(policies.map(({ policy, risk }) => [policy, risk]));
}

function toActions(classifier: Classifier, { risks }: PrefixScore): Action[] {
	return classifier.policies.map(({ id, thresholds: { flag, block } }) =>
		risks[id]! >= block ? "block" : risks[id]! >= flag ? "flag" : "allow",
	);
}

const classifier = await openClassifier();
const moderator = createModerator({
	policies: classifier.policies,
	scorer: classifier.whole,
	maxCharacters: classifier.whole.maxCharacters,
});
const counts = {
	texts: 0,
	followed: 0,
	prefixes: 0,
	compared: 0,
	differingCuttings: 0,
	differingRisks: 0,
	differingActions: 0,
};

async function compare(text: string, n: number): Promise<void> {
	const random = createRandom(seed * 1_000_003 + n);
	const scores = await follow(classifier, text, random);
	counts.texts++;
	counts.followed++;
	counts.prefixes += scores.length;
	for (let i = 1; i < cuttings; i++) {
		counts.followed++;
		if (!isDeepStrictEqual(await follow(classifier, text, random), scores)) counts.differingCuttings++;
	}
	const chosen = n % every === 0 ? scores : scores.slice(-1);
	const verdicts = await moderator.moderate(chosen.map(({ end }) => text.slice(0, end)));
	for (const [i, verdict] of verdicts.entries()) {
		counts.compared++;
		if (!isDeepStrictEqual(toRisks(verdict), chosen[i]!.risks)) counts.differingRisks++;
		const actions = verdict.policies.map(({ action }) => action);
		if (!isDeepStrictEqual(actions, toActions(classifier, chosen[i]!))) counts.differingActions++;
	}
	if (counts.texts % 500 === 0) process.stderr.write(`${counts.texts} texts\n`);
}

try {
	const [path] = positionals;
	if (path === undefined) throw new Error("name the file of texts");
	await moderator.ready();
	const began = performance.now();
	const source = readTexts(path);
	let n = 0;
	const work = async (): Promise<void> => {
		for (let next = await source.next(); next.done !== true; next = await source.next()) await compare(next.value, n++);
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
	const result = { machine: await readMachine(), seed, cuttings, every, seconds, ...counts };
	process.stdout.write(`${JSON.stringify(counts)}\n`);
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	const differing = counts.differingCuttings + counts.differingRisks + counts.differingActions;
	if (differing > 0) process.exitCode = 1;
} finally {
	await classifier.close();
}
