/**
 * Outcomes of a content's pieces -> its score: per policy the highest risk of its categories over all pieces, or, where one
 * piece has none, the policy's declared consequence. A part of a text is no text: there are no partial risks.
 */
import { isSluiceError, SluiceError } from "../../errors.ts";
import type { Decision, RemoteSpec, Score } from "../../types.ts";
import type { Outcome } from "./read-all.ts";
import { type Reading, remoteFailed } from "./service.ts";

/** A policy as the remote scorer sees it. */
export type RemotePolicy = { readonly id: string } & Pick<RemoteSpec, "categories" | "onFailure">;

/** Throws the failure of a policy that declares `fail`. */
export function toScore(
	outcomes: readonly Outcome[],
	policies: readonly RemotePolicy[],
	of: { readonly service: string; readonly ms: number },
): Score {
	const risks: Record<string, number> = {};
	const decisions: Record<string, Decision> = {};
	for (const { id, categories, onFailure } of policies) {
		const base = { scorer: `remote:${of.service}`, stages: 1, ms: of.ms };
		try {
			const readings = outcomes.map(toReading);
			risks[id] = toRisk(readings, categories, of.service);
			decisions[id] = { ...base, ...toFacts(readings) };
		} catch (error) {
			if (onFailure === "fail" || !isSluiceError(error)) throw error;
			decisions[id] = { ...base, instead: { action: onFailure, reason: "failed" } };
		}
	}
	return { risks, spans: {}, tokens: 0, decisions };
}

function toReading(outcome: Outcome): Reading {
	if (outcome instanceof SluiceError) throw outcome;
	return outcome;
}

function toRisk(readings: readonly Reading[], categories: readonly string[], service: string): number {
	let highest = 0;
	for (const reading of readings)
		for (const category of categories) {
			const risk = reading.risk(category);
			if (risk === undefined) throw remoteFailed(service, `left out the category "${category}"`);
			highest = Math.max(highest, risk);
		}
	return highest;
}

function toFacts(readings: readonly Reading[]): Pick<Decision, "windows" | "basis"> {
	const basis = readings.some((reading) => reading.basis === "label") ? "label" : readings[0]?.basis;
	return { ...(basis !== undefined && { basis }), ...(readings.length > 1 && { windows: readings.length }) };
}
