/**
 * Question: what do the last measurements say? Writes the figures of README.md, docs/models.md and docs/scaling.md from bench/results/*.json.
 * Command: npm run bench:report
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
	type EngineResult,
	engineLines,
	type PoliciesResult,
	policiesLines,
	type RecurrentResult,
	recurrentLines,
	type SessionsResult,
	type StreamsResult,
	sessionsLines,
	streamsLines,
} from "./engine-figures.ts";
import { type EngineCosts, type QueueCostsResult, scalingLines } from "./queue/scaling.ts";

/** One side under one load; also the medians over rounds. */
export interface Sample {
	readonly side: string;
	readonly tokens: number;
	readonly inFlight: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly perSecond: number;
	readonly cpuMsPerText: number;
	readonly loopDelayP99Ms: number;
}

interface Speed {
	readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
	readonly rounds: number;
	readonly startMs: number;
	readonly residentMb: number;
	readonly medians: readonly Sample[];
}

interface Measured {
	readonly n: number;
	readonly auPrc: number | null;
	readonly rocAuc: number | null;
	readonly bestF1: number | null;
	readonly f1: number | null;
	readonly recall: number | null;
	readonly fpr: number | null;
}

type Quality = Readonly<Record<string, { readonly labels: Readonly<Record<string, Measured>> }>>;

const results = new URL("./results/", import.meta.url);

async function readJson<T>(name: string): Promise<T> {
	return JSON.parse(await readFile(new URL(name, results), "utf8")) as T;
}

function speedTable({ machine, rounds, startMs, residentMb, medians }: Speed): string[] {
	const cell = (side: string, like: Sample): Sample =>
		medians.find((r) => r.side === side && r.tokens === like.tokens && r.inFlight === like.inFlight)!;
	const rows = medians.filter((row) => row.side === "sluice");
	return [
		`Speed: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, client on the same cores; medians of ${rounds} interleaved rounds (\`npm run bench -- bench/moderate.ts\`).`,
		"Naive: the same model, one `session.run` per request on the HTTP thread, ONNX Runtime's defaults.",
		`Ready ${(startMs / 1000).toFixed(1)} s after start, ${residentMb} MB resident.`,
		"",
		"| tokens | in flight | p50 ms | p99 ms | texts/s | CPU ms/text | loop delay p99 ms | texts/s naive f32 | naive int8 |",
		"|---|---|---|---|---|---|---|---|---|",
		...rows.map((row) =>
			[
				"",
				row.tokens,
				row.inFlight,
				row.p50Ms.toFixed(1),
				row.p99Ms.toFixed(1),
				row.perSecond.toFixed(0),
				row.cpuMsPerText.toFixed(1),
				row.loopDelayP99Ms.toFixed(1),
				cell("naive-f32", row).perSecond.toFixed(0),
				cell("naive-q8", row).perSecond.toFixed(0),
				"",
			]
				.join(" | ")
				.trim(),
		),
	];
}

function qualityTable(quality: Quality): string[] {
	const lines = [
		"Quality of the shipped model (int8), nothing of these sets in its training (`npm run eval -- FILE.jsonl`):",
		"",
	];
	lines.push("| set | label | n | AU-PRC | ROC-AUC | best F1 | at the flag threshold: F1 | recall | false positives |");
	lines.push("|---|---|---|---|---|---|---|---|---|");
	for (const [set, { labels }] of Object.entries(quality))
		for (const [label, m] of Object.entries(labels)) {
			const mixed = m.rocAuc != null; // a set of one class has no ranking, only recall or false positives
			if (!mixed && label !== "any") continue;
			const cells = [m.auPrc, m.rocAuc, m.bestF1, m.f1].map((v) => (mixed ? v : null));
			const text = [...cells, m.recall, m.fpr].map((v) => (v == null ? "–" : v.toFixed(3)));
			lines.push(`| ${set} | ${label} | ${m.n} | ${text.join(" | ")} |`);
		}
	return lines;
}

/** Puts lines between the markers of a page. */
async function writeFigures(page: string, lines: readonly string[]): Promise<void> {
	const file = new URL(page, import.meta.url);
	const text = await readFile(file, "utf8");
	const marked = /(<!-- figures:start -->\n)[\s\S]*(<!-- figures:end -->)/;
	if (!marked.test(text)) throw new Error(`${fileURLToPath(file)} has no figures markers`);
	await writeFile(
		file,
		text.replace(marked, (_, start: string, end: string) => `${start}${lines.join("\n")}\n${end}`),
	);
	process.stdout.write(`${lines.join("\n")}\n`);
}

await writeFigures("../README.md", [
	...qualityTable(await readJson<Quality>("quality.json")),
	"",
	...speedTable(await readJson<Speed>("moderate.json")),
]);
await writeFigures("../docs/models.md", [
	...engineLines(await readJson<EngineResult>("engine.json")),
	"",
	...streamsLines(await readJson<StreamsResult>("streams.json")),
	"",
	...policiesLines(await readJson<PoliciesResult>("policies.json")),
	"",
	...recurrentLines(await readJson<RecurrentResult>("recurrent.json")),
	"",
	...sessionsLines(await readJson<SessionsResult>("sessions.json")),
]);
await writeFigures(
	"../docs/scaling.md",
	scalingLines(await readJson<QueueCostsResult>("queue-costs.json"), await readJson<EngineCosts>("moderate.json")),
);
