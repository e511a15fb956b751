/**
 * How many groups are under way at once: one more whenever a group ends and little waits for the model, half as many when the
 * model is overloaded. Bounds the bytes that are held, too.
 */

const FIRST_LIMIT = 2;
const MOST_RUNNING = 32;
/** Groups held for each one that may run: those that wait behind a slow one. */
const HELD_PER_RUNNING = 2;
/** Bytes of input held, above which nothing is begun. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;

/** Decides what may start. */
export interface Pace {
	readonly limit: number;
	mayStart(running: number, held: number): boolean;
	/** A group of so many bytes begins. */
	begin(bytes: number): void;
	/** It was judged; `queued` texts wait for the model. */
	judged(queued: number): void;
	/** Its results are handed on. */
	end(bytes: number): void;
	overloaded(): void;
}

/** @param groupItems items of a group: fewer texts than that waiting are too few to keep the model busy. */
export function createPace(groupItems: number): Pace {
	let limit = FIRST_LIMIT;
	let bytesHeld = 0;
	let full = false;
	return {
		get limit() {
			return limit;
		},
		mayStart(running, held) {
			if (held === 0) return true;
			full = running >= limit;
			return !full && held < limit * HELD_PER_RUNNING && bytesHeld < MOST_HELD_BYTES;
		},
		begin(bytes) {
			bytesHeld += bytes;
		},
		judged(queued) {
			if (full && queued < groupItems) limit = Math.min(MOST_RUNNING, limit + 1);
		},
		end(bytes) {
			bytesHeld -= bytes;
		},
		overloaded() {
			limit = Math.max(1, limit >> 1);
		},
	};
}
