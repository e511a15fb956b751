/**
 * Which policies measure a name of another service, and how risky a text is by that name. A name that no policy measures has
 * no entry; a policy without a risk gives an error, never a number.
 */
import { SluiceError } from "../../errors.ts";
import type { Policy, PolicyVerdict, Verdict } from "../../types.ts";

/** Policy ids per measured name, in the service's order of names. */
export type CategoryMap<Name extends string> = ReadonlyMap<Name, readonly string[]>;

/** The measured ones of `names`. Throws `invalid_policy` for a name in `maps` that the service does not have. */
export function toServiceMap<Name extends string>(
	policies: readonly Policy[],
	service: keyof Policy["maps"],
	names: readonly Name[],
): CategoryMap<Name> {
	const known: readonly string[] = names;
	for (const policy of policies) {
		const wrong = policy.maps[service].find((name) => !known.includes(name));
		if (wrong !== undefined)
			throw new SluiceError("invalid_policy", {
				detail: `policy ${policy.id}: maps.${service}: "${wrong}" is not a category; the categories are ${known.join(", ")}`,
				pointer: `/maps/${service}`,
			});
	}
	const entries = names.map(
		(name) => [name, policies.filter((p) => p.maps[service].includes(name)).map((p) => p.id)] as const,
	);
	return new Map(entries.filter(([, ids]) => ids.length > 0));
}

/** Throws `not_configured` where no policy measures any name: an empty answer would look harmless. */
export function checkAnyMeasured(map: CategoryMap<string>, service: keyof Policy["maps"]): void {
	if (map.size > 0) return;
	throw new SluiceError("not_configured", {
		detail: `no policy measures anything under this format's names: name them under maps.${service} of a policy`,
	});
}

/** A policy's verdict that has a risk. */
export type ScoredPolicy = PolicyVerdict & { readonly risk: number };

/** The verdicts of the policies `ids`. Throws `inference_failed` where one is missing: the highest of nothing would be 0. */
export function verdictsOf<P extends { readonly policy: string }>(
	verdict: { readonly policies: readonly P[] },
	ids: readonly string[],
): P[] {
	const found = verdict.policies.filter((p) => ids.includes(p.policy));
	if (found.length === ids.length) return found;
	throw new SluiceError("inference_failed", { detail: "the verdict does not have all policies" });
}

/** Like {@link verdictsOf}; throws `no_score` where one has no risk, for formats of scores cannot say what stands in for it. */
export function scoredPolicies(verdict: Verdict, ids: readonly string[]): ScoredPolicy[] {
	return verdictsOf(verdict, ids).map(toScored);
}

/** The highest risk by the policies `ids`. Throws like {@link scoredPolicies}. */
export function highestRiskOf(verdict: Verdict, ids: readonly string[]): number {
	return Math.max(...scoredPolicies(verdict, ids).map(({ risk }) => risk));
}

/** The error for a policy that has an action in place of a risk. */
export function noScore(policy: string): SluiceError {
	return new SluiceError("no_score", {
		detail: `policy ${policy} got no risk for this text, and this format cannot say what the policy declares instead; POST /v1/classify says it`,
	});
}

function toScored(verdict: PolicyVerdict): ScoredPolicy {
	if (verdict.risk === null) throw noScore(verdict.policy);
	return verdict as ScoredPolicy;
}
