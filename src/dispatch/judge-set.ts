/**
 * What a worker judges by, as one name: the same policies on the same model give the same name on every machine. The queue
 * of single requests is named after it, so a gateway's requests reach no worker that judges by anything else.
 */
import { createHash } from "node:crypto";
import type { ModelIdentity, Policy } from "../types.ts";

/** Of the messages in this room; a process of another version shares no queue with this one. */
export const WIRE_VERSION = 1;

/** SHA-256 of everything in the policies that decides a verdict, in their order; examples and names for people do not. */
export function fingerprintPolicies(policies: readonly Policy[]): string {
	const deciding = policies.map(({ id, guideline, scorer, thresholds: { flag, block } }) => ({
		...{ id, guideline, scorer, flag, block },
	}));
	return `sha256:${hash(toCanonicalJson(deciding))}`;
}

/** Name of the queue of what judges by these policies on this model. */
export function toScoreQueue(policies: string, model: ModelIdentity): string {
	return `score-${hash(`${WIRE_VERSION} ${policies} ${model.id} ${model.hash}`).slice(0, 16)}`;
}

function hash(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** JSON with the keys of every object in one order. */
function toCanonicalJson(value: unknown): string {
	return JSON.stringify(value, (_, inner: unknown) =>
		inner !== null && typeof inner === "object" && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);
}
