/**
 * Verdicts between a worker and a gateway that judge by the same policies: without what both know. A verdict that does not
 * fit the policies is an error, never a verdict.
 */
import { SluiceError } from "../errors.ts";
import { highestRisk } from "../moderator.ts";
import { ACTIONS, type Decision, type ModelIdentity, type Policy, type Span, type Verdict } from "../types.ts";

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

/** What both ends know. */
export interface VerdictFacts {
	readonly policies: readonly Policy[];
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

/** The verdict that was sent; throws `inference_failed` where it does not say something valid about every policy. */
export function toVerdict(wire: WireVerdict, { policies, model, latencyMs }: VerdictFacts): Verdict {
	try {
		check(wire.risks.length === policies.length && wire.actions.length === policies.length);
		const spans =
			wire.spans.length === 0 ? NO_SPANS : new Map(wire.spans.map(([place, ...of]) => [place, toSpans(of)]));
		const judged = policies.map(({ id, thresholds: { flag, block } }, place) => {
			const risk = wire.risks[place]!;
			const action = ACTIONS[wire.actions[place]!];
			const decision = wire.decisions[wire.of?.[place] ?? 0];
			check(action !== undefined && decision !== undefined);
			if (decision.instead === undefined) check(typeof risk === "number" && risk >= 0 && risk <= 1);
			else check(risk === null);
			check(action === (decision.instead?.action ?? (risk! >= block ? "block" : risk! >= flag ? "flag" : "allow")));
			return { policy: id, risk, thresholds: { flag, block }, action, spans: spans.get(place) ?? [], decision };
		});
		const { characters, tokens } = wire;
		check(typeof characters === "number" && typeof tokens === "number");
		return {
			action: ACTIONS[Math.max(...wire.actions)]!,
			risk: highestRisk(judged),
			policies: judged,
			model,
			coverage: { characters, tokens, complete: true },
			latencyMs,
		};
	} catch (cause) {
		throw new SluiceError("inference_failed", { detail: "a worker's answer is not a valid verdict", cause });
	}
}

const NO_SPANS: ReadonlyMap<number | undefined, Span[]> = new Map();

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
