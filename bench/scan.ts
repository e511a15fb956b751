/**
 * Question: does `sluice scan` hold its memory over a million lines, keep their order, and keep the model as busy as calling
 * the moderator does?
 * Command: npm run bench -- bench/scan.ts [--lines 1000000] [--model-lines 10000] [--rounds 5] [--dir DIR]   (Linux)
 * A million short generated lines go through the whole pipeline to a moderator that does nothing, in a process with Node's
 * defaults and in one with the flags that `npm run sluice` passes; then fewer of them to the shipped classifier, in turn with
 * the same texts handed to `moderate` directly, 64 at a time with some calls under way. Writes bench/results/scan.json.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModerator } from "../src/cli/open-moderator.ts";
import { readConfig } from "../src/config.ts";
import type { Moderator } from "../src/moderator.ts";
import { readMachine } from "./engine/machine.ts";
import { median } from "./load.ts";
import { keepsOrder, scan, textOf, writeLines } from "./scan/lines.ts";
import type { LongScan } from "./scan/memory-side.ts";

/** Flags of Node that `npm run sluice` scans with. */
const { SERVE_FLAGS } = createRequire(import.meta.url)("../scripts/run.cjs") as { SERVE_FLAGS: readonly string[] };

const { values: given } = parseArgs({
	options: {
		lines: { type: "string", default: "1000000" },
		"model-lines": { type: "string", default: "10000" },
		rounds: { type: "string", default: "5" },
		dir: { type: "string" },
		out: { type: "string", default: fileURLToPath(new URL("./results/scan.json", import.meta.url)) },
	},
});
const [lines, modelLines, rounds] = [Number(given.lines), Number(given["model-lines"]), Number(given.rounds)];
/** Calls of the direct side that are under way: as many as keep the classifier's two threads busy. */
const DIRECT_CALLS = 4;
const GROUP = 64;
/** After calls that somebody waits for, bulk leaves a thread to such calls for a while: the direct side's, which no scan shall pay for. */
const CALM_MS = 2500;

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

/** A scan of all lines in a process of its own. */
async function scanAlone(flags: readonly string[], folder: string): Promise<LongScan> {
	const side = fileURLToPath(new URL("./scan/memory-side.ts", import.meta.url));
	const child = spawn(process.execPath, [...flags, side, String(lines), folder], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let said = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		said += text;
	});
	const [code] = await once(child, "close");
	if (code !== 0) throw new Error(`the scan ended with ${code}`);
	return JSON.parse(said) as LongScan;
}

async function measureMillion(folder: string): Promise<object> {
	await writeLines(join(folder, "in.jsonl"), lines);
	const nodeDefaults = await scanAlone([], folder);
	return { ...(await scanAlone(SERVE_FLAGS, folder)), flags: SERVE_FLAGS, nodeDefaults };
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
					const scanned = await scan(model, { from, out });
					mostInFlight.push(scanned.mostInFlight);
					return scanned.ms;
				}),
			() => measure("direct", () => callDirectly(model, modelLines)),
		];
		if (round % 2 === 1) sides.reverse();
		for (const side of sides) {
			await setTimeout(CALM_MS);
			await side();
		}
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
const print = (title: string, value: unknown): void => {
	const brief = JSON.stringify(value, (key, part) => (key === "residentMb" || key === "raw" ? undefined : part), " ");
	process.stderr.write(`${title}: ${brief}\n`);
};
const million = await measureMillion(folder);
print("long scans", million);
const model = await openModerator(readConfig());
try {
	await model.ready();
	const withModel = await compareWithCalls(model, folder);
	print("with the model", withModel);
	const result = { machine: await readMachine(), million, withModel };
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
} finally {
	await model.close();
	if (given.dir === undefined) await rm(folder, { recursive: true });
}
