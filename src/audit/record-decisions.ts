/** A moderator that leaves a record of every decision: of each text of each call, whoever calls, answered or failed. */
import { isSluiceError } from "../errors.ts";
import { grantPolicies } from "../keys/index.ts";
import type { ModerateOptions, Moderator } from "../moderator.ts";
import type { Content, Grant, Policy, Verdict } from "../types.ts";
import { toPolicyRecords } from "./policy-records.ts";
import { type DecisionTrail, toSource } from "./trail.ts";

/**
 * The same moderator with records. Where nothing may go out unrecorded, a call throws `audit_unavailable` in place of its
 * verdicts.
 */
export function recordDecisions(moderator: Moderator, trail: DecisionTrail): Moderator {
	const policiesFor = createPolicyMaps(moderator.policies);
	const moderate = async (contents: readonly Content[], options?: ModerateOptions): Promise<Verdict[]> => {
		trail.check();
		const began = performance.now();
		let verdicts: Verdict[];
		try {
			verdicts = await moderator.moderate(contents, options);
		} catch (error) {
			recordFailure(trail, { contents, options, error, ms: performance.now() - began });
			throw error;
		}
		const policies = policiesFor(options?.grant);
		for (const [index, verdict] of verdicts.entries())
			trail.decide({
				...toSource(trail, { content: contents[index]!, index, origin: options?.origin }),
				action: verdict.action,
				risk: verdict.risk,
				model: verdict.model,
				policies: toPolicyRecords(verdict.policies, policies),
				latency_ms: round(verdict.latencyMs),
			});
		return verdicts;
	};
	// the rest is the moderator's own, its readiness and its model as they change
	return Object.create(moderator, { moderate: { value: moderate }, unrecorded: { value: moderator } }) as Moderator;
}

/** The policies that a call is judged under, by id: a key may have thresholds of its own. */
function createPolicyMaps(policies: readonly Policy[]): (grant: Grant | undefined) => ReadonlyMap<string, Policy> {
	const toMap = (of: readonly Policy[]): ReadonlyMap<string, Policy> =>
		new Map(of.map((policy) => [policy.id, policy]));
	const plain = toMap(policies);
	const granted = new WeakMap<Grant, ReadonlyMap<string, Policy>>();
	return (grant) => {
		if (grant === undefined) return plain;
		const known = granted.get(grant);
		if (known !== undefined) return known;
		const map = toMap(grantPolicies(policies, grant));
		granted.set(grant, map);
		return map;
	};
}

interface FailedCall {
	readonly contents: readonly Content[];
	readonly options: ModerateOptions | undefined;
	readonly error: unknown;
	readonly ms: number;
}

/**
 * What failed decided nothing, but whoever asked may let the texts pass: that must not go without a trace. A batch asks again
 * where that may help, and lets nothing pass.
 */
function recordFailure(trail: DecisionTrail, { contents, options, error, ms }: FailedCall): void {
	const origin = options?.origin;
	if (origin?.batch !== undefined && isSluiceError(error) && error.retryable) return;
	const code = isSluiceError(error) ? error.code : "internal";
	const nothing = { action: null, risk: null, model: null, policies: [], error: code, latency_ms: round(ms) };
	for (const [index, content] of contents.entries())
		trail.decide({ ...toSource(trail, { content, index, origin }), ...nothing });
}

/** Microseconds are enough. */
function round(ms: number): number {
	return Math.round(ms * 1000) / 1000;
}
