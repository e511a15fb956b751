/** A folder for one scan after the other, with a moderator whose verdicts depend on the text alone. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Moderator } from "../../src/moderator.ts";
import { openInputs, runScan, type ScanOptions, type ScanReport, toScanFiles } from "../../src/scan/index.ts";
import { createFakeModerator, type FakeModeratorOptions } from "../fake-moderator.ts";

/** A result line, as far as tests look at it. */
export interface ResultLine {
	readonly line: number;
	readonly file?: string;
	readonly id?: string | number;
	readonly action?: string;
	readonly risk?: number;
	readonly policies?: readonly { policy: string; risk: number; action: string }[];
	readonly error?: { code: string; detail: string };
}

/** What a scan is given here. */
export interface ScanOf extends Partial<ScanOptions> {
	readonly from: string;
	readonly format?: "jsonl" | "csv" | "lines";
	readonly moderator?: Pick<Moderator, keyof Moderator>;
	readonly stdin?: AsyncIterable<Uint8Array>;
	readonly out?: string;
}

/** Where a test works. */
export interface Workplace {
	readonly folder: string;
	readonly out: string;
	file(name: string, content: string | Uint8Array): string;
	scan(of: ScanOf): Promise<ScanReport>;
	/** The output as it lies there. */
	output(): string;
	results(): ResultLine[];
	remove(): void;
}

/** A risk from 0 to 1 that only the text decides. */
export function riskOf(text: string, policy: string): number {
	return createHash("sha256").update(`${policy} ${text}`).digest().readUInt32LE() / 2 ** 32;
}

/** A moderator of such risks. */
export function createSteadyModerator(options: FakeModeratorOptions = {}): Moderator {
	return createFakeModerator({ risk: riskOf, ...options });
}

/** Seeded numbers below `n`. */
export function createRandom(seed: number): (n: number) => number {
	let state = seed;
	return (n) => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return (state >> 8) % n;
	};
}

/** A new folder. */
export function createWorkplace(): Workplace {
	const folder = mkdtempSync(join(tmpdir(), "sluice-scan-"));
	const out = join(folder, "out.jsonl");
	const nothing = (async function* () {})();
	return {
		folder,
		out,
		file(name, content) {
			const path = join(folder, name);
			writeFileSync(path, content);
			return path;
		},
		async scan({ from, format, moderator = createSteadyModerator(), stdin = nothing, out: to = out, ...options }) {
			const files = toScanFiles(to);
			const decompress = (): never => {
				throw new Error("this test has no .xz");
			};
			const exclude = Object.values(files);
			const inputs = await openInputs({ from, format, stdin, decompress, exclude });
			return runScan({ inputs, moderator, files }, { field: "text", mode: "fresh", ...options });
		},
		output: () => readFileSync(out, "utf8"),
		results: () =>
			readFileSync(out, "utf8")
				.split("\n")
				.filter((line) => line !== "")
				.map((line) => JSON.parse(line) as ResultLine),
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}
