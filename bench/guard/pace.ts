/** Streams in `hold` behind sources of a fixed pace: hold times, and whether guarded text keeps the source's pace. */
import { setTimeout as sleep } from "node:timers/promises";
import { type GuardReport, guardStream } from "../../src/guard/index.ts";
import type { Classifier } from "../../test/scorers/stream/classifier.ts";
import { toLenient } from "./lenient.ts";
import { harmlessWords } from "./words.ts";

/** What streams at a pace were like. */
export interface PaceRow {
	readonly streams: number;
	/** Of all streams together; a word counts as one token. */
	readonly tokensPerSecond: number;
	readonly deliveredPerSecond: number;
	readonly holdP50Ms: number;
	readonly holdP99Ms: number;
	readonly holdMaxMs: number;
	/** Of the stream that waited least; the others are of the one that waited most. */
	readonly bestHoldP99Ms: number;
}

/** Deltas at a pace, several at a time where it is faster than timers are; behind its time it catches up. */
export async function* toPace(deltas: Iterable<string>, perSecond: number): AsyncGenerator<string> {
	const began = performance.now();
	let given = 0;
	for (const delta of deltas) {
		const waitMs = (given++ / perSecond) * 1000 - (performance.now() - began);
		if (waitMs > 0) await sleep(Math.max(1, waitMs));
		yield delta;
	}
}

/** Words as models give them: the space comes first, so that a word is known to be over with the next one. */
export function* spacedFirst(seed: number, count: number): Generator<string> {
	const words = harmlessWords(seed);
	for (let i = 0; i < count; i++) yield ` ${words.next().value.trimEnd()}`;
}

/** @param perSecond tokens of each stream. Policies are out of reach, so that no stream is stopped or held for its risk. */
export async function measurePace(
	classifier: Classifier,
	{ streams, perSecond, seconds }: { streams: number; perSecond: number; seconds: number },
): Promise<PaceRow> {
	const { streams: scorer, policies } = toLenient(classifier);
	const reports: GuardReport[] = [];
	const follow = async (seed: number): Promise<void> => {
		const source = toPace(spacedFirst(seed, Math.ceil(perSecond * seconds)), perSecond);
		for await (const event of guardStream(source, { scorer, policies, holdFrom: 1 }))
			if (event.type === "end") reports.push(event.report);
	};
	const began = performance.now();
	await Promise.all(Array.from({ length: streams }, (_, i) => follow(i + 1)));
	const took = (performance.now() - began) / 1000;
	const [worst] = reports.toSorted((a, b) => b.holdMs.p99 - a.holdMs.p99);
	return {
		streams,
		tokensPerSecond: streams * perSecond,
		deliveredPerSecond: (streams * perSecond * seconds) / took,
		holdP50Ms: worst!.holdMs.p50,
		holdP99Ms: worst!.holdMs.p99,
		holdMaxMs: Math.max(...reports.map(({ holdMs }) => holdMs.max)),
		bestHoldP99Ms: Math.min(...reports.map(({ holdMs }) => holdMs.p99)),
	};
}
