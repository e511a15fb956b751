/** Which policies a stream can be guarded under, and what becomes of those that cascade. */
import { isSluiceError } from "../errors.ts";
import type { StreamScorer } from "../scorers/stream/index.ts";
import type { Policy } from "../types.ts";
import type { Response } from "./options.ts";

/** Policies for {@link GuardOptions}. */
export interface StreamPolicies {
	readonly policies: readonly Policy[];
	/** A cascade's doubtful band goes to the escalation. */
	readonly responses: Readonly<Record<string, Response>>;
	/** Ids of policies that no stream can follow: they need the whole text. */
	readonly left: readonly string[];
}

/** A cascade is followed by its first scorer. @param scorer says what can be followed. */
export function toStreamPolicies(all: readonly Policy[], scorer: Pick<StreamScorer, "check">): StreamPolicies {
	const responses: Record<string, Response> = {};
	const policies: Policy[] = [];
	const left: string[] = [];
	for (const policy of all) {
		const { scorer: spec } = policy;
		const followed = spec.kind === "cascade" ? { ...policy, scorer: spec.first } : policy;
		if (!canFollow(scorer, followed)) {
			left.push(policy.id);
			continue;
		}
		policies.push(followed);
		if (spec.kind === "cascade") responses[policy.id] = { doubt: spec.band };
	}
	return { policies, responses, left };
}

function canFollow(scorer: Pick<StreamScorer, "check">, policy: Policy): boolean {
	try {
		scorer.check(policy);
		return true;
	} catch (error) {
		if (isSluiceError(error) && error.code === "invalid_policy") return false;
		throw error;
	}
}
