/**
 * How much one run of a thread may take on. Numbers were measured on two cores; see docs/log.md.
 */

/** Limits of a run. */
export interface RunLimits {
	/** Rows that share a run. */
	readonly rows: number;
	/** Texts up to this are run at once. */
	readonly wholeTokens: number;
	/** Tokens of a run that several rows share. */
	readonly tokens: number;
	/** Longer texts run in parts and go back to the queue in between: the size of a part that runs alone with `past` tokens before. */
	partTokens(past: number): number;
	/** The size of a part while others wait or share the run: smaller parts cost more per token and keep others waiting less. */
	readonly sharedTokens: number;
	/** Whether rows of any length share a run without padding, those with caches too. */
	readonly ragged: boolean;
}

/** Small recurrent models: batches beyond 8 rows or 256 tokens gain nothing on a CPU, a part of 128 tokens takes milliseconds. */
export const ROWS_LIMITS: RunLimits = {
	rows: 8,
	wholeTokens: 256,
	tokens: 256,
	partTokens: () => 128,
	sharedTokens: 128,
	ragged: false,
};

/** Scores of a part with all keys before it, per head: bounds the memory of a run. */
const MOST_SCORES = 1 << 21;

/** Large models: a run costs as much for 1 row as for 4, products are fastest from 256 tokens on. */
export function slotsLimits(slots: number): RunLimits {
	return {
		rows: slots,
		wholeTokens: 512,
		tokens: 512,
		partTokens: (past) => Math.max(64, Math.min(512, Math.floor(MOST_SCORES / (past + 512)))),
		sharedTokens: 128,
		ragged: true,
	};
}
