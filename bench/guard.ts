/**
 * Question: what does guarding a stream cost, does it stay the same however long the stream is, and what leaks beside it?
 * Command: npm run bench -- --expose-gc --max-semi-space-size=8 bench/guard.ts [--only local,upstream,depth,pace,ways] [--dir DIR] [--layers 6] [--rounds 20]
 * The shipped classifier, q8, one inference thread. Local, upstream: the same streams without a guard, turn by turn: the engine
 * here on the Gemma-2-2B shape, a scripted 5,000 tokens a second. Depth: time per token and memory after so many tokens of one
 * stream. Pace: hold times of one stream and of many. Ways: re-scoring a window or the whole text now and then instead, in
 * time per token and characters leaked. Writes bench/results/guard.json; parts that are not run keep their last figures.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openClassifier } from "../test/scorers/stream/classifier.ts";
import { readMachine } from "./engine/machine.ts";
import { type BesideRow, measureBeside } from "./guard/beside.ts";
import { measureDepths } from "./guard/flat.ts";
import { openLocal } from "./guard/local-stream.ts";
import { measurePace, spacedFirst, toPace } from "./guard/pace.ts";
import { findInferenceThreads } from "./guard/thread-cpu.ts";
import { compareWays } from "./guard/usual.ts";

const { values: given } = parseArgs({
	options: {
		only: { type: "string", default: "local,upstream,depth,pace,ways" },
		dir: { type: "string" }, // the engine's models are kept here; a temporary directory where left out
		layers: { type: "string", default: "6" }, // of the shape's 26
		weights: { type: "string", default: "q8" },
		cores: { type: "string" }, // of the engine; all where left out
		intervals: { type: "string", default: "0,100" }, // milliseconds between judgements of a local stream
		generated: { type: "string", default: "128" }, // tokens of a local stream
		depths: { type: "string", default: "100,1000,10000,100000" },
		rounds: { type: "string", default: "20" },
		tries: { type: "string", default: "3" }, // of a round beside the engine or the upstream, while others disturb it
		sample: { type: "string", default: "100" }, // tokens
		seconds: { type: "string", default: "10" }, // of a pace
		tokens: { type: "string", default: "2000,8000" }, // of the harmless text that the ways are timed on
		streams: { type: "string", default: "40" }, // harmful ones that leaks are taken on
		out: { type: "string", default: fileURLToPath(new URL("./results/guard.json", import.meta.url)) },
	},
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const parts = new Set(given.only.split(","));
const [rounds, tries, sample, seconds, streams] = (["rounds", "tries", "sample", "seconds", "streams"] as const).map(
	(name) => Number(given[name]),
) as [number, number, number, number, number];
/** Streams at once, with the tokens a second of each. */
const PACES = [
	{ streams: 1, perSecond: 5000 },
	{ streams: 1, perSecond: 50 },
	{ streams: 50, perSecond: 30 },
	{ streams: 500, perSecond: 5 },
];

/** The engine's own streams. */
async function measureLocal(): Promise<BesideRow[]> {
	const dir = given.dir ?? (await mkdtemp(join(tmpdir(), "sluice-bench-")));
	try {
		const [layers, tokens] = [Number(given.layers), Number(given.generated)];
		const cores = given.cores === undefined ? undefined : Number(given.cores);
		const local = await openLocal({ dir, layers, weights: given.weights, tokens, prompt: 32, cores });
		try {
			const name = `Gemma-2-2B shape, ${layers} layers, ${given.weights}`;
			const rows: BesideRow[] = [];
			for (const judgeIntervalMs of numbers(given.intervals))
				rows.push(await measureBeside(classifier, { name, open: local.open, rounds, tries, judges, judgeIntervalMs }));
			return rows;
		} finally {
			await local.close();
		}
	} finally {
		if (given.dir === undefined) await rm(dir, { recursive: true, force: true });
	}
}

const UPSTREAM = 5000; // tokens a second
const measureUpstream = async (): Promise<BesideRow[]> => [
	await measureBeside(classifier, {
		name: `scripted, ${UPSTREAM} tokens a second`,
		open: (round) => toPace(spacedFirst(round + 1, (UPSTREAM * seconds) / 4), UPSTREAM),
		rounds,
		tries,
		judges,
	}),
];

const show = (title: string, rows: readonly object[]): void => {
	process.stdout.write(`${title}\n${rows.map((row) => `  ${JSON.stringify(row, round)}`).join("\n")}\n`);
};
const round = (_: string, value: unknown): unknown =>
	typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

const classifier = await openClassifier();
const judges = findInferenceThreads(); // before others are started
try {
	const before = JSON.parse(await readFile(given.out, "utf8").catch(() => "{}")) as Record<string, unknown>;
	const result: Record<string, unknown> = { ...before, machine: await readMachine(), load: loadavg() };
	for (const [part, measure] of Object.entries({ local: measureLocal, upstream: measureUpstream })) {
		if (!parts.has(part)) continue;
		const rows = await measure();
		result[part] = rows;
		show(part, rows);
	}
	if (parts.has("depth")) {
		const depths = await measureDepths(classifier, { depths: numbers(given.depths), rounds, sample, judges });
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
