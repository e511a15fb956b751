/**
 * What a list of policies asks of a cascade's scorers: who is asked first, who is asked beside, and what may follow.
 */
import type { CascadeSpec, Policy } from "../types.ts";
import { turningPoint } from "./escalation.ts";
import { labelOf, type MemberName, memberOf } from "./members.ts";

/** A policy that a cascade measures, as its two scorers see it. */
export interface Stage {
	readonly id: string;
	readonly spec: CascadeSpec;
	readonly first: Policy;
	readonly second: Policy;
	/** The second scorer. */
	readonly member: MemberName;
	readonly offline: boolean;
	/** Whether a second scorer that is too slow is one whose own spec says what happens then. */
	readonly answersForTime: boolean;
	/** See turningPoint. */
	readonly turningPoint: number;
	/** Characters of the rule, which the second scorer reads with each text. */
	readonly ruleCharacters: number;
}

/** Policies by what happens to them. */
export interface CascadePlan {
	/** Asked at the start: the cascades' first scorers, and policies without a cascade that they measure as well. */
	readonly opening: readonly Policy[];
	/** Policies without a cascade that other scorers measure; nobody waits for them. */
	readonly beside: readonly Policy[];
	readonly stages: readonly Stage[];
	/** How decisions name the scorer of each opening policy. */
	readonly labels: ReadonlyMap<string, string>;
}

/** Sorts policies into a plan. */
export function toCascadePlan(policies: readonly Policy[]): CascadePlan {
	const stages = policies.flatMap((policy) =>
		policy.scorer.kind === "cascade" ? [toStage(policy, policy.scorer)] : [],
	);
	const openers = new Set(stages.map(({ spec }) => memberOf(spec.first)));
	const opening: Policy[] = [];
	const beside: Policy[] = [];
	const labels = new Map<string, string>();
	for (const policy of policies) {
		const spec = policy.scorer.kind === "cascade" ? policy.scorer.first : policy.scorer;
		const leaf = stages.find(({ id }) => id === policy.id)?.first ?? policy;
		(openers.has(memberOf(spec)) ? opening : beside).push(leaf);
		labels.set(policy.id, labelOf(spec));
	}
	return { opening, beside, stages, labels };
}

function toStage(policy: Policy, spec: CascadeSpec): Stage {
	const { first, second } = spec;
	return {
		id: policy.id,
		spec,
		first: { ...policy, scorer: first },
		second: { ...policy, scorer: second },
		member: memberOf(second),
		offline: second.kind === "yes-no" && second.model === "offline",
		answersForTime: "onFailure" in second,
		turningPoint: turningPoint(policy.thresholds),
		ruleCharacters: policy.guideline.length,
	};
}
