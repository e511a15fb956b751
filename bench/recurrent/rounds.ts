/**
 * Takes samples of many subjects, interleaved: a round visits each once, every other round in reverse, so that clocks and
 * neighbours that change over minutes meet all alike.
 */

import { CLEAN_CPU, watchCpu } from "../engine/cpu-watch.ts";
import { quantile } from "../load.ts";

/** Something to time; `labels` say what it is. */
export interface Subject {
	readonly labels: Readonly<Record<string, string | number>>;
	/** One run: the milliseconds of each of its parts that counts. */
	readonly work: () => Promise<readonly number[]>;
	/** Milliseconds that a sample lasts at least; default {@link SAMPLE_MS}. */
	readonly sampleMs?: number | undefined;
}

/** One subject in one round: milliseconds of each run. */
export interface Sample {
	readonly labels: Subject["labels"];
	readonly round: number;
	readonly ms: number;
	readonly raw: readonly number[];
	readonly otherCpu: number;
	readonly clean: boolean;
}

const SAMPLE_MS = 60;

/** A sample of each subject in each round, after one run of each that does not count. */
export async function sampleRounds(
	subjects: readonly Subject[],
	{ rounds, onRound }: { readonly rounds: number; readonly onRound?: (done: number) => void },
): Promise<Sample[]> {
	const samples: Sample[] = [];
	for (const { work } of subjects) await work();
	for (let round = 0; round < rounds; round++) {
		for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
			const { result: raw, otherCpu } = await watchCpu(undefined, () => run(subject));
			samples.push({ labels: subject.labels, round, ms: middle(raw), raw, otherCpu, clean: otherCpu < CLEAN_CPU });
		}
		onRound?.(round + 1);
	}
	return samples;
}

async function run({ work, sampleMs = SAMPLE_MS }: Subject): Promise<number[]> {
	const times: number[] = [];
	const until = performance.now() + sampleMs;
	do times.push(...(await work()));
	while (performance.now() < until);
	return times;
}

/** Work whose whole time counts. */
export function timed(work: () => unknown): Subject["work"] {
	return async () => {
		const start = performance.now();
		await work();
		return [performance.now() - start];
	};
}

/** The middle of any numbers, the mean of two where there are two. */
export function middle(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 === 1 ? quantile(sorted, 0.5) : (sorted[half - 1]! + sorted[half]!) / 2;
}
