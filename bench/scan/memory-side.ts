/**
 * A process of bench/scan.ts: `node [FLAGS] memory-side.ts LINES DIR` scans the lines in DIR/in.jsonl with the model loaded but
 * not asked, and prints the resident memory over time as JSON.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openModerator } from "../../src/cli/open-moderator.ts";
import { readConfig } from "../../src/config.ts";
import type { Moderator } from "../../src/moderator.ts";
import type { Verdict } from "../../src/types.ts";
import { keepsOrder, scan } from "./lines.ts";

/** How a scan of many lines went; sizes in megabytes. */
export interface LongScan {
	readonly lines: number;
	readonly inputMb: number;
	readonly outputMb: number;
	readonly seconds: number;
	readonly perSecond: number;
	readonly mostInFlight: number;
	readonly orderKept: boolean;
	readonly mostResidentMbByQuarter: readonly number[];
	/** Growth of the resident memory per million lines: a line of least squares through the second half. */
	readonly residentMbPerMillion: number;
	readonly residentMb: readonly number[];
}

/** Samples of a scan, evenly over its lines. */
const SAMPLES = 40;
const [lines, folder] = [Number(process.argv[2]), process.argv[3]!];

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

function toMegabytes(bytes: number): number {
	return Math.round(bytes / 1e6);
}

/** The slope of a line of least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
	const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
	const [x, y] = [mean(0), mean(1)];
	const across = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
	return across / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

async function measure(idle: Moderator): Promise<LongScan> {
	const [from, out] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
	const samples: [millions: number, megabytes: number][] = [];
	const every = lines / SAMPLES;
	const onRows = (rows: number): void => {
		if (rows >= every * (samples.length + 1)) samples.push([rows / 1e6, toMegabytes(process.memoryUsage.rss())]);
	};
	const { report, ms, mostInFlight } = await scan(idle, { from, out, onRows });
	const residentMb = samples.map(([, megabytes]) => megabytes);
	const quarter = Math.ceil(samples.length / 4);
	return {
		...{ lines, inputMb: toMegabytes((await stat(from)).size), outputMb: toMegabytes(report.outputBytes) },
		...{ seconds: Number((ms / 1000).toFixed(1)), perSecond: Math.round(lines / (ms / 1000)), mostInFlight },
		orderKept: await keepsOrder(out, lines),
		mostResidentMbByQuarter: [0, 1, 2, 3].map((i) => Math.max(...residentMb.slice(i * quarter, (i + 1) * quarter))),
		residentMbPerMillion: Number(slopeOf(samples.slice(SAMPLES / 2)).toFixed(1)),
		residentMb,
	};
}

const model = await openModerator(readConfig());
try {
	await model.ready();
	process.stdout.write(JSON.stringify(await measure(createIdleModerator(model))));
} finally {
	await model.close();
}
