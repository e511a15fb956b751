/**
 * The record of a text that is read several times: who keeps it hears once, at the end, what the last reading gave. What was
 * taken back is not part of it.
 */
import type { PrefixScore } from "../scorers/stream/index.ts";
import type { GuardReport } from "./events.ts";
import type { StreamRecorder } from "./options.ts";

/** See the header. */
export interface LastReading {
	/** A reading begins; those before it are forgotten. */
	read(): StreamRecorder;
	/** The text is as it will stay. */
	ended(report: GuardReport): void;
}

/** Tells `recorder`. Holds the text and its risks, one set a word, until then. */
export function createLastReading(recorder: StreamRecorder): LastReading {
	let deltas: string[] = [];
	let scores: PrefixScore[] = [];
	return {
		read() {
			deltas = [];
			scores = [];
			return {
				text: (delta) => void deltas.push(delta),
				scored: (score) => void scores.push(score),
				ended() {}, // that reading alone
			};
		},
		ended(report) {
			for (const delta of deltas) recorder.text(delta);
			for (const score of scores) recorder.scored(score);
			recorder.ended(report);
		},
	};
}
