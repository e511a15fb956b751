/**
 * Time kept back before a deadline: a declared consequence is worth something only if it is there before the deadline ends
 * the caller's own wait.
 */

const MOST_RESERVE_MS = 50;
const RESERVE = 0.1;

/** Of the time until a deadline, what work may take so that its end can still be told: all but a tenth, or but 50 ms. */
export function beforeDeadlineMs(leftMs: number): number {
	return leftMs - Math.min(MOST_RESERVE_MS, Math.max(0, leftMs * RESERVE));
}
