/**
 * Formats as keys with policies or thresholds of their own see them: made like the service's, over a moderator that judges by
 * the key's. So every format honours them, and none knows of keys.
 */
import { SluiceError } from "../errors.ts";
import { grantPolicies } from "../keys/index.ts";
import type { ModerateOptions, Moderator } from "../moderator.ts";
import type { Content, Grant } from "../types.ts";

/** Grants for which what was made is kept. */
const MOST_KEPT = 256;

/** What `create` makes for a grant, made once; undefined for a grant that changes nothing. */
export function createGranted<T>(
	moderator: Moderator,
	create: (moderator: Moderator) => T,
): (grant: Grant | undefined) => T | undefined {
	const kept = new Map<string, T>();
	return (grant) => {
		if (!isChange(grant)) return undefined;
		const name = JSON.stringify(grant);
		const known = kept.get(name);
		if (known !== undefined) return known;
		const made = create(grantModerator(moderator, grant));
		if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
		kept.set(name, made);
		return made;
	};
}

/** Whether anything is judged otherwise than the service does. */
export function isChange(grant: Grant | undefined): grant is Grant {
	return grant?.policies !== undefined || grant?.thresholds !== undefined;
}

/**
 * Throws `not_configured` where the service lacks one of the key's policies: the rest would let through what the missing one is
 * there for.
 */
export function checkGrant({ policies }: Pick<Moderator, "policies">, grant: Grant): void {
	const missing = grant.policies?.find((wanted) => !policies.some(({ id }) => id === wanted));
	if (missing === undefined) return;
	throw new SluiceError("not_configured", {
		detail: `the key's texts are judged by the policy ${missing}, which this service does not have`,
	});
}

/** The moderator as a key has it; it judges nothing where {@link checkGrant} throws. */
export function grantModerator(moderator: Moderator, grant: Grant): Moderator {
	const policies = grantPolicies(moderator.policies, grant);
	const moderate: Moderator["moderate"] = async (contents: readonly Content[], options?: ModerateOptions) => {
		checkGrant(moderator, grant);
		return moderator.moderate(contents, { ...options, grant });
	};
	const streams = (): Moderator["streams"] => {
		checkGrant(moderator, grant);
		return moderator.streams;
	};
	return Object.create(moderator, {
		policies: { value: policies, enumerable: true },
		moderate: { value: moderate },
		streams: { get: streams },
		unrecorded: { get: () => moderator.unrecorded && grantModerator(moderator.unrecorded, grant) },
	}) as Moderator;
}
