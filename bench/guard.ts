/**
 * Question: what does guarding a stream cost, does it stay the same however long the stream is, and what leaks beside it?
 * Command: npm run bench -- --expose-gc --max-semi-space-size=8 bench/guard.ts [--only depth,pace,ways] [--depths 100,1000,10000,100000] [--rounds 20]
 * The shipped classifier, q8, one inference thread. Depth: time per token and resident memory after so many tokens of one
 * stream. Pace: hold times of one stream at 5,000 tokens a second, and of many slower ones. Ways: guard against re-scoring
 * a window or the whole text now and then, in time per token and characters leaked. Writes bench/results/guard.json.
 */
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openClassifier } from "../test/scorers/stream/classifier.ts";
import { readMachine } from "./engine/machine.ts";
import { measureDepths } from "./guard/flat.ts";
import { measurePace } from "./guard/pace.ts";
import { compareWays } from "./guard/usual.ts";

const { values: given } = parseArgs({
	options: {
		only: { type: "string", default: "depth,pace,ways" },
		depths: { type: "string", default: "100,1000,10000,100000" },
		rounds: { type: "string", default: "20" },
		sample: { type: "string", default: "100" }, // tokens
		seconds: { type: "string", default: "10" }, // of a pace
		tokens: { type: "string", default: "2000,8000" }, // of the harmless text that the ways are timed on
		streams: { type: "string", default: "40" }, // harmful ones that leaks are taken on
		out: { type: "string", default: fileURLToPath(new URL("./results/guard.json", import.meta.url)) },
	},
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const parts = new Set(given.only.split(","));
const [rounds, sample, seconds, streams] = [given.rounds, given.sample, given.seconds, given.streams].map(Number) as [
	number,
	number,
	number,
	number,
];
/** Streams at once, with the tokens a second of each. */
const PACES = [
	{ streams: 1, perSecond: 5000 },
	{ streams: 1, perSecond: 50 },
	{ streams: 50, perSecond: 30 },
	{ streams: 500, perSecond: 5 },
];

const show = (title: string, rows: readonly object[]): void => {
	process.stdout.write(`${title}\n${rows.map((row) => `  ${JSON.stringify(row, round)}`).join("\n")}\n`);
};
const round = (_: string, value: unknown): unknown =>
	typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

const classifier = await openClassifier();
try {
	const result: Record<string, unknown> = { machine: await readMachine(), load: loadavg() };
	if (parts.has("depth")) {
		const depths = await measureDepths(classifier, { depths: numbers(given.depths), rounds, sample });
		result.depth = depths;
		show("depth", depths);
	}
	if (parts.has("pace")) {
		const rows = [];
		for (const pace of PACES) rows.push(await measurePace(classifier, { ...pace, seconds }));
		result.pace = rows;
		show("pace", rows);
	}
	if (parts.has("ways")) {
		const rows = [];
		for (const tokens of numbers(given.tokens)) rows.push(...(await compareWays(classifier, { tokens, streams })));
		result.ways = rows;
		show("ways", rows);
	}
	await writeFile(given.out, `${JSON.stringify(result, round, "\t")}\n`);
} finally {
	await classifier.close();
}
