/**
 * Sluice's own format for POST /v1/classify: everything a verdict says, per policy, in snake_case.
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import { highestRisk } from "../../moderator.ts";
import { ACTIONS, type Action, type Budget, type ModelIdentity, type Policy, type Verdict } from "../../types.ts";
import { DecisionSchema, toWireDecision, type WireDecision } from "./decision.ts";

/** A text, or a model's answer with the prompt it answers. */
export type ClassifyInput = string | { prompt: string; response: string };

/** Body of POST /v1/classify. */
export interface ClassifyRequest {
	input: ClassifyInput | ClassifyInput[];
	policies?: string[] | undefined;
	budget?: { max_escalations?: number | undefined; offline?: boolean | undefined } | undefined;
}

/** One judged text. Offsets are UTF-16 code units of the text as sent, end exclusive. */
export interface ClassifyResult {
	action: Action;
	risk: number | null;
	policies: {
		policy: string;
		risk: number | null;
		thresholds: { flag: number; block: number };
		action: Action;
		spans: { start: number; end: number; weight: number }[];
		decision: WireDecision;
	}[];
	coverage: { characters: number; tokens: number; complete: true };
	latency_ms: number;
}

/** Answer of POST /v1/classify. */
export interface ClassifyResponse {
	id: string;
	model: ModelIdentity;
	results: ClassifyResult[];
}

const exchange = z.strictObject({ prompt: z.string(), response: z.string() }).openapi("Exchange", {
	description: "A model's answer and the prompt it answers: the response is judged; an empty prompt is none",
});
const content = z.union([z.string(), exchange], { error: "must be a string or an object {prompt, response}" });

/** Parses {@link ClassifyRequest}; unknown fields are errors. */
export const ClassifyRequestSchema: z.ZodType<ClassifyRequest> = z
	.strictObject({
		input: z
			.union([z.string(), exchange, z.array(content)], {
				error: "must be a string, an object {prompt, response}, or an array of these",
			})
			.openapi({
				description: "A text or an exchange, or several of them (one result each)",
				example: "You are a worthless idiot.",
			}),
		policies: z
			.array(z.string())
			// refine, not min: zod runs min on anything that has a length, and a hostile length makes it throw
			.refine((ids) => ids.length > 0, { error: "must not be empty" })
			.optional()
			.openapi({ description: "Ids of the policies to judge by; all of them when left out", minItems: 1 }),
		budget: z
			.strictObject({
				max_escalations: z
					.int()
					.min(0)
					.optional()
					.openapi({ description: "Texts × policies that may go to a second scorer; no limit when left out" }),
				offline: z.boolean().optional().openapi({ description: "Whether to wait for the offline model" }),
			})
			.optional()
			.openapi({ description: "What may be spent on expensive scorers, beside the deadline" }),
	})
	.openapi("ClassifyRequest");

/** The budget in our own words. */
export function toBudget(budget: ClassifyRequest["budget"]): Budget | undefined {
	return budget && { maxEscalations: budget.max_escalations, offline: budget.offline };
}

const risk = z.number().min(0).max(1).nullable().openapi({
	description: "Null where there is no risk and a declared action stands in for it",
});
const action = z.enum(ACTIONS);

/** Documents {@link ClassifyResponse}. */
export const ClassifyResponseSchema: z.ZodType<ClassifyResponse> = z
	.object({
		id: z.string(),
		model: z.object({ id: z.string(), hash: z.string() }).openapi({
			description: "The model and the content hash of every file that decides its scores",
		}),
		results: z.array(
			z.object({
				action,
				risk,
				policies: z.array(
					z.object({
						policy: z.string(),
						risk,
						thresholds: z.object({ flag: z.number(), block: z.number() }),
						action,
						spans: z
							.array(z.object({ start: z.int(), end: z.int(), weight: z.number() }))
							.openapi({ description: "Riskiest parts of the text: UTF-16 offsets, end exclusive, share of the risk" }),
						decision: DecisionSchema,
					}),
				),
				coverage: z.object({ characters: z.int(), tokens: z.int(), complete: z.literal(true) }),
				latency_ms: z.number(),
			}),
		),
	})
	.openapi("ClassifyResponse");

/** The wanted policy ids, or all. Throws `invalid_request` for an unknown id, naming the known ones. */
export function parsePolicyIds(ids: readonly string[] | undefined, policies: readonly Policy[]): ReadonlySet<string> {
	const known = policies.map((p) => p.id);
	const wrong = ids?.findIndex((id) => !known.includes(id)) ?? -1;
	if (wrong >= 0)
		throw new SluiceError("invalid_request", {
			detail: `/policies/${wrong}: is not a policy; the policies are ${known.join(", ")}`,
			pointer: `/policies/${wrong}`,
		});
	return new Set(ids ?? known);
}

/** A verdict cut down to the wanted policies; action and risk are those of these policies. */
export function toClassifyResult(verdict: Verdict, wanted: ReadonlySet<string>): ClassifyResult {
	const policies = verdict.policies.filter((p) => wanted.has(p.policy));
	return {
		action: ACTIONS[Math.max(...policies.map((p) => ACTIONS.indexOf(p.action)))] ?? "block",
		risk: highestRisk(policies),
		policies: policies.map((p) => ({
			policy: p.policy,
			risk: p.risk,
			thresholds: { flag: p.thresholds.flag, block: p.thresholds.block },
			action: p.action,
			spans: p.spans.map(({ start, end, weight }) => ({ start, end, weight })),
			decision: toWireDecision(p.decision),
		})),
		coverage: verdict.coverage,
		latency_ms: Math.round(verdict.latencyMs * 1000) / 1000,
	};
}
