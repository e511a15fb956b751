/**
 * How many groups are under way at once: more while little waits for the model; with workers elsewhere, who do not tell how
 * much they take, while more groups get more done; half as many when the model is overloaded. Bounds the bytes held, too.
 */

const FIRST_LIMIT = 2;
const MOST_RUNNING = 32;
/** Groups held for each one that may run: those that wait behind a slow one. */
const HELD_PER_RUNNING = 2;
/** Bytes of input held, above which nothing is begun. */
const MOST_HELD_BYTES = 64 * 1024 * 1024;
/** A trial of a limit lasts for so many groups per one that may run, and so long at least. */
const TRIAL_GROUPS = 3;
const TRIAL_MS = 250;
/** A higher limit stays where the rate rises by this. */
const WORTHWHILE = 1.08;
/** Trials of the limit that stayed before a higher one is tried again. */
const REST = 20;

/** Decides what may start. */
export interface Pace {
	readonly limit: number;
	mayStart(running: number, held: number): boolean;
	/** A group of so many bytes begins. */
	begin(bytes: number): void;
	/** It was judged; so many texts wait and run. Where none runs, nobody knows which of those on their way wait. */
	judged(bytes: number, load: { readonly queued: number; readonly running: number }): void;
	/** Its results are handed on. */
	end(bytes: number): void;
	overloaded(): void;
}

/** @param groupItems items of a group: fewer texts than that waiting are too few to keep the model busy. */
export function createPace(groupItems: number, now: () => number = () => performance.now()): Pace {
	let limit = FIRST_LIMIT;
	let bytesHeld = 0;
	let full = false;
	/** The limit before the one on trial, with its rate in bytes per millisecond. */
	let before: { limit: number; rate: number } | undefined;
	let trial = { beganMs: now(), groups: 0, bytes: 0 };
	let rest = 0;

	const raise = (): void => {
		limit = Math.min(MOST_RUNNING, limit + Math.max(1, limit >> 1));
	};
	const startTrial = (): void => {
		trial = { beganMs: now(), groups: 0, bytes: 0 };
	};
	const endTrial = (rate: number): void => {
		if (before === undefined) {
			if (rest-- > 0) return;
			before = { limit, rate };
			raise();
		} else if (rate > before.rate * WORTHWHILE && limit < MOST_RUNNING) {
			before = { limit, rate };
			raise();
		} else {
			if (rate <= before.rate * WORTHWHILE) limit = before.limit;
			before = undefined;
			rest = REST;
		}
	};
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
		judged(bytes, { queued, running }) {
			if (full && queued < groupItems) limit = Math.min(MOST_RUNNING, limit + 1);
			if (!full || running > 0) return startTrial(); // input or output is what is slow, or the queue tells everything
			trial.groups++;
			trial.bytes += bytes;
			const ms = now() - trial.beganMs;
			if (trial.groups < TRIAL_GROUPS * limit || ms < TRIAL_MS) return;
			endTrial(trial.bytes / ms);
			startTrial();
		},
		end(bytes) {
			bytesHeld -= bytes;
		},
		overloaded() {
			limit = Math.max(1, limit >> 1);
			before = undefined;
			rest = REST;
			startTrial();
		},
	};
}
