/** Lines for bench/scan.ts, a scan of them, and whether its output is in their order. */
import { open } from "node:fs/promises";
import type { Moderator } from "../../src/moderator.ts";
import { openInputs, runScan, type ScanReport, toScanFiles } from "../../src/scan/index.ts";

const WORDS =
	"the we you they meet garden river report plan train lunch price music city water team book paper house street".split(
		" ",
	);

/** Line `n`: 4 to 27 everyday words and its number. */
export function textOf(n: number): string {
	let state = n + 1;
	const next = (below: number): number => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return (state >> 8) % below;
	};
	return `${Array.from({ length: 4 + next(24) }, () => WORDS[next(WORDS.length)]).join(" ")} ${n}`;
}

/** Writes so many of them. */
export async function writeLines(path: string, count: number): Promise<void> {
	const file = await open(path, "w");
	for (let from = 0; from < count; from += 10_000) {
		const some = Array.from({ length: Math.min(10_000, count - from) }, (_, i) => from + i);
		await file.write(some.map((n) => `${JSON.stringify({ custom_id: `n${n}`, text: textOf(n) })}\n`).join(""));
	}
	await file.close();
}

/** What a scan came to. */
export interface Scanned {
	readonly report: ScanReport;
	readonly ms: number;
	readonly mostInFlight: number;
}

/** Scans a file. */
export async function scan(
	moderator: Moderator,
	{ from, out, onRows }: { from: string; out: string; onRows?: (rows: number) => void },
): Promise<Scanned> {
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
			onProgress: ({ inFlight, tally }) => {
				onRows?.(tally.rows);
				mostInFlight = Math.max(mostInFlight, inFlight);
			},
		},
	);
	return { report, ms: performance.now() - began, mostInFlight };
}

/** Whether line `i` of the output is that of line `i` of the input, for all of them. */
export async function keepsOrder(out: string, count: number): Promise<boolean> {
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
