/** Two sets of policies as one: what both have is measured once, and each set's verdict is put together from its part. */
import { hashPolicy } from "../audit/index.ts";
import { ACTIONS, type Action, type Policy, type PolicyVerdict } from "../types.ts";

/** Stands behind the id of a changed policy's new form while both are measured; no id has it. */
const MARK = "~after";

/** How a policy differs. */
export interface ChangedPolicy {
	readonly policy: string;
	readonly change: "changed" | "added" | "removed";
	/** `sha256:` of what decides in it; null where there is none. */
	readonly before: string | null;
	readonly after: string | null;
}

/** What a set says of one text. */
export interface SetOpinion {
	readonly action: Action;
	readonly policies: ReadonlyMap<string, PolicyVerdict>;
}

/** See the header. */
export interface PolicyChange {
	/** All that have to be measured. */
	readonly union: readonly Policy[];
	readonly changed: readonly ChangedPolicy[];
	/** Ids of either set, in order. */
	readonly ids: readonly string[];
	split(verdicts: readonly PolicyVerdict[]): { readonly before: SetOpinion; readonly after: SetOpinion };
}

/** What differs between two sets. */
export function toPolicyChange(before: readonly Policy[], after: readonly Policy[]): PolicyChange {
	const old = new Map(before.map((policy) => [policy.id, policy]));
	const next = new Map(after.map((policy) => [policy.id, policy]));
	const ids = [...new Set([...old.keys(), ...next.keys()])].sort();
	const hashOf = (policy: Policy | undefined): string | null => (policy === undefined ? null : hashPolicy(policy));
	const changed = ids.flatMap((policy): ChangedPolicy[] => {
		const [a, b] = [hashOf(old.get(policy)), hashOf(next.get(policy))];
		if (a === b) return [];
		return [{ policy, change: a === null ? "added" : b === null ? "removed" : "changed", before: a, after: b }];
	});
	const isNew = new Set(changed.filter(({ after: b }) => b !== null).map(({ policy }) => policy));
	const renamed = [...isNew].map((id) => ({ ...next.get(id)!, id: id + MARK }));
	return {
		union: [...before, ...renamed],
		changed,
		ids,
		split(verdicts) {
			const all = new Map(verdicts.map((verdict) => [verdict.policy, verdict]));
			const pick = (set: ReadonlyMap<string, Policy>, nameOf: (id: string) => string): SetOpinion =>
				toOpinion([...set.keys()].map((id) => [id, all.get(nameOf(id))!]));
			return { before: pick(old, (id) => id), after: pick(next, (id) => (isNew.has(id) ? id + MARK : id)) };
		},
	};
}

function toOpinion(entries: readonly [string, PolicyVerdict][]): SetOpinion {
	const severity = Math.max(...entries.map(([, { action }]) => ACTIONS.indexOf(action)));
	return { action: ACTIONS[severity] ?? "block", policies: new Map(entries) };
}
