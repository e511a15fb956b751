/**
 * The same stream with and without the guard, turn by turn in one process: what the guard takes of the speed, when the first
 * text leaves, and the processor time that it costs.
 */
import { type GuardReport, guardStream } from "../../src/guard/index.ts";
import type { Classifier } from "../../test/scorers/stream/classifier.ts";
import { CLEAN_CPU, watchCpu } from "../engine/cpu-watch.ts";
import { median, quantile } from "../load.ts";
import { toLenient } from "./lenient.ts";
import { readThreadMs } from "./thread-cpu.ts";

/** A stream to guard; the same number gives the same deltas, one a token. */
export type OpenStream = (round: number) => AsyncIterable<string>;

/** What one reading was like; times in milliseconds from its begin. */
interface Reading {
	/** Tokens a second from the first token's arrival until the reader had all text. */
	readonly perSecond: number;
	/** Between tokens, in the middle. */
	readonly stepMs: number;
	/** When the first two tokens came from the source, and the first text to the reader. */
	readonly arrivals: readonly [number, number];
	readonly firstTextMs: number;
	/** Of the thread that answers, and of those that judge. */
	readonly mainMsPerToken: number;
	readonly judgeMsPerToken: number;
	readonly tokens: number;
	readonly report: GuardReport | undefined;
}

/** Both sides beside each other; `ratio` and the others are middles of the rounds. */
export interface BesideRow {
	readonly name: string;
	readonly judgeIntervalMs: number;
	readonly rounds: number;
	readonly tokens: number;
	readonly plainPerSecond: number;
	readonly guardedPerSecond: number;
	/** Guarded over unguarded speed, of each round. */
	readonly ratio: number;
	readonly ratios: readonly number[];
	/** Rounds in which nobody else used a core to speak of. */
	readonly cleanRounds: number;
	/** Middle time between tokens; one over the other says less of the slow ones than `ratio` and is steadier. */
	readonly plainStepMs: number;
	readonly guardedStepMs: number;
	readonly stepRatio: number;
	/** First text, guarded less unguarded: a word is over only when the next token has come, so one step of it is the stream's own. */
	readonly addedFirstTextMs: number;
	/** The same from when the first word was over: what the guard itself adds. */
	readonly addedFirstWordMs: number;
	readonly addedFirstWordMostMs: number;
	/** Processor time of the guard: of the thread that answers (guarded less unguarded), and of the one that judges. */
	readonly addedMainMsPerToken: number;
	readonly judgeMsPerToken: number;
	/** Both as a share of the step on one core. */
	readonly cpuShareOfStep: number;
	readonly holdP50Ms: number;
	readonly holdP99Ms: number;
	readonly holdMaxMs: number;
}

interface Side {
	readonly classifier: Classifier | undefined;
	/** Threads that judge. */
	readonly judges: readonly string[];
	readonly judgeIntervalMs: number;
}

const readCpu = (judges: readonly string[]): { readonly main: number; readonly judge: number } => ({
	main: readThreadMs([String(process.pid)]),
	judge: readThreadMs(judges),
});

async function read(stream: AsyncIterable<string>, { classifier, judges, judgeIntervalMs }: Side): Promise<Reading> {
	const arrivals: number[] = [];
	const before = readCpu(judges);
	const began = performance.now();
	let firstTextMs: number | undefined;
	let report: GuardReport | undefined;
	const source = (async function* () {
		for await (const delta of stream) {
			arrivals.push(performance.now() - began);
			yield delta;
		}
	})();
	if (classifier === undefined) {
		for await (const _ of source) firstTextMs ??= performance.now() - began;
	} else {
		const { streams: scorer, policies } = classifier;
		for await (const event of guardStream(source, { scorer, policies, holdFrom: 1, judgeIntervalMs })) {
			if (event.type === "text") firstTextMs ??= performance.now() - began;
			else if (event.type === "end") report = event.report;
		}
	}
	const ms = performance.now() - began;
	const after = readCpu(judges);
	const [first, second] = arrivals as [number, number];
	if (report !== undefined && report.reason !== "complete") throw new Error(`the guard ended: ${report.reason}`);
	return {
		perSecond: ((arrivals.length - 1) * 1000) / (ms - first),
		stepMs: median(arrivals.slice(1).map((at, i) => at - arrivals[i]!)),
		arrivals: [first, second],
		firstTextMs: firstTextMs!,
		mainMsPerToken: (after.main - before.main) / arrivals.length,
		judgeMsPerToken: (after.judge - before.judge) / arrivals.length,
		tokens: arrivals.length,
		report,
	};
}

/** What is measured. */
export interface BesideOptions {
	readonly name: string;
	readonly open: OpenStream;
	readonly rounds: number;
	/** A round that others disturbed is taken again, so often at most; the least disturbed one stands, whatever it says. */
	readonly tries: number;
	/** See `findInferenceThreads`. */
	readonly judges: readonly string[];
	/** Of the guard; default 0. */
	readonly judgeIntervalMs?: number | undefined;
}

interface Pair {
	readonly plain: Reading;
	readonly guarded: Reading;
	/** Cores that others kept busy meanwhile. */
	readonly otherCpu: number;
}

/** Each round has both sides, in turned order; one more warms them up. */
export async function measureBeside(classifier: Classifier, given: BesideOptions): Promise<BesideRow> {
	const { name, open, rounds, tries, judges, judgeIntervalMs = 0 } = given;
	const plain: Side = { classifier: undefined, judges, judgeIntervalMs };
	const guarded: Side = { ...plain, classifier: toLenient(classifier) };
	const readPair = async (round: number): Promise<Pair> => {
		const order = round % 2 === 0 ? [guarded, plain] : [plain, guarded];
		const { result, otherCpu } = await watchCpu(undefined, async () => [
			await read(open(round), order[0]!),
			await read(open(round), order[1]!),
		]);
		const [first, second] = result as [Reading, Reading];
		return round % 2 === 0 ? { plain: second, guarded: first, otherCpu } : { plain: first, guarded: second, otherCpu };
	};
	await readPair(0);
	const pairs: Pair[] = [];
	for (let round = 1; round <= rounds; round++) {
		let best = await readPair(round);
		for (let i = 1; i < tries && best.otherCpu >= CLEAN_CPU; i++) {
			const again = await readPair(round);
			if (again.otherCpu < best.otherCpu) best = again;
		}
		pairs.push(best);
	}
	return toRow(name, judgeIntervalMs, pairs);
}

function toRow(name: string, judgeIntervalMs: number, pairs: readonly Pair[]): BesideRow {
	const middle = (of: (pair: Pair) => number): number => median(pairs.map(of));
	const words = pairs.map(({ guarded }) => guarded.firstTextMs - guarded.arrivals[1]).sort((a, b) => a - b);
	const holds = pairs.map(({ guarded }) => guarded.report!.holdMs);
	const mainMs = middle(({ plain, guarded }) => guarded.mainMsPerToken - plain.mainMsPerToken);
	const judgeMs = middle(({ guarded }) => guarded.judgeMsPerToken);
	return {
		name,
		judgeIntervalMs,
		rounds: pairs.length,
		tokens: pairs[0]!.guarded.tokens,
		plainPerSecond: middle(({ plain }) => plain.perSecond),
		guardedPerSecond: middle(({ guarded }) => guarded.perSecond),
		ratio: middle(({ plain, guarded }) => guarded.perSecond / plain.perSecond),
		ratios: pairs.map(({ plain, guarded }) => guarded.perSecond / plain.perSecond),
		cleanRounds: pairs.filter(({ otherCpu }) => otherCpu < CLEAN_CPU).length,
		plainStepMs: middle(({ plain }) => plain.stepMs),
		guardedStepMs: middle(({ guarded }) => guarded.stepMs),
		stepRatio: middle(({ plain, guarded }) => plain.stepMs / guarded.stepMs),
		addedFirstTextMs: middle(({ plain, guarded }) => guarded.firstTextMs - plain.firstTextMs),
		addedFirstWordMs: quantile(words, 0.5),
		addedFirstWordMostMs: words.at(-1)!,
		addedMainMsPerToken: mainMs,
		judgeMsPerToken: judgeMs,
		cpuShareOfStep: ((mainMs + judgeMs) * middle(({ plain }) => plain.perSecond)) / 1000,
		holdP50Ms: median(holds.map(({ p50 }) => p50)),
		holdP99Ms: median(holds.map(({ p99 }) => p99)),
		holdMaxMs: Math.max(...holds.map(({ max }) => max)),
	};
}
