/**
 * Question: what do many policies of one text cost, against separate prompts and against the tokens that differ?
 * Command: npm run bench -- bench/policies.ts [--dir DIR] [--layers 6] [--rounds 3] [--format Q4_0] ...
 * Random weights of the Gemma-2-2B shape, prompts of random ids with the lengths of ShieldGemma's: 30 before the content, 130
 * for guideline and question. Ways are interleaved in turned order. The floor is the number of distinct tokens at the rate
 * of one plain prompt of the same length in the same round. Writes bench/results/policies.json.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Model, openModel } from "../src/engine/index.ts";
import { createKeptPrefixes } from "../src/scorers/yes-no/kept-prefixes.ts";
import type { PlannedPrompt } from "../src/scorers/yes-no/prefix-plan.ts";
import { createPromptScorer, type PromptScorer } from "../src/scorers/yes-no/score-prompts.ts";
import { watchCpu } from "./engine/cpu-watch.ts";
import { readMachine } from "./engine/machine.ts";
import { createRandom } from "./engine/random.ts";
import { type Side, startSide } from "./engine/side-process.ts";
import { prepareSides } from "./engine/sides.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		dir: { type: "string" }, // models are kept here; a temporary directory where left out
		layers: { type: "string", default: "6" }, // of the shape's 26
		vocab: { type: "string", default: "256000" },
		weights: { type: "string", default: "q8" },
		rounds: { type: "string", default: "3" },
		threads: { type: "string", default: "2" },
		contents: { type: "string", default: "64,256,1024,4096" }, // tokens
		policies: { type: "string", default: "1,4,16" },
		format: { type: "string", default: "Q4_0" }, // llama.cpp's fastest in bench/engine.ts; "" leaves it out
		"llama-content": { type: "string", default: "1024" },
		"llama-policies": { type: "string", default: "4" },
		out: { type: "string", default: fileURLToPath(new URL("./results/policies.json", import.meta.url)) },
	},
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const [layers, vocab, rounds, threads] = (["layers", "vocab", "rounds", "threads"] as const).map((name) =>
	Number(given[name]),
) as [number, number, number, number];
const PREAMBLE = 30;
const GUIDELINE = 130;
const ANSWERS = [3553, 1294].map((id) => id % vocab);

/** Random ids; the same for the same seed, and beginning differently for others. */
function toIds(count: number, seed: number): number[] {
	const random = createRandom(seed);
	return Array.from({ length: count }, () => 300 + Math.floor(random() * (vocab - 300)));
}

/** Prompts of one content under several policies. Contents are new in every round, so that none is kept from before. */
function toPrompts(of: { content: number; policies: number; seed: number; isPolicyFirst: boolean }): PlannedPrompt[] {
	const content = toIds(of.content, 1000 + of.seed);
	return Array.from({ length: of.policies }, (_, policy) => {
		const parts = [[2], toIds(PREAMBLE - 1, 1), content, toIds(GUIDELINE, 100 + policy)];
		if (!of.isPolicyFirst) return { ids: Int32Array.from(parts.flat()), reusable: 0 };
		// the guideline before the content, a question of 30 tokens after it
		const ids = Int32Array.from([...parts[0]!, ...parts[1]!, ...parts[3]!.slice(30), ...content, ...toIds(30, 2)]);
		return { ids, reusable: PREAMBLE + GUIDELINE - 30 };
	});
}

/** A way to score prompts; `floor` is the number of tokens that it must read. */
interface Way {
	readonly name: "one" | "separate" | "plan" | "policy-first";
	readonly content: number;
	readonly policies: number;
	readonly floor: number;
	run(round: number): Promise<unknown>;
}

interface Sample {
	readonly way: Way;
	readonly ms: number;
	readonly otherCpu: number;
}

function toWays(model: Model, warm: PromptScorer): Way[] {
	const prefixes = createKeptPrefixes(model, 0);
	const cold = createPromptScorer({ model, prefixes, answers: ANSWERS });
	const separate = (prompts: readonly PlannedPrompt[]): Promise<unknown> =>
		Promise.all(prompts.map(({ ids }) => model.score(ids, ANSWERS)));
	return numbers(given.contents).flatMap((content) => {
		const whole = PREAMBLE + content + GUIDELINE;
		const prompts = (policies: number, round: number, isPolicyFirst = false): PlannedPrompt[] =>
			toPrompts({ content, policies, seed: round * 10_000 + content, isPolicyFirst });
		const one: Way = { name: "one", content, policies: 1, floor: whole, run: (r) => separate(prompts(1, r)) };
		const several = numbers(given.policies).flatMap((policies): Way[] => [
			{ name: "separate", content, policies, floor: policies * whole, run: (r) => separate(prompts(policies, r)) },
			{
				name: "plan",
				content,
				policies,
				floor: PREAMBLE + content + policies * GUIDELINE,
				run: (r) => cold(prompts(policies, r), {}),
			},
			{
				name: "policy-first",
				content,
				policies,
				floor: policies * (content + 30),
				run: (r) => warm(prompts(policies, r, true), {}),
			},
		]);
		return [one, ...several];
	});
}

async function sampleRounds(ways: readonly Way[], llama: Side | undefined): Promise<[Sample[], number[]]> {
	const samples: Sample[] = [];
	const llamaMs: number[] = [];
	for (const way of ways) if (way.name !== "separate") await way.run(-1); // makes buffers, keeps guidelines' states
	for (let round = 0; round < rounds; round++) {
		for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
			const { elapsedMs, otherCpu } = await watchCpu(undefined, () => way.run(round));
			samples.push({ way, ms: elapsedMs, otherCpu });
		}
		if (llama !== undefined) llamaMs.push(await sampleLlama(llama, round));
		process.stderr.write(`round ${round + 1} of ${rounds} done\n`);
	}
	return [samples, llamaMs];
}

/** The same prompts through llama.cpp, one after another: milliseconds of evaluation. */
async function sampleLlama(llama: Side, round: number): Promise<number> {
	const [content, policies] = [Number(given["llama-content"]), Number(given["llama-policies"])];
	let sum = 0;
	for (const { ids } of toPrompts({ content, policies, seed: round, isPolicyFirst: false })) {
		sum += (await llama.ask("prefill", { ids: Array.from(ids) })).ms;
	}
	return sum;
}

/** A row per way: medians over the rounds, and ratios of the rounds' own pairs. */
function toRows(samples: readonly Sample[]): Record<string, string | number>[] {
	const ways = [...new Set(samples.map(({ way }) => way))];
	const timesOf = (way: Way): number[] => samples.filter((sample) => sample.way === way).map(({ ms }) => ms);
	/** Samples of a round stand in turned order; sorted by round they pair up. */
	const ratio = (of: readonly number[], to: readonly number[]): number => median(of.map((ms, i) => ms / to[i]!));
	const find = (name: Way["name"], { content, policies }: Pick<Way, "content" | "policies">): Way =>
		ways.find((way) => way.name === name && way.content === content && way.policies === policies)!;
	return ways
		.filter(({ name }) => name !== "one")
		.map((way) => {
			const times = timesOf(way);
			const one = find("one", { content: way.content, policies: 1 });
			const floors = timesOf(one).map((ms) => (ms / one.floor) * way.floor);
			const other = samples.filter((sample) => sample.way === way).map(({ otherCpu }) => otherCpu);
			return {
				way: way.name,
				content: way.content,
				policies: way.policies,
				tokens: way.floor,
				ms: round(median(times)),
				"of floor": round(ratio(times, floors)),
				"of one policy": round(ratio(times, timesOf(one))),
				"separate / this": round(ratio(timesOf(find("separate", way)), times)),
				otherCpu: round(median(other)),
				raw: times.map(round).join(" "),
			};
		});
}

function round(value: number): number {
	return Number(value.toPrecision(4));
}

async function measure(path: string, llama: Side | undefined): Promise<object> {
	const model = await openModel(path, { cores: threads });
	const kept = createKeptPrefixes(model, 2 ** 32);
	try {
		const warm = createPromptScorer({ model, prefixes: kept, answers: ANSWERS });
		const [samples, llamaMs] = await sampleRounds(toWays(model, warm), llama);
		const rows = toRows(samples);
		console.table(rows);
		const [content, policies] = [Number(given["llama-content"]), Number(given["llama-policies"])];
		const ours = samples.filter(
			({ way }) => way.name === "plan" && way.content === content && way.policies === policies,
		);
		const ratio = median(llamaMs.map((ms, i) => ms / (ours[i]?.ms ?? Number.NaN)));
		const beside = llama && { format: given.format, content, policies, ms: llamaMs.map(round), ratio: round(ratio) };
		console.table(beside && [{ ...beside, ms: round(median(llamaMs)) }]);
		return { rows, llama: beside };
	} finally {
		kept.close();
		await model.close();
	}
}

const scratch = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sluice-bench-")) : undefined;
let llama: Side | undefined;
try {
	const formats = given.format === "" ? [] : [given.format];
	const choice = { dir: given.dir ?? scratch!, layers, vocab, weights: [given.weights], formats };
	const [ours, theirs] = await prepareSides(choice);
	if (theirs !== undefined) {
		llama = startSide(theirs.module);
		const context = Math.ceil((PREAMBLE + Number(given["llama-content"]) + GUIDELINE + 1) / 256) * 256;
		await llama.ask("load", { path: theirs.path, threads, context, options: { flashAttention: true } });
	}
	const measured = await measure(ours!.path, llama);
	const run = { shape: "gemma-2-2b", layers, vocab, threads, rounds, weights: given.weights };
	const result = { machine: await readMachine(), run, ...measured };
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
} finally {
	await llama?.stop();
	if (scratch !== undefined) await rm(scratch, { recursive: true });
}
