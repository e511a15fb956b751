/**
 * Question: does decoding with carried state cost the same after 2k and after 32k tokens, and what does the recurrence cost?
 * Command: npm run bench -- bench/recurrent.ts [--layers 3] [--rounds 5] [--contexts 2048,...] [--dir DIR] ...
 * Linux. Random weights of the RecurrentGemma-2B shape beside a Transformer of its size with global attention. Contexts are
 * read, not made up; samples of all contexts, models and forms are interleaved. Writes bench/results/recurrent.json.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readMachine } from "./engine/machine.ts";
import { SHAPES } from "./engine/shapes.ts";
import { type ContextRow, openContexts } from "./recurrent/decoding.ts";
import { openBlocks } from "./recurrent/layer.ts";
import { MODELS, type ModelPaths, prepareModels } from "./recurrent/models.ts";
import { type FormError, openForms } from "./recurrent/recurrence.ts";
import { type Sample, sampleRounds } from "./recurrent/rounds.ts";
import { type Bound, toDecodingBounds, toRecurrenceBounds, toShares } from "./recurrent/summary.ts";
import { round, toDecodingTable, toErrorTable, toFile, toFormTable } from "./recurrent/tables.ts";

const shape = SHAPES[MODELS.recurrent]!;
const { values: given } = parseArgs({
	options: {
		layers: { type: "string", default: "3" }, // of the shape's 26: two recurrent blocks, one of attention
		vocab: { type: "string" }, // as large a share of the shape's as of its layers where left out
		weights: { type: "string", default: "q8" },
		contexts: { type: "string", default: "2048,4096,8192,16384,32768" },
		steps: { type: "string", default: "12" }, // tokens per sample of decoding
		lengths: { type: "string", default: "1,16,128,512,2048" }, // that the recurrence is run over
		rounds: { type: "string", default: "5" }, // twice as many of decoding, which cost little
		threads: { type: "string", default: String(availableParallelism()) },
		only: { type: "string" }, // "decoding" or "recurrence"
		dir: { type: "string" }, // models are kept here; a temporary directory where left out
		out: { type: "string", default: fileURLToPath(new URL("./results/recurrent.json", import.meta.url)) },
	},
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const [layers, steps, rounds, threads] = [given.layers, given.steps, given.rounds, given.threads].map(Number) as [
	number,
	number,
	number,
	number,
];
const vocab = Number(given.vocab ?? Math.ceil((shape.vocab * layers) / shape.layers / 256) * 256);
const contexts = numbers(given.contexts).sort((a, b) => a - b);
const lengths = numbers(given.lengths).sort((a, b) => a - b);
/** One, and as many as models use: a chain of small steps gains nothing from more, other forms do. */
const threadCounts = [...new Set([1, threads])];

function report(words: string): void {
	process.stderr.write(`${words}\n`);
}

/** Decoding at each context. */
async function measureDecoding(paths: ModelPaths): Promise<{ samples: Sample[]; contextRows: readonly ContextRow[] }> {
	const onRead = (model: string, context: number): void => report(`${model}: read ${context} tokens`);
	const open = await openContexts({ paths, cacheDir: join(dir, "cache"), contexts, steps, threads, onRead });
	try {
		const onRound = (done: number): void => report(`decoding: round ${done} of ${2 * rounds} done`);
		return { samples: await sampleRounds(open.subjects, { rounds: 2 * rounds, onRound }), contextRows: open.rows };
	} finally {
		await open.close();
	}
}

/** Every form of the recurrence at each length, and a whole block. */
async function measureRecurrence(paths: ModelPaths): Promise<{ samples: Sample[]; errors: readonly FormError[] }> {
	const of = { steps: lengths, threads: threadCounts };
	const forms = await openForms({ ...of, width: shape.hidden });
	const blocks = await openBlocks(paths.blocks, of);
	try {
		const onRound = (done: number): void => report(`recurrence: round ${done} of ${rounds} done`);
		const samples = await sampleRounds([...forms.subjects, ...blocks.subjects], { rounds, onRound });
		return { samples, errors: forms.errors };
	} finally {
		await forms.close();
		await blocks.close();
	}
}

/** How to read the tables; part of the result. */
const NOTES = {
	decoding: "milliseconds per token, until the logits are here; each context was read, steps go to a fork of it",
	"of first": "over the first context, per round, then the median",
	state: "bytes that the session keeps; the Transformer's has room ahead",
	forms: "milliseconds for T steps of one block: exp(log a) and the recurrence, states not copied out",
	errors: "largest difference of any state from a loop in double precision",
	shares: "recurrence (first form) over a whole recurrent block, which is what two blocks take longer than one",
};

const scratch = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sluice-bench-")) : undefined;
const dir = given.dir ?? scratch!;
try {
	const load = loadavg();
	const positions = Math.max(...contexts) + steps + 1;
	const paths = await prepareModels({ dir, layers, vocab, weights: given.weights, positions });
	const bounds: Bound[] = [];
	const tables: Record<string, object[]> = {};
	const samples: Sample[] = [];
	if (given.only !== "recurrence") {
		const decoding = await measureDecoding(paths);
		tables.decoding = toDecodingTable(decoding.samples, decoding.contextRows);
		tables.reading = decoding.contextRows.map(round);
		bounds.push(...toDecodingBounds(decoding.samples, decoding.contextRows));
		samples.push(...decoding.samples);
	}
	if (given.only !== "decoding") {
		const recurrence = await measureRecurrence(paths);
		const shares = toShares(recurrence.samples, threadCounts, lengths);
		tables.forms = toFormTable(recurrence.samples);
		tables.errors = toErrorTable(recurrence.errors);
		tables.shares = shares;
		bounds.push(...toRecurrenceBounds(recurrence.samples, shares, Math.max(...lengths)));
		samples.push(...recurrence.samples);
	}
	const run = {
		...MODELS,
		layers,
		ofLayers: shape.layers,
		vocab,
		weights: given.weights,
		threads,
		rounds,
		steps,
		load,
	};
	const rounded = Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map(round)]));
	const result = { machine: await readMachine(), run, notes: NOTES, bounds: bounds.map(round), ...rounded };
	await mkdir(dirname(given.out), { recursive: true });
	await writeFile(given.out, toFile(result, samples));
	process.stdout.write(`${JSON.stringify({ machine: result.machine, run, notes: NOTES }, null, "\t")}\n`);
	for (const [name, rows] of Object.entries(rounded)) {
		process.stdout.write(`\n${name}\n`);
		console.table(rows);
	}
	for (const { what, value, goal, met } of result.bounds) {
		process.stdout.write(`${met ? "holds" : "DOES NOT HOLD"}: ${what}: ${value} (${goal})\n`);
	}
} finally {
	if (scratch !== undefined) await rm(scratch, { recursive: true });
}
