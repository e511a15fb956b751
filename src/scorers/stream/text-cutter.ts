/**
 * Cuts a text that is still coming into the prefixes that are judged, and says which of them settle what came before.
 * A function of the text alone: deltas of any size give the same prefixes. Holds the unsettled part only.
 */
import { SluiceError } from "../../errors.ts";
import {
	type ClauseEnds,
	isLowSurrogate,
	isSettledBySpaces,
	isSettledClause,
	isSettledWord,
	isSpaceAt,
} from "./settled.ts";

/** A prefix to be judged. */
export interface CutPoint {
	/** Length of the prefix in UTF-16 code units. */
	readonly end: number;
	/** Its unsettled part, with `context` units in front that have been read already. */
	readonly text: string;
	readonly context: number;
	/** Whether the part can be read for good. */
	readonly settles: boolean;
}

/** See the header. */
export interface TextCutter {
	push(delta: string): void;
	end(): void;
	/** The next prefix; undefined until more text comes. Throws `text_too_long` where a part grows too long without settling. */
	next(): CutPoint | undefined;
}

/** UTF-16 units between judged prefixes inside one word. */
const STRETCH = 32;
/** Of a part that does not settle, each word end is judged up to here; then only where it has grown by a quarter, so that
 * reading it again and again costs a bounded multiple of reading it. */
const CLOSE = 48;
const GROWTH = 0.25;
/** Longest part, UTF-16 units. */
const MOST_UNSETTLED = 2048;

/** @param clauseEnds see {@link ClauseEnds}. */
export function createTextCutter(clauseEnds: ClauseEnds, mostUnsettled: number = MOST_UNSETTLED): TextCutter {
	let open = ""; // the unsettled part
	let origin = 0; // offset of open[0] in the whole text
	let context = 0;
	let judged = 0; // where the last judged prefix ends in `open`
	let at = 1; // the next end to look at
	let ended = false;
	let finished = false;

	const isDue = (end: number, least: number): boolean => {
		const grown = judged - context;
		return end - judged >= Math.max(least, end - context <= CLOSE ? 1 : grown * GROWTH);
	};
	const take = (end: number, settles: boolean): CutPoint => {
		const point = { end: origin + end, text: open.slice(0, end), context, settles };
		judged = end;
		at = end + 1;
		return point;
	};
	const settle = (end: number, keep: number): CutPoint => {
		const point = take(end, true);
		open = open.slice(end - keep);
		origin += end - keep;
		[context, judged, at] = [keep, keep, keep + 1];
		return point;
	};
	const lookAtWordEnd = (): CutPoint | "wait" | undefined => {
		if (isSettledWord(open, at)) return settle(at, 0);
		if (at + 1 === open.length && !ended) return "wait"; // a second space would settle it
		if (isSettledBySpaces(open, at)) return settle(at, 0);
		return isDue(at, 1) ? take(at, false) : undefined;
	};
	const look = (): CutPoint | "wait" | undefined => {
		if (isSpaceAt(open, at - 1)) return undefined;
		if (isSpaceAt(open, at)) return lookAtWordEnd();
		if (isSettledClause(open, at, clauseEnds)) return settle(at, 1);
		return isDue(at, STRETCH) && !isLowSurrogate(open.charCodeAt(at)) ? take(at, false) : undefined;
	};

	return {
		push(delta) {
			open += delta;
		},
		end() {
			ended = true;
		},
		next() {
			for (; at < open.length; at++) {
				if (at - context > mostUnsettled) throw tooLong(mostUnsettled);
				const point = look();
				if (point === "wait") return undefined;
				if (point !== undefined) return point;
			}
			if (!ended || finished) return undefined;
			finished = true;
			return take(open.length, true);
		},
	};
}

function tooLong(most: number): SluiceError {
	return new SluiceError("text_too_long", {
		detail: `${most} characters without a place at which the text before is settled; the stream cannot be followed`,
	});
}
