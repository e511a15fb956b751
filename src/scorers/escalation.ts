/**
 * Which doubtful texts go to the second scorer: those whose action is most in doubt first, as far as the request's budget
 * goes. Pure; times and the budget are handed in.
 */
import type { Budget, CascadeSpec, Decision, Policy } from "../types.ts";
import type { MemberName } from "./members.ts";

/** Whether a risk is inside a band: from (inclusive) to (exclusive); a band that ends at 1 has the risk 1 in it. */
export function isDoubtful(risk: number, { from, to }: CascadeSpec["band"]): boolean {
	return risk >= from && (risk < to || to === 1) && from < to;
}

/**
 * Where a policy's actions change: the middle between its thresholds. Texts with risks near it are escalated first, because
 * there a small error changes what happens to them.
 */
export function turningPoint({ flag, block }: Pick<Policy["thresholds"], "flag" | "block">): number {
	return (flag + block) / 2;
}

/** A text under a policy that the first scorer leaves in doubt. */
export interface Doubt {
	/** Index of the text. */
	readonly text: number;
	/** Distance of its risk from the policy's {@link turningPoint}. */
	readonly distance: number;
	/** The scorer that would be asked. */
	readonly member: MemberName;
	/** Whether only callers who can wait may ask it. */
	readonly offline: boolean;
	/** What the second scorer would have to read, in characters. */
	readonly work: number;
}

/** What may be spent. */
export interface Means {
	readonly budget: Budget;
	/** Time until the deadline; undefined where there is none. */
	readonly leftMs: number | undefined;
	/** Time that so much work takes a scorer, as far as is known. */
	expectMs(member: MemberName, work: number): number;
}

/** What of a request's means a doubtful text lacked. */
export type Lack = NonNullable<Decision["lacked"]>;

/**
 * For each doubt, undefined where it is escalated, or what it lacked. Ties go to the earlier text. A doubt too long for the
 * time left does not keep shorter ones from being escalated.
 */
export function chooseEscalations(doubts: readonly Doubt[], { budget, leftMs, expectMs }: Means): (Lack | undefined)[] {
	const most = budget.maxEscalations ?? Number.POSITIVE_INFINITY;
	const order = doubts.map((_, i) => i).sort((a, b) => doubts[a]!.distance - doubts[b]!.distance || a - b);
	const work = new Map<MemberName, number>();
	const lacks: (Lack | undefined)[] = doubts.map(() => undefined);
	let escalated = 0;
	const judge = ({ member, offline, work: more }: Doubt): Lack | undefined => {
		if (offline && budget.offline !== true) return "offline";
		if (escalated >= most) return "escalations";
		const total = (work.get(member) ?? 0) + more;
		if (leftMs !== undefined && (leftMs <= 0 || expectMs(member, total) > leftMs)) return "time";
		work.set(member, total);
		escalated++;
		return undefined;
	};
	for (const i of order) lacks[i] = judge(doubts[i]!);
	return lacks;
}
