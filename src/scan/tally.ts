/** What a scan has found so far, as numbers that can be kept in its journal. */
import { z } from "zod";
import { ACTIONS, type Action } from "../types.ts";
import { type ItemGroup, isProblem, type Outcome } from "./item.ts";

/** Bars of a histogram, each as wide as the others, over risks from 0 to 1. */
export const BINS = 20;

/** Counts of one policy. */
export interface PolicyTally {
	flagged: number;
	blocked: number;
	/** Texts that got an action in place of a risk. */
	withoutRisk: number;
	/** Texts per range of risk, {@link BINS} of them; 1 is in the last. */
	histogram: number[];
}

/** Counts of a scan. */
export interface Tally {
	/** Records that were not blank. */
	rows: number;
	/** Blank records, which have no result. */
	blank: number;
	/** Rows without a verdict, by error code. */
	errors: Record<string, number>;
	/** Rows with a verdict, by action. */
	actions: Record<Action, number>;
	/** By policy id. */
	policies: Record<string, PolicyTally>;
}

const count = z.int().nonnegative();

/** Parses a {@link Tally}. */
export const TallySchema: z.ZodType<Tally> = z.strictObject({
	rows: count,
	blank: count,
	errors: z.record(z.string(), count),
	actions: z.strictObject({ allow: count, flag: count, block: count }),
	policies: z.record(
		z.string(),
		z.strictObject({ flagged: count, blocked: count, withoutRisk: count, histogram: z.array(count).length(BINS) }),
	),
});

/** Nothing counted yet. */
export function createTally(policies: Iterable<string>): Tally {
	const none = (): PolicyTally => ({
		flagged: 0,
		blocked: 0,
		withoutRisk: 0,
		histogram: new Array<number>(BINS).fill(0),
	});
	return {
		rows: 0,
		blank: 0,
		errors: {},
		actions: Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>,
		policies: Object.fromEntries([...policies].map((id) => [id, none()])),
	};
}

/** Adds a group with its outcomes. */
export function countGroup(tally: Tally, { items, blank }: ItemGroup, outcomes: readonly Outcome[]): void {
	tally.rows += items.length;
	tally.blank += blank;
	for (const outcome of outcomes) {
		if (isProblem(outcome)) {
			tally.errors[outcome.code] = (tally.errors[outcome.code] ?? 0) + 1;
			continue;
		}
		tally.actions[outcome.action]++;
		for (const { policy, risk, action } of outcome.policies) {
			const of = tally.policies[policy]!;
			if (action === "flag") of.flagged++;
			if (action === "block") of.blocked++;
			if (risk === null) of.withoutRisk++;
			else of.histogram[Math.min(BINS - 1, Math.floor(risk * BINS))]!++;
		}
	}
}

/** Rows without a verdict. */
export function countErrors({ errors }: Pick<Tally, "errors">): number {
	return Object.values(errors).reduce((sum, n) => sum + n, 0);
}
