/**
 * Question: how many tokens per second do several streams on one model make together, against one alone?
 * Command: npm run bench -- bench/streams.ts [--dir DIR] [--layers 6] [--weights q8,q4] [--rounds 5] [--tokens 32]
 * Random weights of the Gemma-2-2B shape; numbers of streams interleaved in turned order. A stream counts from when all
 * of a run have drawn two tokens until the first one ends. Writes bench/results/streams.json.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Model, openModel } from "../src/engine/index.ts";
import { readMachine } from "./engine/machine.ts";
import { toTokenIds } from "./engine/random.ts";
import { prepareSides } from "./engine/sides.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		dir: { type: "string" }, // models are kept here; a temporary directory where left out
		layers: { type: "string", default: "6" }, // of the shape's 26
		vocab: { type: "string", default: "256000" },
		weights: { type: "string", default: "q8,q4" },
		rounds: { type: "string", default: "5" },
		tokens: { type: "string", default: "32" },
		prompt: { type: "string", default: "100" },
		out: { type: "string", default: fileURLToPath(new URL("./results/streams.json", import.meta.url)) },
	},
});
const STREAMS = [1, 2, 4, 8];
const [layers, vocab, rounds, tokens, prompt] = (["layers", "vocab", "rounds", "tokens", "prompt"] as const).map(
	(name) => Number(given[name]),
) as [number, number, number, number, number];

/** Ids drawn by each stream, and tokens per second of all together. */
async function run(model: Model, streams: number): Promise<{ rate: number; ids: number[][] }> {
	const times: number[][] = [];
	const ids = await Promise.all(
		Array.from({ length: streams }, async (_, stream) => {
			const drawn: number[] = [];
			const at: number[] = [];
			times.push(at);
			const options = { maxTokens: tokens, temperature: 1, topK: 40, seed: stream };
			for await (const token of model.generate(toTokenIds(prompt + stream, vocab), options)) {
				drawn.push(token.id);
				at.push(performance.now());
			}
			return drawn;
		}),
	);
	const from = Math.max(...times.map((at) => at[1]!));
	const to = Math.min(...times.map((at) => at.at(-1)!));
	const counted = times.flat().filter((at) => at > from && at <= to).length;
	return { rate: (counted / (to - from)) * 1000, ids };
}

async function measure(path: string, weights: string): Promise<object[]> {
	const model = await openModel(path, { cacheDir: `${path}-cache` });
	const rates = new Map<number, number[]>(STREAMS.map((streams) => [streams, []]));
	const alone: number[][] = [];
	let differing = 0;
	try {
		for (let stream = 0; stream < Math.max(...STREAMS); stream++) {
			const options = { maxTokens: tokens, temperature: 1, topK: 40, seed: stream };
			const ids: number[] = [];
			for await (const token of model.generate(toTokenIds(prompt + stream, vocab), options)) ids.push(token.id);
			alone.push(ids);
		}
		for (let round = 0; round < rounds; round++) {
			for (const streams of round % 2 === 0 ? STREAMS : STREAMS.toReversed()) {
				const { rate, ids } = await run(model, streams);
				rates.get(streams)!.push(rate);
				differing += ids.filter((drawn, stream) => drawn.join() !== alone[stream]!.join()).length;
			}
		}
	} finally {
		await model.close();
	}
	const single = median(rates.get(1)!);
	return [...rates].map(([streams, raw]) => ({
		weights,
		streams,
		tokensPerSecond: Number(median(raw).toPrecision(4)),
		ratio: Number((median(raw) / single).toPrecision(3)),
		streamsThatDiffer: differing,
		raw: raw.map((rate) => Number(rate.toPrecision(4))),
	}));
}

const scratch = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sluice-bench-")) : undefined;
try {
	const kinds = given.weights.split(",");
	const sides = await prepareSides({ dir: given.dir ?? scratch!, layers, vocab, weights: kinds, formats: [] });
	const rows: object[] = [];
	for (const [i, { path }] of sides.entries()) rows.push(...(await measure(path, kinds[i]!)));
	const shape = { shape: "gemma-2-2b", layers, vocab, prompt, tokens, rounds };
	const result = { machine: await readMachine(), run: shape, rows };
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	console.table(rows, ["weights", "streams", "tokensPerSecond", "ratio", "streamsThatDiffer"]);
} finally {
	if (scratch !== undefined) await rm(scratch, { recursive: true });
}
