/** A stream scorer whose risks follow a script: a function of the prefix, over the very cutter that the classifier has. */
import {
	createTextCutter,
	findClauseEnds,
	type PrefixScore,
	type StreamScorer,
} from "../../src/scorers/stream/index.ts";
import type { Policy } from "../../src/types.ts";

export interface ScriptedScorer extends StreamScorer {
	/** Streams open now, and reads so far. */
	readonly openStreams: () => number;
	readonly reads: () => number;
	/** Makes all further reads fail. */
	readonly fail: (error: Error) => void;
}

/** @param riskOf the risk of every policy at a prefix; `delay` is awaited in each read. */
export function createScriptedScorer(
	riskOf: (prefix: string, policy: string) => number,
	delay: () => Promise<void> = async () => {},
): ScriptedScorer {
	let streams = 0;
	let reads = 0;
	let failure: Error | undefined;
	return {
		model: { id: "scripted", hash: "0" },
		check() {},
		openStreams: () => streams,
		reads: () => reads,
		fail(error) {
			failure = error;
		},
		async open(policies) {
			streams++;
			const cutter = createTextCutter(findClauseEnds([]));
			let text = "";
			let isOpen = true;
			return {
				push(delta) {
					text += delta;
					cutter.push(delta);
				},
				end: () => cutter.end(),
				async read() {
					reads++;
					await delay();
					if (failure !== undefined) throw failure;
					const scores: PrefixScore[] = [];
					for (let point = cutter.next(); point !== undefined; point = cutter.next()) {
						const prefix = text.slice(0, point.end);
						const risks = Object.fromEntries(policies.map(({ id }) => [id, riskOf(prefix, id)]));
						scores.push({ end: point.end, risks, tokens: prefix.split(" ").length });
					}
					return scores;
				},
				async close() {
					if (isOpen) streams--;
					isOpen = false;
				},
			};
		},
	};
}

/** A policy with thresholds of 0.4 and 0.8. */
export function toPolicy(id: string): Policy {
	return {
		id,
		title: id,
		guideline: id,
		scorer: { kind: "head", head: id },
		thresholds: { flag: 0.4, block: 0.8, target: "test" },
		maps: { openai: [], perspective: [], google: [], azure: [] },
		examples: [],
	};
}

/** Risk 0.9 from the first `bad` word on, 0.6 where a word `rising` is the last, else 0.1. */
export function riskOfWords(prefix: string): number {
	if (/\bbad\b/.test(prefix)) return 0.9;
	return /\brising\s*$/.test(prefix) ? 0.6 : 0.1;
}
