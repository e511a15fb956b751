/**
 * Question: how fast are prefill and decoding beside llama.cpp at equal bits, and beside what the machine allows at most?
 * Command: npm --prefix bench/llama install && npm run bench -- bench/engine.ts [--layers 6] [--rounds 7] [--dir DIR] ...
 * Linux. Random weights of the Gemma-2-2B shape, one process per engine and format, sides interleaved round by round in
 * turned order; a sample is clean where others used less than 0.12 CPU. Writes bench/results/engine.json.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { readMachine } from "./engine/machine.ts";
import { type Measure, type Sample, takeSample } from "./engine/measure.ts";
import type { ProcessStats } from "./engine/protocol.ts";
import { toTokenIds } from "./engine/random.ts";
import { SHAPES } from "./engine/shapes.ts";
import { type Side, startSide } from "./engine/side-process.ts";
import { prepareSides, type SideSpec } from "./engine/sides.ts";
import { type Limits, toMemoryRatios, toRatios, toRows } from "./engine/summary.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		layers: { type: "string", default: "6" }, // of the shape's 26
		vocab: { type: "string", default: "256000" },
		rounds: { type: "string", default: "7" },
		threads: { type: "string", default: "2" },
		lengths: { type: "string", default: "128,350,512" }, // of prompts, in tokens
		contexts: { type: "string", default: "128,1024" }, // that decoding starts at
		steps: { type: "string", default: "24" },
		loads: { type: "string", default: "3" },
		weights: { type: "string", default: "q8,q4" }, // ours; "" leaves them out
		formats: { type: "string", default: "Q8_0,Q4_0,Q4_K,IQ4_NL" }, // llama.cpp's
		"no-flash-attention": { type: "boolean", default: false }, // llama.cpp's
		dir: { type: "string" }, // models are kept here; a temporary directory where left out
		out: { type: "string", default: fileURLToPath(new URL("./results/engine.json", import.meta.url)) },
	},
});
const list = (text: string): string[] => text.split(",").filter((part) => part !== "");
const [layers, vocab, rounds, threads, steps, loads] = (
	["layers", "vocab", "rounds", "threads", "steps", "loads"] as const
).map((name) => Number(given[name])) as [number, number, number, number, number, number];
const measures: Measure[] = [
	...list(given.lengths).map((tokens): Measure => ({ kind: "prefill", tokens: Number(tokens) })),
	...list(given.contexts).map((tokens): Measure => ({ kind: "decode", tokens: Number(tokens) })),
];
const context = Math.ceil((Math.max(...measures.map(({ tokens }) => tokens)) + steps + 1) / 256) * 256;
const options = { flashAttention: !given["no-flash-attention"] };

/** A side with the model open. */
interface OpenSide {
	readonly spec: SideSpec;
	readonly side: Side;
}

/** The two limits as measured now, each in a process of its own that asks for huge pages. */
async function measureLimits(): Promise<Limits> {
	const limits = {};
	const env = { ...process.env, GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" };
	for (const script of ["int8-rate", "memory-bandwidth"]) {
		const path = fileURLToPath(new URL(`./engine/${script}.ts`, import.meta.url));
		const { stdout } = await promisify(execFile)(process.execPath, [path, String(threads)], { env });
		Object.assign(limits, JSON.parse(stdout));
	}
	return limits as Limits;
}

async function openSide(spec: SideSpec): Promise<{ open: OpenSide; ms: number; detail: string }> {
	const side = startSide(spec.module);
	const load = { path: spec.path, threads, context, options: { ...options, ...spec.options } };
	const { ms, detail } = await side.ask("load", load);
	return { open: { spec, side }, ms, detail };
}

/** Opens every side several times, in turns; the last of each stays. Files are in the page cache after the first. */
async function openSides(specs: readonly SideSpec[]): Promise<{ open: OpenSide[]; loads: object[] }> {
	const open = new Map<string, OpenSide>();
	const times = new Map<string, { detail: string; ms: number[] }>(
		specs.map(({ name }) => [name, { detail: "", ms: [] }]),
	);
	for (let i = 0; i < loads; i++) {
		for (const spec of specs) {
			await open.get(spec.name)?.side.stop();
			const opened = await openSide(spec);
			open.set(spec.name, opened.open);
			times.get(spec.name)!.ms.push(Math.round(opened.ms));
			times.get(spec.name)!.detail = opened.detail;
		}
	}
	const rows = [...times].map(([side, { ms, detail }]) => ({ side, ms: median(ms), raw: ms, detail }));
	return { open: [...open.values()], loads: rows };
}

/** Every measure on every side in turned order, and the machine's limits, round by round. */
async function sampleRounds(open: readonly OpenSide[]): Promise<{ samples: Sample[]; limits: Limits[] }> {
	const samples: Sample[] = [];
	const limits: Limits[] = [];
	for (let round = 0; round < rounds; round++) {
		for (const { kind, tokens } of measures) {
			const ids = toTokenIds(tokens, vocab);
			for (const { spec, side } of round % 2 === 0 ? open : open.toReversed()) {
				if (round === 0) await side.ask("prefill", { ids }); // buffers of this length are made once
				samples.push({ round, side: spec.name, kind, tokens, ...(await takeSample(side, kind, { ids, steps })) });
			}
		}
		limits.push(await measureLimits());
		process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
	}
	return { samples, limits };
}

/** The best of every round: others can only make the machine seem slower. */
function bestOf(limits: readonly Limits[]): Limits {
	const best = (name: keyof Limits): number => Math.max(...limits.map((measured) => measured[name]));
	return { int8PerSecond: best("int8PerSecond"), bytesPerSecond: best("bytesPerSecond") };
}

/** Memory in MB: `peak` of all that is resident, mapped model files included; `anonymous` is a process's own now. */
function toMemoryRow(side: string, stats: ProcessStats): Record<string, string | number> {
	const { peak, resident, anonymous, file } = stats;
	const megabytes = Object.entries({ peak, resident, anonymous, file }).map(([k, v]) => [k, Math.round(v / 1e6)]);
	return { side, ...Object.fromEntries(megabytes) };
}

function round<T extends object>(row: T): T {
	const entries = Object.entries(row).map(([k, v]) => [k, typeof v === "number" ? Number(v.toPrecision(4)) : v]);
	return Object.fromEntries(entries) as T;
}

const scratch = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sluice-bench-")) : undefined;
const dir = given.dir ?? scratch!;
let open: OpenSide[] = [];
try {
	const choice = { dir, layers, vocab, weights: list(given.weights), formats: list(given.formats) };
	const specs = await prepareSides(choice);
	const opened = await openSides(specs);
	open = opened.open;
	const sampled = await sampleRounds(open);
	const samples = sampled.samples;
	const limits = bestOf(sampled.limits);
	const peaks = new Map<string, number>();
	const memory: object[] = [];
	for (const { spec, side } of open) {
		const stats = await side.ask("stats", {});
		peaks.set(spec.name, stats.peak);
		memory.push(toMemoryRow(spec.name, stats));
	}
	const rows = toRows(samples, specs, { shape: SHAPES["gemma-2-2b"]!, layers, limits });
	const ratios = [...toRatios(samples, rows), ...toMemoryRatios(peaks)].map(round);
	const run = { shape: "gemma-2-2b", layers, vocab, threads, rounds, steps, options };
	const result = {
		machine: await readMachine(),
		run,
		limits,
		ratios,
		rows: rows.map(round),
		loads: opened.loads,
		memory,
	};
	await mkdir(join(given.out, ".."), { recursive: true });
	await writeFile(
		given.out,
		`${JSON.stringify({ ...result, limitsPerRound: sampled.limits, samples: samples.map(round) }, null, "\t")}\n`,
	);
	process.stdout.write(`${JSON.stringify({ machine: result.machine, run, limits }, null, "\t")}\n`);
	console.table(result.rows);
	console.table(opened.loads, ["side", "ms", "raw"]);
	console.table(memory);
	console.table(ratios);
} finally {
	for (const { side } of open) await side.stop();
	if (scratch !== undefined) await rm(scratch, { recursive: true });
}
