/**
 * How a decision looks on the wire, in snake_case: which scorer decided, what it cost, what stands in for a missing risk.
 */
import { z } from "@hono/zod-openapi";
import { ACTIONS, type Action, type Decision } from "../../types.ts";

const BASES = ["probability", "label"] as const;
const LACKS = ["escalations", "time", "offline"] as const;
const REASONS = ["exhausted", "failed"] as const;

/** A decision as JSON. */
export interface WireDecision {
	scorer: string;
	stages: number;
	ms: number;
	tokens?: number | undefined;
	windows?: number | undefined;
	basis?: (typeof BASES)[number] | undefined;
	lacked?: (typeof LACKS)[number] | undefined;
	instead?: { action: Action; reason: (typeof REASONS)[number] } | undefined;
}

/** Documents {@link WireDecision}. */
export const DecisionSchema: z.ZodType<WireDecision> = z
	.object({
		scorer: z.string().openapi({ description: "Kind of the scorer that decided", example: "head" }),
		stages: z.int().openapi({ description: "Scorers asked" }),
		ms: z.number().openapi({ description: "Time the deciding scorer took for the request's texts" }),
		tokens: z.int().optional().openapi({ description: "Tokens it read for this policy" }),
		windows: z.int().optional().openapi({ description: "Windows a text longer than the model's context was read in" }),
		basis: z
			.enum(BASES)
			.optional()
			.openapi({ description: "Whether the risk is a probability or only a label as a number" }),
		lacked: z.enum(LACKS).optional().openapi({
			description: "The first scorer's risk was in doubt, and this part of the budget was missing for the second",
		}),
		instead: z
			.object({ action: z.enum(ACTIONS), reason: z.enum(REASONS) })
			.optional()
			.openapi({ description: "There is no risk: the action the policy declares for that, and why" }),
	})
	.openapi("Decision");

/** The decision with times in whole microseconds. */
export function toWireDecision({
	scorer,
	stages,
	ms,
	tokens,
	windows,
	basis,
	lacked,
	instead,
}: Decision): WireDecision {
	return {
		scorer,
		stages,
		ms: Math.round(ms * 1000) / 1000,
		...(tokens !== undefined && { tokens }),
		...(windows !== undefined && { windows }),
		...(basis !== undefined && { basis }),
		...(lacked !== undefined && { lacked }),
		...(instead !== undefined && { instead: { action: instead.action, reason: instead.reason } }),
	};
}
