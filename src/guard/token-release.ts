/**
 * Lets whole tokens of a guarded generation out, the last few of them later, so that what is not out can be taken back. What
 * leaves depends on the events and the tokens alone, not on time.
 */
import type { EndEvent, GuardEvent, TextEvent } from "./events.ts";

/** What passes. */
export type PassingEvent = Exclude<GuardEvent, EndEvent>;

/** What has left of a generation, over all its readings. */
export interface Told {
	/** The text up to here. */
	offset: number;
	/** So many events that are not text. */
	marks: number;
	/** Characters, redacted ones not counted. */
	characters: number;
}

/** One reading of the text, from its begin. What left before leaves no more. */
export interface TokenRelease {
	/** Takes the guard's next event; what may leave now. */
	take(event: PassingEvent): Generator<PassingEvent, void, void>;
	/** Nothing will be taken back: all that the guard let pass. */
	finish(): Generator<PassingEvent, void, void>;
}

/** @param endsOf where the tokens end that have been read, ascending; @param holdTokens tokens that stay back. */
export function createTokenRelease(
	told: Told,
	{ endsOf, holdTokens }: { endsOf: () => readonly number[]; holdTokens: number },
): TokenRelease {
	/** The guard's text that has not left, and where it begins; what is left out of it is missing. */
	const texts: TextEvent[] = [];
	const marks: Exclude<PassingEvent, TextEvent>[] = [];
	let flow = 0;
	let whole = 0; // tokens that end within the flow
	let known = told.marks; // events that left in earlier readings

	const limit = (): number => {
		const ends = endsOf();
		while (whole < ends.length && ends[whole]! <= flow) whole++;
		return ends[whole - 1 - holdTokens] ?? 0;
	};
	function* tellText(until: number): Generator<PassingEvent, void, void> {
		for (let first = texts[0]; first !== undefined && first.start < until; first = texts[0]) {
			const end = Math.min(first.end, until);
			const start = Math.max(first.start, told.offset);
			if (end === first.end) texts.shift();
			else texts[0] = { ...first, text: first.text.slice(end - first.start), start: end };
			if (end <= start) continue;
			told.offset = end;
			told.characters += end - start;
			yield { type: "text", text: first.text.slice(start - first.start, end - first.start), start, end };
		}
	}
	function* tell(until: number): Generator<PassingEvent, void, void> {
		for (let mark = marks[0]; mark !== undefined && mark.end <= until; mark = marks[0]) {
			marks.shift();
			if (mark.type === "redaction") {
				yield* tellText(mark.start);
				told.offset = Math.max(told.offset, mark.end);
			}
			told.marks++;
			yield mark;
		}
		const redaction = marks.find(({ type }) => type === "redaction");
		yield* tellText(redaction?.type === "redaction" ? Math.min(until, redaction.start) : until);
	}
	return {
		*take(event) {
			if (event.type === "text") texts.push(event);
			if (event.type === "text" || event.type === "redaction") flow = event.end;
			if (event.type !== "text") {
				if (known > 0) known--;
				else marks.push(event);
			}
			yield* tell(limit());
		},
		*finish() {
			yield* tell(Number.POSITIVE_INFINITY);
		},
	};
}
