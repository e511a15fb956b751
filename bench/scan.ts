/**
 * Question: does `sluice scan` hold its memory over a million lines, keep their order, and keep the model as busy as calling
 * the moderator does?
 * Command: npm run bench -- bench/scan.ts [--lines 1000000] [--model-lines 6000] [--rounds 5] [--dir DIR]   (Linux)
 * A million short generated lines go through the whole pipeline to a moderator that does nothing; then fewer of them to the
 * shipped classifier, in turn with the same texts handed to `moderate` directly, 64 at a time with some calls under way.
 * Writes bench/results/scan.json.
 */
import { mkdir, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModerator } from "../src/cli/open-moderator.ts";
import { readConfig } from "../src/config.ts";
import type { Moderator } from "../src/moderator.ts";
import { openInputs, runScan, type ScanReport, toScanFiles } from "../src/scan/index.ts";
import type { Verdict } from "../src/types.ts";
import { readMachine } from "./engine/machine.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		lines: { type: "string", default: "1000000" },
		"model-lines": { type: "string", default: "6000" },
		rounds: { type: "string", default: "5" },
		dir: { type: "string" },
		out: { type: "string", default: fileURLToPath(new URL("./results/scan.json", import.meta.url)) },
	},
});
const [lines, modelLines, rounds] = [Number(given.lines), Number(given["model-lines"]), Number(given.rounds)];
const WORDS =
	"the we you they meet garden river report plan train lunch price music city water team book paper house street".split(
		" ",
	);
/** Calls of the direct side that are under way: as many as keep the classifier's two threads busy. */
const DIRECT_CALLS = 4;
const GROUP = 64;
const SAMPLE_MS = 250;

/** Line `n`: 4 to 27 everyday words and its number. */
function textOf(n: number): string {
	let state = n + 1;
	const next = (below: number): number => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return (state >> 8) % below;
	};
	return `${Array.from({ length: 4 + next(24) }, () => WORDS[next(WORDS.length)]).join(" ")} ${n}`;
}

async function writeLines(path: string, count: number): Promise<void> {
	const file = await open(path, "w");
	for (let from = 0; from < count; from += 10_000) {
		const some = Array.from({ length: Math.min(10_000, count - from) }, (_, i) => from + i);
		await file.write(some.map((n) => `${JSON.stringify({ custom_id: `n${n}`, text: textOf(n) })}\n`).join(""));
	}
	await file.close();
}

/** The classifier's policies, and one made-up verdict for everything. */
function createIdleModerator(model: Moderator): Moderator {
	const verdict: Verdict = {
		action: "allow",
		risk: 0.01,
		policies: model.policies.map(({ id, thresholds }) => ({
			...{ policy: id, risk: 0.01, thresholds, action: "allow", spans: [] },
			decision: { scorer: "none", stages: 1, ms: 0 },
		})),
		model: { id: "none", hash: "none" },
		coverage: { characters: 0, tokens: 0, complete: true },
		latencyMs: 0,
	};
	return {
		...model,
		model: verdict.model,
		moderate: async (contents) => contents.map(() => verdict),
		load: () => ({ queued: 0, running: 0 }),
	};
}

interface Scanned {
	readonly report: ScanReport;
	readonly ms: number;
	readonly mostInFlight: number;
}

async function scan(moderator: Moderator, from: string, out: string): Promise<Scanned> {
	const decompress = (): never => {
		throw new Error("no .xz here");
	};
	const inputs = await openInputs({ from, format: undefined, stdin: process.stdin, decompress, exclude: [] });
	let mostInFlight = 0;
	const began = performance.now();
	const report = await runScan(
		{ inputs, moderator, files: toScanFiles(out) },
		{
			...{ field: "text", mode: "force" },
			onProgress: ({ inFlight }) => {
				mostInFlight = Math.max(mostInFlight, inFlight);
			},
		},
	);
	return { report, ms: performance.now() - began, mostInFlight };
}

/** The same texts without a scan. */
async function callDirectly(moderator: Moderator, count: number): Promise<number> {
	const texts = Array.from({ length: count }, (_, n) => textOf(n));
	let next = 0;
	const began = performance.now();
	await Promise.all(
		Array.from({ length: DIRECT_CALLS }, async () => {
			while (next < texts.length) {
				const group = texts.slice(next, next + GROUP);
				next += GROUP;
				await moderator.moderate(group);
			}
		}),
	);
	return performance.now() - began;
}

/** Whether line `i` of the output is that of line `i` of the input, for all of them. */
async function keepsOrder(out: string, count: number): Promise<boolean> {
	const file = await open(out);
	let n = 0;
	let rest = "";
	for await (const chunk of file.createReadStream({ encoding: "utf8", highWaterMark: 1 << 20 })) {
		const whole = (rest + chunk).split("\n");
		rest = whole.pop()!;
		for (const line of whole) {
			if (!line.startsWith(`{"line":${n + 1},"id":"n${n}",`)) return false;
			n++;
		}
	}
	return n === count && rest === "";
}

function toMegabytes(bytes: number): number {
	return Math.round(bytes / 1e6);
}

/** Resident memory while `work` goes on, in megabytes. */
async function watchMemory<T>(work: () => Promise<T>): Promise<{ result: T; residentMb: number[] }> {
	const residentMb: number[] = [];
	const timer = setInterval(() => residentMb.push(toMegabytes(process.memoryUsage.rss())), SAMPLE_MS);
	const result = await work().finally(() => clearInterval(timer));
	return { result, residentMb };
}

async function measureMillion(idle: Moderator, folder: string): Promise<object> {
	const [from, out] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
	await writeLines(from, lines);
	const { result, residentMb } = await watchMemory(() => scan(idle, from, out));
	const quarter = Math.ceil(residentMb.length / 4);
	const quarters = [0, 1, 2, 3].map((i) => Math.max(...residentMb.slice(i * quarter, (i + 1) * quarter)));
	return {
		...{ lines, inputMb: toMegabytes((await stat(from)).size), outputMb: toMegabytes(result.report.outputBytes) },
		...{ seconds: Number((result.ms / 1000).toFixed(1)), perSecond: Math.round(lines / (result.ms / 1000)) },
		...{ mostInFlight: result.mostInFlight, rows: result.report.tally.rows, orderKept: await keepsOrder(out, lines) },
		...{ mostResidentMbByQuarter: quarters, residentMb },
	};
}

async function compareWithCalls(model: Moderator, folder: string): Promise<object> {
	const [from, out] = [join(folder, "some.jsonl"), join(folder, "some.out.jsonl")];
	await writeLines(from, modelLines);
	await callDirectly(model, Math.min(512, modelLines));
	const rates = { scan: [] as number[], direct: [] as number[] };
	const cpuMs = { scan: [] as number[], direct: [] as number[] };
	const mostInFlight: number[] = [];
	/** Beside the rate, the processor time of all threads per text: other load on the machine changes it little. */
	const measure = async (side: "scan" | "direct", work: () => Promise<number>): Promise<void> => {
		const before = process.cpuUsage();
		const ms = await work();
		const { user, system } = process.cpuUsage(before);
		rates[side].push(Math.round(modelLines / (ms / 1000)));
		cpuMs[side].push(Number(((user + system) / 1000 / modelLines).toFixed(3)));
	};
	for (let round = 0; round < rounds; round++) {
		const sides = [
			() =>
				measure("scan", async () => {
					const scanned = await scan(model, from, out);
					mostInFlight.push(scanned.mostInFlight);
					return scanned.ms;
				}),
			() => measure("direct", () => callDirectly(model, modelLines)),
		];
		if (round % 2 === 1) sides.reverse();
		for (const side of sides) await side();
		process.stderr.write(
			`round ${round + 1} of ${rounds}: ${rates.scan.at(-1)} scanned, ${rates.direct.at(-1)} direct\n`,
		);
	}
	const ratios = rates.scan.map((rate, i) => Number((rate / rates.direct[i]!).toFixed(3)));
	return {
		...{ lines: modelLines, rounds, scanPerSecond: median(rates.scan), directPerSecond: median(rates.direct) },
		...{ scanCpuMsPerText: median(cpuMs.scan), directCpuMsPerText: median(cpuMs.direct) },
		...{
			ratio: median(ratios),
			ratios,
			raw: rates,
			rawCpuMs: cpuMs,
			mostInFlight,
			orderKept: await keepsOrder(out, modelLines),
		},
	};
}

const folder = given.dir ?? (await mkdtemp(join(tmpdir(), "sluice-bench-scan-")));
await mkdir(folder, { recursive: true });
const model = await openModerator(readConfig());
try {
	await model.ready();
	const million = await measureMillion(createIdleModerator(model), folder);
	process.stderr.write(`${JSON.stringify({ ...million, residentMb: undefined })}\n`);
	const withModel = await compareWithCalls(model, folder);
	const result = { machine: await readMachine(), million, withModel };
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	process.stdout.write(`${JSON.stringify({ ...million, residentMb: undefined })}\n${JSON.stringify(withModel)}\n`);
} finally {
	await model.close();
	if (given.dir === undefined) await rm(folder, { recursive: true });
}
