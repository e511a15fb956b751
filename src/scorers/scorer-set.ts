/**
 * Several scorers as one: each policy goes to the scorer of its kind, all of them at the same time, and a text's scores are
 * put together. Policies of one scorer go in one call. Knows no cascade.
 */
import { createHash } from "node:crypto";
import { SluiceError } from "../errors.ts";
import type { LeafSpec, ModelIdentity, Policy } from "../types.ts";
import { labelOf, type MemberName, memberOf, missingMember, type ScorerMembers } from "./members.ts";
import { checkCount, createScoreDraft, decisionOf, takePolicy } from "./merge-scores.ts";
import type { Scorer } from "./scorer.ts";
import { together } from "./yes-no/calls.ts";

/** Policies of one scorer. */
interface Group {
	readonly scorer: Scorer;
	readonly policies: Policy[];
	/** As decisions name the scorer. */
	readonly label: string;
}

/**
 * Builds the set and takes over its members: closing it closes them. Its longest text is the shortest of theirs. `check`
 * and `score` throw `invalid_policy` naming the setting where a policy's scorer is not there.
 */
export function createScorerSet(members: ScorerMembers): Scorer {
	const named = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
	const scorers = [...new Set(named.map(([, scorer]) => scorer))];
	const plans = new WeakMap<readonly Policy[], readonly Group[]>();
	const planOf = (policies: readonly Policy[]): readonly Group[] => {
		const known = plans.get(policies);
		if (known !== undefined) return known;
		const plan = toGroups(policies, members);
		plans.set(policies, plan);
		return plan;
	};

	return {
		model: toIdentity(scorers.map(({ model }) => model)),
		maxCharacters: Math.min(...scorers.map(({ maxCharacters }) => maxCharacters)),
		streams: members.head?.streams,
		check: (policy) => findMember(policy, members).check(policy),
		async score(contents, policies, options = {}) {
			const groups = planOf(policies);
			const [only] = groups;
			if (only !== undefined && groups.length === 1) return only.scorer.score(contents, policies, options);
			const parts = await together(
				options,
				groups.map((group) => async (call) => {
					const began = performance.now();
					const scores = checkCount(await group.scorer.score(contents, group.policies, call), contents.length);
					return { group, scores, ms: performance.now() - began };
				}),
			);
			return contents.map((_, i) => {
				const draft = createScoreDraft();
				for (const { group, scores, ms } of parts)
					for (const { id } of group.policies)
						takePolicy(draft, id, scores[i]!, decisionOf(scores[i]!, id, { scorer: group.label, ms }));
				return draft;
			});
		},
		load: () => {
			const loads = scorers.map((scorer) => scorer.load());
			const sum = (of: "queued" | "running"): number => loads.reduce((total, load) => total + load[of], 0);
			return { queued: sum("queued"), running: sum("running") };
		},
		async close() {
			await Promise.all(scorers.map((scorer) => scorer.close()));
		},
	};
}

function toGroups(policies: readonly Policy[], members: ScorerMembers): readonly Group[] {
	const groups = new Map<MemberName, Group>();
	for (const policy of policies) {
		const spec = leafOf(policy);
		const scorer = findMember(policy, members);
		const group = groups.get(memberOf(spec)) ?? { scorer, policies: [], label: labelOf(spec) };
		group.policies.push(policy);
		groups.set(memberOf(spec), group);
	}
	return [...groups.values()];
}

function findMember(policy: Policy, members: ScorerMembers): Scorer {
	const spec = leafOf(policy);
	const scorer = members[memberOf(spec)];
	if (scorer === undefined) throw missingMember(policy.id, spec);
	return scorer;
}

function leafOf({ id, scorer }: Policy): LeafSpec {
	if (scorer.kind !== "cascade") return scorer;
	const detail = `policy ${id}: scorer.kind "cascade" is not measured by a single scorer`;
	throw new SluiceError("invalid_policy", { detail, pointer: "/scorer/kind" });
}

/** One model's own identity, or all of them in one. */
function toIdentity(models: readonly ModelIdentity[]): ModelIdentity {
	if (models.length === 1) return models[0]!;
	const hash = createHash("sha256").update(JSON.stringify(models.map((model) => [model.id, model.hash])));
	return { id: models.map(({ id }) => id).join("+"), hash: hash.digest("hex") };
}
