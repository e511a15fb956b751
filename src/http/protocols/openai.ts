/**
 * OpenAI's moderation format: its schemas, its input forms as texts, and verdicts as its thirteen categories.
 * A category no policy maps to is never invented: false, 0, and no applied input type.
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import type { ModelIdentity, Policy, PolicyVerdict } from "../../types.ts";
import { checkText, type TextInputs, toTextInputs } from "../text-inputs.ts";
import { type CategoryMap, toServiceMap, verdictsOf } from "./category-map.ts";

/** The categories of omni-moderation, in OpenAI's order. */
export const OPENAI_CATEGORIES = [
	"harassment",
	"harassment/threatening",
	"sexual",
	"hate",
	"hate/threatening",
	"illicit",
	"illicit/violent",
	"self-harm/intent",
	"self-harm/instructions",
	"self-harm",
	"sexual/minors",
	"violence",
	"violence/graphic",
] as const;
/** One of {@link OPENAI_CATEGORIES}. */
export type OpenAiCategory = (typeof OPENAI_CATEGORIES)[number];

/** A part of a multi-part input. */
export type ModerationPart = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

/** Body of POST /v1/moderations. */
export interface ModerationRequest {
	input: string | string[] | ModerationPart[];
	model?: string | undefined;
}

/** One judged input. */
export interface ModerationResult {
	flagged: boolean;
	categories: Record<OpenAiCategory, boolean>;
	category_scores: Record<OpenAiCategory, number>;
	category_applied_input_types: Record<OpenAiCategory, "text"[]>;
}

/** Answer of POST /v1/moderations. */
export interface ModerationResponse {
	id: string;
	model: string;
	results: ModerationResult[];
}

/** Parses {@link ModerationRequest}; unknown fields are ignored, as OpenAI does. */
export const ModerationRequestSchema: z.ZodType<ModerationRequest> = z
	.object({
		input: z
			.union(
				[
					z.string(),
					z.array(z.string()),
					z.array(
						z.discriminatedUnion(
							"type",
							[
								z.object({ type: z.literal("text"), text: z.string() }),
								z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) }),
							],
							{ error: "must be a part {type: 'text', text} or {type: 'image_url', image_url}" },
						),
					),
				],
				{ error: "must be a string, an array of strings, or an array of parts" },
			)
			.openapi({
				description: "A text, several texts (one result each), or the parts of one text. Image parts are refused.",
				example: "I will find you and hurt you.",
			}),
		model: z.string().optional().openapi({ description: "OpenAI's moderation models and our own are accepted" }),
	})
	.openapi("ModerationRequest");

const perCategory = <T extends z.ZodType>(schema: T): z.ZodObject<Record<OpenAiCategory, T>> =>
	z.object(Object.fromEntries(OPENAI_CATEGORIES.map((c) => [c, schema])) as Record<OpenAiCategory, T>);

/** Documents {@link ModerationResponse}. */
export const ModerationResponseSchema: z.ZodType<ModerationResponse> = z
	.object({
		id: z.string(),
		model: z.string(),
		results: z.array(
			z.object({
				flagged: z.boolean().openapi({ description: "Whether any category is true" }),
				categories: perCategory(z.boolean()),
				category_scores: perCategory(z.number().min(0).max(1)).openapi({
					description: "1 or 0 where a policy declares an action instead of a risk: 1 to flag or block, 0 to allow",
				}),
				category_applied_input_types: perCategory(z.array(z.literal("text"))).openapi({
					description: 'Empty for a category that is not measured: its false and 0 mean "unknown"',
				}),
			}),
		),
	})
	.openapi("ModerationResponse");

/** The input as texts: parts are one text, joined by line breaks. Throws `unsupported_input` for an image. */
export function parseModerationInput(input: ModerationRequest["input"]): TextInputs {
	if (!isParts(input)) return toTextInputs(input, "input");
	const texts = input.map((part, i) => {
		if (part.type !== "text")
			throw new SluiceError("unsupported_input", {
				detail: `/input/${i}: images cannot be moderated; send text parts only`,
				pointer: `/input/${i}`,
			});
		checkText(part.text, `/input/${i}/text`);
		return part.text;
	});
	return { contents: [texts.join("\n")], pointers: [texts.length === 1 ? "/input/0/text" : "/input"] };
}

function isParts(input: ModerationRequest["input"]): input is ModerationPart[] {
	return Array.isArray(input) && typeof input[0] === "object";
}

/** Throws `invalid_request` for a model that is neither one of OpenAI's moderation models nor ours. */
export function checkModelName(name: string | undefined, moderator: { readonly model: ModelIdentity }): void {
	if (name === undefined || /^(openai\/)?(omni|text)-moderation-[\w.-]{1,40}$/.test(name)) return;
	const ownId = moderator.model.id;
	if (name === ownId) return;
	throw new SluiceError("invalid_request", {
		detail: `/model: is not served here; leave it out, or name ${ownId} or an OpenAI moderation model`,
		pointer: "/model",
	});
}

/** Which policies measure a category; categories without any are left out. Throws `invalid_policy` for a name OpenAI does not have. */
export function toCategoryMap(policies: readonly Policy[]): CategoryMap<OpenAiCategory> {
	return toServiceMap(policies, "openai", OPENAI_CATEGORIES);
}

/** What of a verdict decides over categories. */
type Judged = { readonly policies: readonly Pick<PolicyVerdict, "policy" | "risk" | "action">[] };

/**
 * A verdict in OpenAI's words: a category is true when a policy mapped to it does not allow, its score is their highest risk.
 * A policy without a risk counts as 1 where what happens instead is a flag or a block, as 0 where it is to allow.
 */
export function toModerationResult(verdict: Judged, categoryMap: CategoryMap<OpenAiCategory>): ModerationResult {
	const categories = {} as Record<OpenAiCategory, boolean>;
	const scores = {} as Record<OpenAiCategory, number>;
	const types = {} as Record<OpenAiCategory, "text"[]>;
	let flagged = false;
	for (const category of OPENAI_CATEGORIES) {
		const ids = categoryMap.get(category);
		categories[category] = false;
		scores[category] = 0;
		types[category] = ids === undefined ? [] : ["text"];
		if (ids === undefined) continue;
		for (const { risk, action } of verdictsOf(verdict, ids)) {
			const isTrue = action !== "allow";
			categories[category] ||= isTrue;
			scores[category] = Math.max(scores[category], risk ?? (isTrue ? 1 : 0));
			flagged ||= isTrue;
		}
	}
	return { flagged, categories, category_scores: scores, category_applied_input_types: types };
}
