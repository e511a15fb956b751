/**
 * The multiply-adds per second that this machine reaches in int8: one large product (uint8 [512, 2304] · int8 [2304, 18432],
 * the shape of an MLP's first matrix) in ONNX Runtime, the fastest way known here. A process of its own: it ends with its
 * threads. Command: node bench/engine/int8-rate.ts [THREADS=2] [RUNS=15]; prints one JSON line.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { createGraph, matMulInteger, slice, toModelFile, writeWeights } from "../../src/onnx/index.ts";
import { createRandom } from "./random.ts";

const [ROWS, INPUTS, OUTPUTS] = [512, 2304, 18432];

/** Fastest of `runs`, in multiply-adds per second. */
export async function measureInt8Rate(threads: number, runs: number): Promise<number> {
	const directory = await mkdtemp(join(tmpdir(), "sluice-int8-"));
	try {
		const session = await InferenceSession.create(await writeProduct(directory), {
			intraOpNumThreads: threads,
			executionMode: "sequential",
		});
		const random = createRandom(1);
		const a = new Tensor(
			"uint8",
			Uint8Array.from({ length: ROWS * INPUTS }, () => random() * 256),
			[ROWS, INPUTS],
		);
		let best = Number.POSITIVE_INFINITY;
		for (let run = 0; run < runs; run++) {
			const start = performance.now();
			await session.run({ a });
			best = Math.min(best, performance.now() - start);
		}
		await session.release();
		return (ROWS * INPUTS * OUTPUTS) / (best / 1000);
	} finally {
		await rm(directory, { recursive: true });
	}
}

/** Gives out one value of the product: all of it is computed, and copying it out would be timed too. */
async function writeProduct(directory: string): Promise<string> {
	const g = createGraph("product");
	const random = createRandom(2);
	const [b] = g.weights([{ name: "b", dtype: "int8", shape: [INPUTS, OUTPUTS] }], () => [
		Int8Array.from({ length: INPUTS * OUTPUTS }, () => random() * 255 - 127),
	]);
	const product = matMulInteger(g, {
		a: g.input("a", "uint8", [ROWS, INPUTS]),
		b: b!,
		aScale: g.constant(Float32Array.of(0.01), []),
		aZeroPoint: g.constant(Uint8Array.of(128), []),
		bScale: g.constant(new Float32Array(OUTPUTS).fill(0.01), [OUTPUTS]),
	});
	const row = slice(g, product, { axis: 0, start: 0, end: 1, size: 1 });
	g.output("value", slice(g, row, { axis: 1, start: 0, end: 1, size: 1 }));
	const { locations } = await writeWeights(join(directory, "product.data"), g.weightGroups());
	const path = join(directory, "product.onnx");
	await writeFile(path, toModelFile(g, locations));
	return path;
}

if (import.meta.main) {
	const [threads = "2", runs = "15"] = process.argv.slice(2);
	process.stdout.write(`${JSON.stringify({ int8PerSecond: await measureInt8Rate(Number(threads), Number(runs)) })}\n`);
}
