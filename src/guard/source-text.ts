/**
 * The source's text between its arrival and its release: takes deltas, gives pieces up to an offset that never split a
 * character, and how long each delta waited. Holds what has not been released, nothing else.
 */

/** See the header. */
export interface SourceText {
	/** Characters that arrived. */
	readonly received: number;
	/** Where the text that has not been released begins. */
	readonly released: number;
	push(delta: string, nowMs: number): void;
	/** Removes and returns the text up to an offset; `onWait` gets the time that each delta waited whose end goes with it. */
	take(end: number, nowMs: number): string;
	/** The unreleased text between two offsets. */
	peek(start: number, end: number): string;
	/** Whether so many deltas or more, not all of them released, end beyond an offset. */
	hasDeltasBeyond(offset: number, count: number): boolean;
	/** The last offset at which the text so far can be cut: before a character whose second half has not come. */
	readonly whole: number;
}

interface Arrival {
	readonly end: number;
	readonly atMs: number;
}

/** @param onWait gets the time that each delta waited, once all of it is released. */
export function createSourceText(onWait: (ms: number) => void): SourceText {
	let text = "";
	let start = 0;
	let arrivals: Arrival[] = [];
	let first = 0; // of the arrivals that still count
	const settleWaits = (nowMs: number): void => {
		while (first < arrivals.length && arrivals[first]!.end <= start) onWait(nowMs - arrivals[first++]!.atMs);
		if (first > 1024 || first === arrivals.length) {
			arrivals = arrivals.slice(first);
			first = 0;
		}
	};
	return {
		get received() {
			return start + text.length;
		},
		get released() {
			return start;
		},
		get whole() {
			const last = text.charCodeAt(text.length - 1);
			return start + text.length - (last >= 0xd800 && last <= 0xdbff ? 1 : 0);
		},
		hasDeltasBeyond: (offset, count) => (arrivals.at(-count)?.end ?? 0) > offset,
		push(delta, atMs) {
			text += delta;
			arrivals.push({ end: start + text.length, atMs });
		},
		take(end, nowMs) {
			const piece = text.slice(0, end - start);
			text = text.slice(end - start);
			start = end;
			settleWaits(nowMs);
			return piece;
		},
		peek: (from, to) => text.slice(from - start, to - start),
	};
}
