/** What the audit log keeps of a shadow: how it judged a text beside the live verdict, and how much it did not get to. */
import { createHash } from "node:crypto";
import { hashPolicy, type TextRecord } from "../audit/index.ts";
import type { Action, ModelIdentity, Policy, PolicyVerdict, Verdict } from "../types.ts";

/** One side of a comparison: all that its decisions depend on. */
export interface SideRecord {
	readonly model: string;
	/** Of all policies, see {@link nameSet}. */
	readonly policies: string;
}

/** What one side says of a policy. */
export interface OpinionRecord {
	readonly risk: number | null;
	readonly action: Action;
}

/** One text, judged by both. */
export interface ShadowRecord {
	readonly kind: "shadow";
	readonly at: string;
	readonly text: TextRecord;
	readonly live: SideRecord & { readonly action: Action };
	readonly shadow: SideRecord & { readonly action: Action };
	/** Null where a side has no such policy. */
	readonly policies: readonly {
		readonly policy: string;
		readonly live: OpinionRecord | null;
		readonly shadow: OpinionRecord | null;
	}[];
}

/** Texts since the last such record that the shadow was to judge and did not. */
export interface ShadowMissedRecord {
	readonly kind: "shadow_missed";
	readonly at: string;
	/** There was no room in its queue. */
	readonly dropped: number;
	/** It could not judge them. */
	readonly failed: number;
}

/** `sha256:` of all that decides in a set of policies. */
export function nameSet(policies: readonly Policy[]): string {
	const hashes = policies.map(hashPolicy).sort();
	return `sha256:${createHash("sha256").update(hashes.join("\n")).digest("hex")}`;
}

/** A verdict's model and what it was asked under. */
export function toSide(model: ModelIdentity, policies: string): SideRecord {
	return { model: model.hash, policies };
}

/** Both opinions of every policy that either side has, in order of their names. */
export function toOpinions(live: Verdict, shadow: Verdict): ShadowRecord["policies"] {
	const a = byId(live.policies);
	const b = byId(shadow.policies);
	const ids = [...new Set([...a.keys(), ...b.keys()])].sort();
	return ids.map((policy) => ({ policy, live: toOpinion(a.get(policy)), shadow: toOpinion(b.get(policy)) }));
}

function byId(verdicts: readonly PolicyVerdict[]): Map<string, PolicyVerdict> {
	return new Map(verdicts.map((verdict) => [verdict.policy, verdict]));
}

function toOpinion(verdict: PolicyVerdict | undefined): OpinionRecord | null {
	return verdict === undefined ? null : { risk: verdict.risk, action: verdict.action };
}
