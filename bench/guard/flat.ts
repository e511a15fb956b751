/** Time per token at several depths of one stream, and the memory at each. Samples of all depths take turns. */
import type { ScoreStream } from "../../src/scorers/stream/index.ts";
import type { Classifier } from "../../test/scorers/stream/classifier.ts";
import { median } from "../load.ts";
import { readThreadMs } from "./thread-cpu.ts";
import { harmlessWords } from "./words.ts";

/** What a token costs behind so many others. */
export interface DepthRow {
	readonly depth: number;
	/** Tokens read by each call. */
	readonly usPerToken: number;
	/** Over that of the shallowest depth in the same round, in the middle: 1 is flat. */
	readonly ofShallowest: number;
	readonly usPerTokenOfRounds: readonly number[];
	/** Of the thread that judges; what others take of the machine shows less in it. */
	readonly cpuUsPerToken: number;
	readonly cpuOfShallowest: number;
	/** When the stream had come so far, after garbage collection: what is in use, and resident memory. */
	readonly usedMb: number | null;
	readonly residentMb: number | null;
}

interface Depth {
	readonly depth: number;
	readonly stream: ScoreStream;
	readonly words: Generator<string, never>;
	read: number;
	readonly us: number[];
	readonly cpuUs: number[];
	usedMb: number | null;
	residentMb: number | null;
}

/** Words that one call reads. */
const WORDS_A_CALL = 6;

/** Reads about so many tokens more; microseconds per token, and those of the threads. */
async function readOn(place: Depth, tokens: number, judges: readonly string[]): Promise<{ us: number; cpuUs: number }> {
	const from = place.read;
	const cpuMs = readThreadMs(judges);
	const began = performance.now();
	while (place.read < from + tokens) {
		for (let i = 0; i < WORDS_A_CALL; i++) place.stream.push(place.words.next().value);
		place.read = (await place.stream.read()).at(-1)?.tokens ?? place.read;
	}
	const us = ((performance.now() - began) * 1000) / (place.read - from);
	return { us, cpuUs: ((readThreadMs(judges) - cpuMs) * 1000) / (place.read - from) };
}

/** What is measured. */
export interface DepthOptions {
	readonly depths: readonly number[];
	readonly rounds: number;
	/** Tokens of a sample. */
	readonly sample: number;
	/** See `findInferenceThreads`. */
	readonly judges: readonly string[];
}

/** The shallowest depth gets a stream of its own for each sample. */
export async function measureDepths(
	{ streams, policies }: Classifier,
	{ depths, rounds, sample, judges }: DepthOptions,
): Promise<DepthRow[]> {
	const open = async (depth: number, seed: number): Promise<Depth> => {
		const stream = await streams.open(policies);
		const place = {
			depth,
			stream,
			words: harmlessWords(seed),
			read: 0,
			us: [],
			cpuUs: [],
			usedMb: null,
			residentMb: null,
		};
		await readOn(place, Math.max(1, depth - sample / 2), []);
		return place;
	};
	const places: Depth[] = [];
	for (const depth of depths) {
		const place = await open(depth, depth);
		places.push(place);
		if (gc === undefined) continue;
		gc();
		const { rss, heapUsed, external } = process.memoryUsage();
		place.usedMb = (heapUsed + external) / 2 ** 20;
		place.residentMb = rss / 2 ** 20;
	}
	const shallow = places[0]!;
	const take = async (place: Depth, from: Depth): Promise<void> => {
		const { us, cpuUs } = await readOn(from, sample, judges);
		place.us.push(us);
		place.cpuUs.push(cpuUs);
	};
	for (let round = 0; round < rounds; round++) {
		for (const place of round % 2 === 0 ? places : places.toReversed()) {
			if (place !== shallow) {
				await take(place, place);
				continue;
			}
			const fresh = await open(place.depth, round);
			await take(place, fresh);
			await fresh.stream.close();
		}
	}
	await Promise.all(places.map(({ stream }) => stream.close()));
	return places.map(({ depth, us, cpuUs, usedMb, residentMb }) => ({
		depth,
		usPerToken: median(us),
		ofShallowest: median(us.map((value, round) => value / shallow.us[round]!)),
		usPerTokenOfRounds: us,
		cpuUsPerToken: median(cpuUs),
		cpuOfShallowest: median(cpuUs.map((value, round) => value / shallow.cpuUs[round]!)),
		usedMb,
		residentMb,
	}));
}
