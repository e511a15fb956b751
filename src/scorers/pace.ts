/**
 * How long scorers take, learned from their calls: what cannot finish before a deadline need not be started.
 */
import type { MemberName } from "./members.ts";

/** Time per work, scorer by scorer; work is any number that grows with the time. */
export interface Pace {
	/** Expected time, with a margin; 0 for a scorer nothing is known of, so that it is tried. */
	expectMs(member: MemberName, work: number): number;
	/** A call's work and time. */
	record(member: MemberName, work: number, ms: number): void;
	/** Says that work was not started for want of time: a scorer that is never tried could never be found faster again. */
	ease(member: MemberName): void;
}

/** Weight of the newest call. */
const NEWEST = 0.3;
const MARGIN = 1.25;
const EASE = 0.9;

/** Nothing known yet. */
export function createPace(): Pace {
	const msPerWork = new Map<MemberName, number>();
	return {
		expectMs: (member, work) => (msPerWork.get(member) ?? 0) * work * MARGIN,
		record(member, work, ms) {
			if (work <= 0) return;
			const known = msPerWork.get(member);
			msPerWork.set(member, known === undefined ? ms / work : known + NEWEST * (ms / work - known));
		},
		ease(member) {
			const known = msPerWork.get(member);
			if (known !== undefined) msPerWork.set(member, known * EASE);
		},
	};
}
