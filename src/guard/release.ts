/**
 * How far judged text may leave, and which of it is left out. Words leave at once while the risk is low; from a level on they
 * are held, so that the first words of a passage do not leave before it turns out what it is. A function of the prefixes'
 * levels alone, not of time. Holds no text.
 */
import type { Finding } from "./events.ts";

/** A range that is left out. */
export interface Redaction {
	readonly start: number;
	readonly end: number;
	/** The prefix with the highest risk in it. */
	readonly finding: Finding;
}

/** See the header. */
export interface Release {
	/** Text may leave up to here, but for redactions. */
	readonly flow: number;
	/** Redactions in order that have not been taken. The last one may still grow until the flow has reached its end. */
	readonly redactions: Redaction[];
	/** A prefix that may be shown, its level relative to a block. */
	safe(end: number, level: number): void;
	/** The words up to the finding's prefix are left out, from `start` on. */
	redact(start: number, finding: Finding): void;
	/** All text up to `end` may leave. */
	finish(end: number): void;
}

/** @param holdFrom level from which on words are held, at most `maxHeldWords` of them. */
export function createRelease({ holdFrom, maxHeldWords }: { holdFrom: number; maxHeldWords: number }): Release {
	let flow = 0;
	const held: number[] = [];
	const redactions: Redaction[] = [];
	let isOpen = false; // whether the last prefix was left out
	return {
		get flow() {
			return flow;
		},
		redactions,
		safe(end, level) {
			isOpen = false;
			if (level < holdFrom) {
				held.length = 0;
				flow = end;
				return;
			}
			held.push(end);
			if (held.length > maxHeldWords) flow = held.shift()!;
		},
		redact(start, finding) {
			held.length = 0;
			const last = redactions.at(-1);
			if (isOpen && last !== undefined) {
				const worse = finding.risk > last.finding.risk ? finding : last.finding;
				redactions[redactions.length - 1] = { start: last.start, end: finding.end, finding: worse };
				return;
			}
			isOpen = true;
			flow = start;
			redactions.push({ start, end: finding.end, finding });
		},
		finish(end) {
			held.length = 0;
			flow = Math.max(flow, end);
		},
	};
}
