/**
 * Verdicts between a worker and a gateway that judge by the same policies: without what both know. A verdict that does not
 * fit the policies is an error, never a verdict.
 */
import { SluiceError } from "../errors.ts";
import { highestRisk } from "../moderator.ts";
import {
	ACTIONS,
	type Action,
	type Decision,
	type ModelIdentity,
	type Policy,
	type PolicyVerdict,
	type Span,
	type Verdict,
} from "../types.ts";

/** A verdict on the wire; lists are in the order of the policies. */
export interface WireVerdict {
	readonly risks: readonly (number | null)[];
	/** Places in {@link ACTIONS}. */
	readonly actions: readonly number[];
	/** Policies without spans are left out: place of the policy, then start, end, weight of each. */
	readonly spans: readonly (readonly number[])[];
	/** Different decisions, and which one each policy has; the first where left out. */
	readonly decisions: readonly Decision[];
	readonly of?: readonly number[] | undefined;
	readonly characters: number;
	readonly tokens: number;
}

/** What is known of a verdict beside what was sent. */
export interface VerdictFacts {
	readonly model: ModelIdentity;
	readonly latencyMs: number;
}

/** A verdict, to be sent. */
export function toWireVerdict({ policies, coverage }: Verdict): WireVerdict {
	const decisions: Decision[] = [];
	const of: number[] = [];
	const spans: number[][] = [];
	for (const [place, policy] of policies.entries()) {
		const known = decisions.findIndex((decision) => isSame(decision, policy.decision));
		of.push(known >= 0 ? known : decisions.push(policy.decision) - 1);
		if (policy.spans.length > 0)
			spans.push([place, ...policy.spans.flatMap(({ start, end, weight }) => [start, end, weight])]);
	}
	return {
		risks: policies.map(({ risk }) => risk),
		actions: policies.map(({ action }) => ACTIONS.indexOf(action)),
		spans,
		decisions,
		of: decisions.length > 1 ? of : undefined,
		characters: coverage.characters,
		tokens: coverage.tokens,
	};
}

function isSame(a: Decision, b: Decision): boolean {
	if (a === b) return true;
	if (a.ms !== b.ms || a.scorer !== b.scorer || a.tokens !== b.tokens) return false;
	return JSON.stringify(a) === JSON.stringify(b);
}

/** Reads verdicts by these policies; throws `inference_failed` where one does not say something valid about every policy. */
export function createVerdictReader(policies: readonly Policy[]): (wire: WireVerdict, facts: VerdictFacts) => Verdict {
	// thousands of verdicts a second share what is the same in all of them
	const known = policies.map(({ id, thresholds: { flag, block } }) => ({ id, thresholds: { flag, block } }));
	const read = (wire: WireVerdict, { model, latencyMs }: VerdictFacts): Verdict => {
		const { risks, actions, decisions, of, characters, tokens } = wire;
		check(risks.length === known.length && actions.length === known.length);
		check(typeof characters === "number" && typeof tokens === "number");
		const spans =
			wire.spans.length === 0 ? NO_PLACES : new Map(wire.spans.map(([place, ...of]) => [place, toSpans(of)]));
		let severity = 0;
		const judged = known.map(({ id, thresholds }, place): PolicyVerdict => {
			const risk = risks[place]!;
			const decision = decisions[of?.[place] ?? 0];
			const action = ACTIONS[actions[place]!];
			check(decision !== undefined && action !== undefined && action === actionOf(risk, thresholds, decision));
			severity = Math.max(severity, actions[place]!);
			return { policy: id, risk, thresholds, action, spans: spans.get(place) ?? NO_SPANS, decision };
		});
		const coverage = { characters, tokens, complete: true } as const;
		return { action: ACTIONS[severity]!, risk: highestRisk(judged), policies: judged, model, coverage, latencyMs };
	};
	return (wire, facts) => {
		try {
			return read(wire, facts);
		} catch (cause) {
			throw new SluiceError("inference_failed", { detail: "a worker's answer is not a valid verdict", cause });
		}
	};
}

const NO_PLACES: ReadonlyMap<number | undefined, Span[]> = new Map();
const NO_SPANS: readonly Span[] = [];

/** What follows from a risk, or from there being none; undefined where a policy has neither, or both. */
function actionOf(risk: number | null, of: PolicyVerdict["thresholds"], { instead }: Decision): Action | undefined {
	if (instead !== undefined) return risk === null ? instead.action : undefined;
	if (typeof risk !== "number" || !(risk >= 0 && risk <= 1)) return undefined;
	return risk >= of.block ? "block" : risk >= of.flag ? "flag" : "allow";
}

function toSpans(numbers: readonly number[]): Span[] {
	check(numbers.length % 3 === 0 && numbers.every((number) => typeof number === "number"));
	return Array.from({ length: numbers.length / 3 }, (_, i) => {
		const [start, end, weight] = numbers.slice(i * 3, i * 3 + 3);
		return { start: start!, end: end!, weight: weight! };
	});
}

function check(isValid: boolean): asserts isValid {
	if (!isValid) throw new Error("invalid");
}
