/**
 * A process that prepares a model if told to, opens its graphs, runs each, and says what came out and how much memory of its
 * own that took. The order is JSON in its first argument, the answer JSON on stdout.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { openGraph, Tensor } from "../../src/engine/onnxruntime.ts";
import { type PlainModel, prepareWeights } from "../../src/engine/prepared-weights.ts";

export interface GraphOrder {
	readonly model: PlainModel;
	/** Prepares there first. */
	readonly cacheDir?: string | undefined;
	readonly inputs: number;
	readonly rows: readonly number[];
	readonly cores?: number | undefined;
}

export interface GraphAnswer {
	readonly plain?: string | undefined;
	/** SHA-256 of all outputs, per graph. */
	readonly outputs: readonly string[];
	/** Anonymous memory that opening and running took, after each graph. */
	readonly bytes: readonly number[];
}

/** Runs the order in a process of its own. */
export async function runGraphs(order: GraphOrder): Promise<GraphAnswer> {
	const args = [import.meta.filename, JSON.stringify(order)];
	const { stdout } = await promisify(execFile)(process.execPath, args);
	return JSON.parse(stdout) as GraphAnswer;
}

if (process.argv[1] === import.meta.filename) {
	process.stdout.write(JSON.stringify(await answer(JSON.parse(process.argv[2]!) as GraphOrder)));
}

async function answer({ model, cacheDir, inputs, rows, cores = 1 }: GraphOrder): Promise<GraphAnswer> {
	const { files, plain } =
		cacheDir === undefined
			? { files: model.files, plain: undefined }
			: await prepareWeights(model, { cacheDir, minBytes: 1, cpuKey: "test" });
	const before = anonymousBytes();
	const outputs: string[] = [];
	const bytes: number[] = [];
	const sessions = [];
	for (const path of Object.values(files)) {
		const session = await openGraph(path, { cores, keepsMemory: true });
		sessions.push(session); // kept open
		const hash = createHash("sha256");
		for (const n of rows) {
			const x = Float32Array.from({ length: n * inputs }, (_, i) => Math.sin(i));
			const results = await session.run({ x: new Tensor("float32", x, [n, inputs]) });
			for (const name of session.outputNames) hash.update(results[name]!.data as Float32Array);
		}
		outputs.push(hash.digest("hex"));
		bytes.push(anonymousBytes() - before);
	}
	for (const session of sessions) await session.release();
	return { plain, outputs, bytes };
}

function anonymousBytes(): number {
	const [, kilobytes] = /^Anonymous:\s+(\d+)/m.exec(readFileSync("/proc/self/smaps_rollup", "utf8")) ?? [];
	return Number(kilobytes) * 1024;
}
