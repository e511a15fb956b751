/** Judging by the policies and thresholds of a key: what it changes in policies, and in verdicts made by the service's own. */
import { ACTIONS, type Action, type Grant, type Policy, type PolicyVerdict, type Verdict } from "../types.ts";

/** The service's policies as a key has them. */
export function grantPolicies(policies: readonly Policy[], { policies: ids, thresholds = {} }: Grant): Policy[] {
	return policies
		.filter(({ id }) => ids === undefined || ids.includes(id))
		.map((policy) => ({ ...policy, thresholds: { ...policy.thresholds, ...thresholdsOf(policy, thresholds) } }));
}

/** A verdict as a key's policies and thresholds have it. */
export function grantVerdict(verdict: Verdict, { policies: ids, thresholds = {} }: Grant): Verdict {
	const policies = verdict.policies
		.filter(({ policy }) => ids === undefined || ids.includes(policy))
		.map((of) => regrant(of, thresholds));
	const severity = Math.max(-1, ...policies.map(({ action }) => ACTIONS.indexOf(action)));
	const risks = policies.flatMap(({ risk }) => (risk === null ? [] : [risk]));
	return {
		...verdict,
		policies,
		action: ACTIONS[severity] ?? "block",
		risk: risks.length === 0 ? null : Math.max(...risks),
	};
}

function regrant(of: PolicyVerdict, thresholds: NonNullable<Grant["thresholds"]>): PolicyVerdict {
	const own = thresholds[of.policy];
	if (own === undefined || of.risk === null) return of;
	const { flag, block } = thresholdsOf({ id: of.policy, thresholds: of.thresholds }, thresholds);
	const action: Action = of.risk >= block ? "block" : of.risk >= flag ? "flag" : "allow";
	return { ...of, thresholds: { flag, block }, action };
}

/** A key that names one threshold keeps the service's other one, moved along where they would cross. */
function thresholdsOf(
	{ id, thresholds }: { readonly id: string; readonly thresholds: { readonly flag: number; readonly block: number } },
	own: NonNullable<Grant["thresholds"]>,
): { flag: number; block: number } {
	const { flag, block } = own[id] ?? {};
	const blocks = block ?? Math.max(thresholds.block, flag ?? 0);
	return { flag: Math.min(flag ?? thresholds.flag, blocks), block: blocks };
}
