/**
 * Verdicts between a worker and a gateway that judge by the same policies: without what both know. A verdict that does not
 * fit the policies is an error, never a verdict.
 */
import { SluiceError } from "../errors.ts";
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
	const places = new Map<string, number>();
	const decisions: Decision[] = [];
	const of = policies.map(({ decision }) => {
		const text = JSON.stringify(decision);
		const known = places.get(text);
		if (known !== undefined) return known;
		places.set(text, decisions.length);
		return decisions.push(decision) - 1;
	});
	return {
		risks: policies.map(({ risk }) => risk),
		actions: policies.map(({ action }) => ACTIONS.indexOf(action)),
		spans: policies.flatMap(({ spans }, place) =>
			spans.length === 0 ? [] : [[place, ...spans.flatMap(({ start, end, weight }) => [start, end, weight])]],
		),
		decisions,
		...(decisions.length > 1 ? { of } : {}),
		characters: coverage.characters,
		tokens: coverage.tokens,
	};
}

/** The verdict that was sent; throws `inference_failed` where it does not say something valid about every policy. */
export function toVerdict(wire: WireVerdict, { policies, model, latencyMs }: VerdictFacts): Verdict {
	try {
		check(wire.risks.length === policies.length && wire.actions.length === policies.length);
		const spans = new Map(wire.spans.map(([place, ...numbers]) => [place, toSpans(numbers)]));
		const judged = policies.map(({ id, thresholds: { flag, block } }, place) => {
			const risk = wire.risks[place]!;
			const action = ACTIONS[wire.actions[place]!];
			const decision = wire.decisions[wire.of?.[place] ?? 0];
			check(action !== undefined && decision !== undefined);
			if (decision.instead === undefined) check(typeof risk === "number" && risk >= 0 && risk <= 1);
			else check(risk === null);
			return { policy: id, risk, thresholds: { flag, block }, action, spans: spans.get(place) ?? [], decision };
		});
		const risks = judged.flatMap(({ risk }) => (risk === null ? [] : [risk]));
		const { characters, tokens } = wire;
		check(typeof characters === "number" && typeof tokens === "number");
		return {
			action: ACTIONS[Math.max(...wire.actions)]!,
			risk: risks.length === 0 ? null : Math.max(...risks),
			policies: judged,
			model,
			coverage: { characters, tokens, complete: true },
			latencyMs,
		};
	} catch (cause) {
		throw new SluiceError("inference_failed", { detail: "a worker's answer is not a valid verdict", cause });
	}
}

function toSpans(numbers: readonly number[]): Span[] {
	return Array.from({ length: numbers.length / 3 }, (_, i) => {
		const [start, end, weight] = numbers.slice(i * 3, i * 3 + 3);
		return { start: start!, end: end!, weight: weight! };
	});
}

function check(isValid: boolean): asserts isValid {
	if (!isValid) throw new Error("invalid");
}
