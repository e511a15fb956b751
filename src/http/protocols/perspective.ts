/**
 * Perspective's comments:analyze: its schemas, its limits on names, and verdicts as scores per attribute.
 * An attribute that no policy measures is refused, never invented. Offsets are UTF-16 code units, as Perspective's are.
 * https://github.com/conversationai/perspectiveapi/blob/main/2-api/methods.md
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import type { Policy, Verdict } from "../../types.ts";
import { type CategoryMap, highestRiskOf, toServiceMap } from "./category-map.ts";
import { enumName, protoEnum } from "./proto-json.ts";
import type { TextRange } from "./sentences.ts";

/** Perspective's attributes for production, the experimental ones, and those of the New York Times' comments. */
export const PERSPECTIVE_ATTRIBUTES = [
	"TOXICITY",
	"SEVERE_TOXICITY",
	"IDENTITY_ATTACK",
	"INSULT",
	"PROFANITY",
	"THREAT",
	"SEXUALLY_EXPLICIT",
	"FLIRTATION",
	"ATTACK_ON_AUTHOR",
	"ATTACK_ON_COMMENTER",
	"INCOHERENT",
	"INFLAMMATORY",
	"LIKELY_TO_REJECT",
	"OBSCENE",
	"SPAM",
	"UNSUBSTANTIAL",
] as const;
/** One of {@link PERSPECTIVE_ATTRIBUTES}. */
export type PerspectiveAttribute = (typeof PERSPECTIVE_ATTRIBUTES)[number];

const TEXT_TYPES = ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"] as const;
const SCORE_TYPES = ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"] as const;

/** A text with its type. */
export interface TextEntry {
	text?: string | undefined;
	type?: (typeof TEXT_TYPES)[number] | number | undefined;
}

/** What both methods take beside their scores. */
interface CommentRequest {
	comment?: TextEntry | undefined;
	context?: object | undefined;
	languages?: string[] | undefined;
	sessionId?: string | undefined;
	communityId?: string | undefined;
	clientToken?: string | undefined;
}

/** Body of comments:analyze. */
export interface AnalyzeCommentRequest extends CommentRequest {
	requestedAttributes?:
		| Record<
				string,
				{ scoreType?: (typeof SCORE_TYPES)[number] | number | undefined; scoreThreshold?: number | undefined }
		  >
		| undefined;
	spanAnnotations?: boolean | undefined;
	doNotStore?: boolean | undefined;
	dropUnsupportedAttributes?: boolean | undefined;
}

/** A score. */
export interface PerspectiveScore {
	value: number;
	type: "PROBABILITY";
}

/** An attribute's scores; a part is missing where it is below the request's threshold. */
export interface AttributeScores {
	summaryScore?: PerspectiveScore | undefined;
	spanScores?: { begin: number; end: number; score: PerspectiveScore }[] | undefined;
}

/** Answer of comments:analyze. */
export interface AnalyzeCommentResponse {
	attributeScores?: Record<string, AttributeScores> | undefined;
	languages: string[];
	detectedLanguages: string[];
	clientToken?: string | undefined;
}

/** Body of comments:suggestscore. */
export interface SuggestScoreRequest extends CommentRequest {
	attributeScores?: Record<string, object> | undefined;
}

/** Answer of comments:suggestscore. */
export interface SuggestScoreResponse {
	clientToken?: string | undefined;
	requestedLanguages?: string[] | undefined;
}

const textEntry = z.strictObject({ text: z.string().optional(), type: protoEnum(TEXT_TYPES).optional() });
const context = z
	.strictObject({
		entries: z.array(textEntry).optional(),
		articleAndParentComment: z
			.strictObject({ article: textEntry.optional(), parentComment: textEntry.optional() })
			.optional(),
	})
	.refine((of) => of.entries === undefined || of.articleAndParentComment === undefined, {
		error: "Context can have either entries or article_and_parent_comment, but both fields were populated.",
	});
const languageCode = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$/, "must be a language code like en");
const comment = {
	comment: textEntry.optional(),
	context: context.optional().openapi({ description: "Accepted and not used, as by Perspective" }),
	languages: z.array(languageCode).optional().openapi({ description: "Repeated in the answer; not checked" }),
	sessionId: z.string().optional(),
	communityId: z.string().optional(),
	clientToken: z.string().optional().openapi({ description: "Repeated in the answer" }),
};

/** Parses {@link AnalyzeCommentRequest}; unknown fields are errors. */
export const AnalyzeCommentRequestSchema: z.ZodType<AnalyzeCommentRequest> = z
	.strictObject({
		...comment,
		requestedAttributes: z
			.record(
				z.string(),
				z.strictObject({ scoreType: protoEnum(SCORE_TYPES).optional(), scoreThreshold: z.number().optional() }),
			)
			.optional()
			.openapi({ example: { TOXICITY: {} } }),
		spanAnnotations: z.boolean().optional().openapi({ description: "Whether to score each sentence on its own, too" }),
		doNotStore: z.boolean().optional().openapi({ description: "Texts are not stored in any case" }),
		dropUnsupportedAttributes: z
			.boolean()
			.optional()
			.openapi({ description: "Leave attributes out that no policy measures, instead of refusing them" }),
	})
	.openapi("AnalyzeCommentRequest");

/** Parses {@link SuggestScoreRequest}. */
export const SuggestScoreRequestSchema: z.ZodType<SuggestScoreRequest> = z
	.strictObject({
		...comment,
		attributeScores: z.record(z.string(), z.looseObject({})).optional(),
	})
	.openapi("SuggestScoreRequest");

const score = z.object({ value: z.number().min(0).max(1), type: z.literal("PROBABILITY") });

/** Documents {@link AnalyzeCommentResponse}. */
export const AnalyzeCommentResponseSchema: z.ZodType<AnalyzeCommentResponse> = z
	.object({
		attributeScores: z
			.record(
				z.string(),
				z.object({
					summaryScore: score.optional(),
					spanScores: z
						.array(z.object({ begin: z.int(), end: z.int(), score }))
						.optional()
						.openapi({ description: "A score per sentence; offsets in UTF-16 code units, end exclusive" }),
				}),
			)
			.optional(),
		languages: z.array(z.string()),
		detectedLanguages: z.array(z.string()).openapi({ description: '"und": the language is not detected' }),
		clientToken: z.string().optional(),
	})
	.openapi("AnalyzeCommentResponse");

/** Documents {@link SuggestScoreResponse}. */
export const SuggestScoreResponseSchema: z.ZodType<SuggestScoreResponse> = z
	.object({ clientToken: z.string().optional(), requestedLanguages: z.array(z.string()).optional() })
	.openapi("SuggestScoreResponse");

/** An attribute that is asked for and measured. */
export interface WantedAttribute {
	readonly name: PerspectiveAttribute;
	/** The policies that measure it. */
	readonly policies: readonly string[];
	/** Scores below are not shown. */
	readonly threshold: number;
}

/** Which policies measure an attribute. Throws `invalid_policy` for a name Perspective does not have. */
export function toAttributeMap(policies: readonly Policy[]): CategoryMap<PerspectiveAttribute> {
	return toServiceMap(policies, "perspective", PERSPECTIVE_ATTRIBUTES);
}

/** Throws `invalid_request` where a key of `field` is no attribute of Perspective's; called before the schema, whose messages have keys in them. */
export function checkAttributeNames(body: unknown, field: "requestedAttributes" | "attributeScores"): void {
	const attributes = (body as Record<string, unknown> | null | undefined)?.[field];
	const known: readonly string[] = PERSPECTIVE_ATTRIBUTES;
	if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) return;
	if (Object.keys(attributes).every((name) => known.includes(name))) return;
	throw new SluiceError("invalid_request", {
		detail: `Unknown requested attribute: Perspective has ${known.join(", ")}`,
		pointer: `/${field}`,
	});
}

/** The attributes asked for, in the request's order. Throws `invalid_request` for none, for a score type that is no probability, and for one that no policy measures. */
export function parseAttributes(
	{ requestedAttributes = {}, dropUnsupportedAttributes = false }: AnalyzeCommentRequest,
	map: CategoryMap<PerspectiveAttribute>,
): WantedAttribute[] {
	const asked = Object.entries(requestedAttributes) as [PerspectiveAttribute, { scoreThreshold?: number }][];
	if (asked.length === 0)
		throw new SluiceError("invalid_request", {
			detail: `${MISSING_ATTRIBUTES}: ask for one or more of ${[...map.keys()].join(", ") || "none, for no policy names any"}`,
			pointer: "/requestedAttributes",
		});
	return asked.flatMap(([name, { scoreThreshold = 0 }]) => {
		checkScoreType(name, requestedAttributes[name]?.scoreType);
		const policies = map.get(name);
		if (policies !== undefined) return [{ name, policies, threshold: scoreThreshold }];
		if (dropUnsupportedAttributes) return [];
		throw new SluiceError("invalid_request", {
			detail: `Unknown requested attribute: ${name} is measured by no policy here; measured are ${[...map.keys()].join(", ") || "none"}`,
			pointer: `/requestedAttributes/${name}`,
		});
	});
}

/** The comment's text. Throws `invalid_request` for an empty one, `unsupported_input` for HTML. */
export function parseComment({ comment: entry = {} }: CommentRequest): string {
	if (enumName(TEXT_TYPES, entry.type) === "HTML")
		throw new SluiceError("unsupported_input", {
			detail: "Currently, only 'PLAIN_TEXT' comments are supported",
			pointer: "/comment/type",
		});
	if (entry.text !== undefined && entry.text !== "") return entry.text;
	throw new SluiceError("invalid_request", { detail: EMPTY_COMMENT, pointer: "/comment/text" });
}

/** Perspective's words, by which its kinds of errors are told apart. */
export const EMPTY_COMMENT = "Comment must be non-empty.";
export const MISSING_ATTRIBUTES = "Missing requested_attributes";

/** Verdicts of the whole comment and of its sentences as scores. Throws `no_score` where a wanted attribute has none. */
export function toAttributeScores(of: {
	readonly wanted: readonly WantedAttribute[];
	readonly whole: Verdict;
	readonly spans: readonly { readonly range: TextRange; readonly verdict: Verdict }[];
}): Record<string, AttributeScores> | undefined {
	const shown = of.wanted.flatMap(({ name, policies, threshold }) => {
		const value = highestRiskOf(of.whole, policies);
		const spans = of.spans
			.map(({ range, verdict }) => ({ ...range, score: toScore(highestRiskOf(verdict, policies)) }))
			.filter((span) => span.score.value >= threshold);
		const scores = {
			...(spans.length > 0 && { spanScores: spans }),
			...(value >= threshold && { summaryScore: toScore(value) }),
		};
		return Object.keys(scores).length > 0 ? [[name, scores] as const] : [];
	});
	return shown.length > 0 ? Object.fromEntries(shown) : undefined;
}

function toScore(value: number): PerspectiveScore {
	return { value, type: "PROBABILITY" };
}

function checkScoreType(name: PerspectiveAttribute, type: (typeof SCORE_TYPES)[number] | number | undefined): void {
	const asked = enumName(SCORE_TYPES, type);
	if (asked === "PROBABILITY" || asked === "SCORE_TYPE_UNSPECIFIED") return;
	throw new SluiceError("invalid_request", {
		detail: `Requested score type ${asked} is not supported by attribute ${name}`,
		pointer: `/requestedAttributes/${name}/scoreType`,
	});
}
