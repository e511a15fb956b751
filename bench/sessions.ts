/**
 * Question: does memory stay flat when sessions open and close a thousand times, on every architecture's kind of cache?
 * Command: npm run bench -- --expose-gc --max-semi-space-size=8 bench/sessions.ts [--dir DIR] [--cycles 1000] [--layers 6] [--vocab 256000]
 * Random weights of the Gemma-2-2B shape, and a tiny RecurrentGemma. A cycle opens a session, reads a prompt, draws tokens,
 * forks, goes back, and closes both. Resident memory of the process, garbage collected before; warm-up cycles let the heap
 * find its size and the weights be paged in. Linux. Writes bench/results/sessions.json.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Model, openModel } from "../src/engine/index.ts";
import { readMachine } from "./engine/machine.ts";
import { createRandom, toTokenIds } from "./engine/random.ts";
import { prepareSides } from "./engine/sides.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		dir: { type: "string" }, // models are kept here; a temporary directory where left out
		layers: { type: "string", default: "6" }, // of the shape's 26
		vocab: { type: "string", default: "256000" },
		cycles: { type: "string", default: "1000" },
		fixture: { type: "string", default: fileURLToPath(new URL("../test/fixtures/recurrentgemma", import.meta.url)) },
		out: { type: "string", default: fileURLToPath(new URL("./results/sessions.json", import.meta.url)) },
	},
});
const [layers, vocab, cycles] = [Number(given.layers), Number(given.vocab), Number(given.cycles)];
const WARM_UP = 400;
const SAMPLES = 10;

async function readResidentMb(): Promise<number> {
	if (gc === undefined) throw new Error("start with --expose-gc");
	gc();
	const pages = (await readFile("/proc/self/statm", "utf8")).split(" ")[1];
	return (Number(pages) * 4096) / 2 ** 20;
}

/** One session's whole life; lengths differ so that freed memory has to fit again. */
async function cycle(model: Model, random: () => number, ids: number): Promise<void> {
	const prompt = 8 + Math.floor(random() * 56);
	const session = await model.session({ maxTokens: prompt + 32, checkpoints: 1 });
	await session.append(toTokenIds(prompt, ids), { logits: "none" });
	await session.append(toTokenIds(1, ids));
	const fork = await session.fork();
	await fork.append(toTokenIds(4, ids));
	await fork.rollback(4);
	await fork.append(toTokenIds(1, ids));
	await Promise.all([fork.close(), session.close()]);
}

async function measure(
	{ name, path, ids }: { name: string; path: string; ids: number },
	cacheDir: string,
): Promise<object> {
	const model = await openModel(path, { cacheDir });
	const random = createRandom(7);
	const residentMb: number[] = [];
	try {
		for (let i = 0; i < WARM_UP; i++) await cycle(model, random, ids);
		for (let i = 0; i < cycles; i++) {
			await cycle(model, random, ids);
			if ((i + 1) % Math.max(1, Math.floor(cycles / 50)) === 0)
				residentMb.push(Number((await readResidentMb()).toFixed(1)));
		}
		const { sessionBytes } = model.stats();
		const [first, last] = [median(residentMb.slice(0, SAMPLES)), median(residentMb.slice(-SAMPLES))];
		const change = Number((((last - first) / first) * 100).toFixed(2));
		return {
			model: name,
			cycles,
			firstMb: first,
			lastMb: last,
			changePercent: change,
			reservedAtEnd: sessionBytes,
			residentMb,
		};
	} finally {
		await model.close();
	}
}

const scratch = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sluice-bench-")) : undefined;
try {
	const dir = given.dir ?? scratch!;
	const cacheDir = join(dir, "cache");
	const sides = await prepareSides({ dir, layers, vocab, weights: ["q8"], formats: [] });
	const rows = [
		await measure({ name: `gemma-2-2b, ${layers} layers, q8`, path: sides[0]!.path, ids: vocab }, cacheDir),
	];
	rows.push(await measure({ name: "recurrent_gemma, the test fixture", path: given.fixture, ids: 512 }, cacheDir));
	await writeFile(given.out, `${JSON.stringify({ machine: await readMachine(), rows }, null, "\t")}\n`);
	console.table(rows, ["model", "cycles", "firstMb", "lastMb", "changePercent", "reservedAtEnd"]);
} finally {
	if (scratch !== undefined) await rm(scratch, { recursive: true });
}
