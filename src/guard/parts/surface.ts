/** One surface of an answer under its guard: text in, and what of it may leave, by offsets. Knows no parts. */
import type { GuardReport } from "../events.ts";
import { guardStream } from "../guard-stream.ts";
import { type AdapterOptions, REPLACEMENT, toGuardOptions } from "./adapter-options.ts";
import { createFeed, type Feed } from "./feed.ts";

/** See the header. Offsets count from the surface's begin. */
export interface Surface {
	readonly feed: Feed;
	/** Characters that came. */
	received: number;
	/** Everything before has left the guard or was left out. */
	readonly released: number;
	/** What may leave of the text between the last call's end and this one. */
	take(end: number): string;
	/** Ends the guard at once. */
	leave(): void;
	/** Resolves when its guard has nothing left to say. */
	readonly done: Promise<void>;
}

/** What a surface tells. */
export interface SurfaceCalls {
	/** More may leave, or more is wanted. */
	moved(): void;
	stopped(report: GuardReport): void;
	failed(error: unknown): void;
}

interface Piece {
	readonly start: number;
	readonly end: number;
	readonly text: string;
	readonly isReplacement: boolean;
}

/** Opens the guard of a surface. */
export function openSurface(name: string, isExact: boolean, options: AdapterOptions, calls: SurfaceCalls): Surface {
	const { replacement = REPLACEMENT } = options;
	const feed = createFeed(calls.moved);
	const events = guardStream(feed, toGuardOptions(options, name, isExact));
	let pieces: Piece[] = [];
	let released = 0;
	let taken = 0;
	const put = (start: number, end: number, text: string, isReplacement: boolean): void => {
		if (text !== "") pieces.push({ start, end, text, isReplacement });
		released = Math.max(released, end);
		calls.moved();
	};
	const follow = async (): Promise<void> => {
		for await (const event of events) {
			if (event.type === "text") put(event.start, event.end, event.text, false);
			else if (event.type === "redaction" && event.released === 0) put(event.start, event.end, replacement, true);
			else if (event.type === "end" && event.report.action === "block") calls.stopped(event.report);
		}
	};
	return {
		feed,
		received: 0,
		get released() {
			return released;
		},
		take(end) {
			let text = "";
			for (const piece of pieces)
				if (piece.isReplacement) text += piece.start >= taken && piece.start < end ? piece.text : "";
				else text += piece.text.slice(Math.max(0, taken - piece.start), Math.max(0, end - piece.start));
			pieces = pieces.filter((piece) => piece.end > end);
			taken = end;
			return text;
		},
		leave: () => void events.return?.(),
		done: follow().catch(calls.failed).then(calls.moved),
	};
}
