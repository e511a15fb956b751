/**
 * What bulk gets of the inference threads while calls come that somebody waits for. A run cannot be interrupted, so those
 * calls find a free thread only where bulk leaves one, and a free core only where its runs are short and far between.
 */

/** Time without calls that somebody waits for, after which bulk takes all threads again. */
const CALM_MS = 2000;

/** Between two runs of bulk while somebody waits for a call: it goes on, but hardly takes part of their time. */
const PAUSE_MS = 25;

/** Of a run of bulk while calls come that somebody waits for: the next one shall find a core free within two milliseconds or so. */
const SHORT_RUN_TOKENS = 64;

/** When bulk may run. */
export interface BulkShare {
	/** Tokens of its next run at most, given those of any run. */
	runTokens(most: number): number;
	/** Whether it may run on this thread now, where `living` of them can work. */
	mayRun(thread: number, living: number): boolean;
	/** A run of it begins. */
	noteRun(): void;
	/** Another call that somebody waits for came, or went. */
	noteCall(): void;
	noteAnswer(): void;
	close(): void;
}

/** The share in a pool of `threads`; `onCalm` hears that no such call came for `calmMs` (default 2 s), so that bulk goes on. */
export function createBulkShare(threads: number, onCalm: () => void, calmMs: number = CALM_MS): BulkShare {
	let calledMs = Number.NEGATIVE_INFINITY;
	let ranMs = Number.NEGATIVE_INFINITY;
	let awaited = 0;
	let calmTimer: NodeJS.Timeout | undefined;

	function checkCalm(): void {
		const restMs = calledMs + calmMs - performance.now();
		calmTimer = restMs > 0 ? setTimeout(checkCalm, restMs).unref() : undefined;
		if (restMs <= 0) onCalm();
	}

	return {
		runTokens: (most) => (calmTimer === undefined ? most : Math.min(most, SHORT_RUN_TOKENS)),
		mayRun(thread, living) {
			if (calmTimer === undefined || living === 1) return true;
			return thread !== 0 && (awaited === 0 || performance.now() - ranMs >= PAUSE_MS);
		},
		noteRun() {
			ranMs = performance.now();
		},
		noteCall() {
			awaited++;
			calledMs = performance.now();
			if (threads > 1) calmTimer ??= setTimeout(checkCalm, calmMs).unref();
		},
		noteAnswer() {
			awaited--;
		},
		close: () => clearTimeout(calmTimer),
	};
}
