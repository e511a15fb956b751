/** Scripted sources, and readers that gather what a guard gives. */
import {
	type GuardEvent,
	type GuardOptions,
	type GuardReport,
	guardStream,
	type TextSource,
} from "../../src/guard/index.ts";

/** A seeded source of numbers in [0, 1). */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** The text in deltas of 1 to `most` units, cut anywhere. */
export function* toDeltas(text: string, random: () => number, most = 12): Generator<string> {
	for (let at = 0; at < text.length; ) {
		const end = at + 1 + Math.floor(random() * most);
		yield text.slice(at, end);
		at = end;
	}
}

/** A source with counters. */
export interface CountedSource extends AsyncIterable<string> {
	given: number;
	ended: boolean;
}

/** Gives the deltas one at a time. */
export function toSource(deltas: Iterable<string>): CountedSource {
	const source: CountedSource = {
		given: 0,
		ended: false,
		async *[Symbol.asyncIterator]() {
			try {
				for (const delta of deltas) {
					source.given++;
					yield delta;
				}
			} finally {
				source.ended = true;
			}
		},
	};
	return source;
}

/** All that a guarded stream gave. */
export interface Gathered {
	readonly events: readonly GuardEvent[];
	readonly text: string;
	readonly report: GuardReport;
}

export async function gather(source: TextSource, options: GuardOptions): Promise<Gathered> {
	const events: GuardEvent[] = [];
	for await (const event of guardStream(source, options)) events.push(event);
	return toGathered(events);
}

export function toGathered(events: readonly GuardEvent[]): Gathered {
	const text = events.map((event) => (event.type === "text" ? event.text : "")).join("");
	const last = events.at(-1);
	if (last?.type !== "end") throw new Error("the stream did not end with a report");
	return { events, text, report: last.report };
}
