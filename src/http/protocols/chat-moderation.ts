/**
 * OpenAI's shape for what moderation found of a completion: results of the request's texts and of the choices, or an error in
 * their place. https://platform.openai.com/docs/api-reference/chat/object
 */
import { z } from "@hono/zod-openapi";
import type { ChoiceJudgement, InputJudgement, JudgeFailure } from "../../chat/index.ts";
import type { Moderator } from "../../moderator.ts";
import type { Action, Policy } from "../../types.ts";
import type { CategoryMap } from "./category-map.ts";
import { type ModerationResult, type OpenAiCategory, toModerationResult } from "./openai.ts";

/** One side's results or error. */
export type WireModerationSide =
	| {
			type: "moderation_results";
			model: string;
			results: (ModerationResult & { type: "moderation_result"; model: string })[];
	  }
	| { type: "error"; code: string; message: string };

/** Both sides. */
export interface WireModeration {
	input: WireModerationSide;
	output: WireModerationSide;
}

const sideSchema = z.union([
	z.object({
		type: z.literal("moderation_results"),
		model: z.string(),
		results: z.array(z.looseObject({ type: z.literal("moderation_result"), flagged: z.boolean() })),
	}),
	z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);

/** Documents {@link WireModeration}. */
export const ModerationSchema: z.ZodType<object> = z
	.object({ input: sideSchema, output: sideSchema })
	.openapi("CompletionModeration");

/** What the results are made with. */
export interface ModerationParts {
	readonly moderator: Pick<Moderator, "model" | "policies">;
	readonly categoryMap: CategoryMap<OpenAiCategory>;
}

/** One result per judged text of the request, in order, and one per choice that has text. */
export function toWireModeration(
	{ moderator, categoryMap }: ModerationParts,
	input: InputJudgement,
	choices: readonly ChoiceJudgement[],
): WireModeration {
	const { policies } = moderator;
	const model = moderator.model.id;
	const toSide = (judged: readonly Judged[], failure: JudgeFailure | undefined): WireModerationSide =>
		failure !== undefined
			? { type: "error", code: failure.code, message: failure.detail }
			: {
					type: "moderation_results",
					model,
					results: judged.map((verdict) => ({
						type: "moderation_result",
						model,
						...toModerationResult(verdict, categoryMap),
					})),
				};
	const spoken = choices.filter(({ risks }) => Object.keys(risks).length > 0);
	return {
		input: toSide(input.verdicts, input.failure),
		output: toSide(
			spoken.map(({ risks }) => ({ policies: policies.map((policy) => toJudged(policy, risks)) })),
			choices.find(({ failure }) => failure !== undefined)?.failure,
		),
	};
}

type Judged = Parameters<typeof toModerationResult>[0];

function toJudged(
	{ id, thresholds }: Policy,
	risks: ChoiceJudgement["risks"],
): { policy: string; risk: number | null; action: Action } {
	const risk = risks[id]!;
	return { policy: id, risk, action: risk >= thresholds.block ? "block" : risk >= thresholds.flag ? "flag" : "allow" };
}
