/** Policies in records: what of a verdict is kept, and the name of everything in a policy that decides. */
import { fingerprintPolicies } from "../dispatch/judge-set.ts";
import type { Policy, PolicyVerdict } from "../types.ts";
import type { PolicyRecord } from "./record.ts";

const hashes = new WeakMap<Policy, string>();

/** `sha256:` of what decides in a policy: guideline, scorer and thresholds; titles, examples and the file's layout do not. */
export function hashPolicy(policy: Policy): string {
	const known = hashes.get(policy);
	if (known !== undefined) return known;
	const hash = fingerprintPolicies([policy]);
	hashes.set(policy, hash);
	return hash;
}

/** @param policies those that the verdict was asked under. */
export function toPolicyRecords(
	verdicts: readonly PolicyVerdict[],
	policies: ReadonlyMap<string, Policy>,
): PolicyRecord[] {
	return verdicts.map(({ policy: id, risk, thresholds, action, decision }) => {
		const { flag, block } = thresholds;
		const policy = policies.get(id);
		const isSame = policy?.thresholds.flag === flag && policy.thresholds.block === block;
		return {
			policy: id,
			hash: isSame ? hashPolicy(policy) : null,
			risk,
			flag,
			block,
			action,
			scorer: decision.scorer,
			stages: decision.stages,
			lacked: decision.lacked,
			instead: decision.instead?.reason,
		};
	});
}
