/**
 * Text moderation of Google's Cloud Natural Language API, versions 1 and 2: schemas, documents as texts, verdicts as its
 * sixteen categories. A category that no policy measures is absent.
 * https://docs.cloud.google.com/natural-language/docs/reference/rest/v2/documents/moderateText
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import type { Policy, Verdict } from "../../types.ts";
import { type CategoryMap, scoredPolicies, toServiceMap } from "./category-map.ts";
import { enumName, protoEnum } from "./proto-json.ts";
import { toSeverity } from "./severity.ts";

/** The categories, in Google's order. */
export const GOOGLE_CATEGORIES = [
	"Toxic",
	"Derogatory",
	"Violent",
	"Sexual",
	"Insult",
	"Profanity",
	"Death, Harm & Tragedy",
	"Firearms & Weapons",
	"Public Safety",
	"Health",
	"Religion & Belief",
	"Illicit Drugs",
	"War & Conflict",
	"Finance",
	"Politics",
	"Legal",
] as const;
/** One of {@link GOOGLE_CATEGORIES}. */
export type GoogleCategory = (typeof GOOGLE_CATEGORIES)[number];

const DOCUMENT_TYPES = ["TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"] as const;
const MODEL_VERSIONS = ["MODEL_VERSION_UNSPECIFIED", "MODEL_VERSION_1", "MODEL_VERSION_2"] as const;

/** A text, in version 1 with `language`, in version 2 with `languageCode`. */
export interface GoogleDocument {
	type?: (typeof DOCUMENT_TYPES)[number] | number | undefined;
	content?: string | undefined;
	gcsContentUri?: string | undefined;
	language?: string | undefined;
	languageCode?: string | undefined;
}

/** Body of documents:moderateText; only version 2 has `modelVersion`. */
export interface ModerateTextRequest {
	document: GoogleDocument;
	modelVersion?: (typeof MODEL_VERSIONS)[number] | number | undefined;
}

/** A measured category. */
export interface ModerationCategory {
	name: GoogleCategory;
	confidence: number;
	severity?: number | undefined;
}

/** Answer of documents:moderateText; version 1 has the categories alone. */
export interface ModerateTextResponse {
	moderationCategories: ModerationCategory[];
	languageCode?: string | undefined;
	languageSupported?: boolean | undefined;
}

const language = z.string().regex(/^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4})?$/, "must be a language code like en");
const document = {
	type: protoEnum(DOCUMENT_TYPES).optional().openapi({ description: "PLAIN_TEXT; HTML is refused" }),
	content: z.string().optional(),
	gcsContentUri: z.string().optional().openapi({ description: "Refused: nothing is fetched" }),
};

/** Parses {@link ModerateTextRequest} of version 1. */
export const ModerateTextRequestV1Schema: z.ZodType<ModerateTextRequest> = z
	.strictObject({
		document: z.strictObject({ ...document, language: language.optional() }),
	})
	.openapi("ModerateTextRequestV1");

/** Parses {@link ModerateTextRequest} of version 2. */
export const ModerateTextRequestSchema: z.ZodType<ModerateTextRequest> = z
	.strictObject({
		document: z.strictObject({ ...document, languageCode: language.optional() }),
		modelVersion: protoEnum(MODEL_VERSIONS)
			.optional()
			.openapi({ description: "MODEL_VERSION_2 asks for severities; the model is the same" }),
	})
	.openapi("ModerateTextRequest");

/** Documents {@link ModerateTextResponse}. */
export const ModerateTextResponseSchema: z.ZodType<ModerateTextResponse> = z
	.object({
		moderationCategories: z
			.array(
				z.object({
					name: z.enum(GOOGLE_CATEGORIES),
					confidence: z.number().min(0).max(1),
					severity: z.number().min(0).max(1).optional().openapi({
						description: "The risk by the policy's thresholds: from 0.25 flagged, from 0.5 blocked",
					}),
				}),
			)
			.openapi({ description: "The measured categories; one that is missing was not looked at" }),
		languageCode: z.string().optional().openapi({ description: 'The request\'s; "und" where it names none' }),
		languageSupported: z.boolean().optional().openapi({ description: "Whether the request says English" }),
	})
	.openapi("ModerateTextResponse");

/** Which policies measure a category. Throws `invalid_policy` for a name Google does not have. */
export function toGoogleMap(policies: readonly Policy[]): CategoryMap<GoogleCategory> {
	return toServiceMap(policies, "google", GOOGLE_CATEGORIES);
}

/** The document's text. Throws `unsupported_input` for HTML and for a file, `invalid_request` where type or text is missing. */
export function parseDocument({ type, content, gcsContentUri }: GoogleDocument): string {
	const refuse = (field: string, detail: string): never => {
		throw new SluiceError("unsupported_input", {
			detail: `/document/${field}: ${detail}`,
			pointer: `/document/${field}`,
		});
	};
	const kind = enumName(DOCUMENT_TYPES, type);
	if (gcsContentUri !== undefined) refuse("gcsContentUri", "files are not fetched; send the text as document.content");
	if (kind === "HTML") refuse("type", "HTML is not read; send the text alone, as PLAIN_TEXT");
	if (kind === "PLAIN_TEXT") return content ?? "";
	throw new SluiceError("invalid_request", {
		detail: "/document/type: must be PLAIN_TEXT",
		pointer: "/document/type",
	});
}

/** Whether the request asks for severities. */
export function asksForSeverity({ modelVersion }: ModerateTextRequest): boolean {
	return enumName(MODEL_VERSIONS, modelVersion) === "MODEL_VERSION_2";
}

/** The measured categories of a verdict. Throws `no_score` where one has no risk. */
export function toModerationCategories(
	verdict: Verdict,
	map: CategoryMap<GoogleCategory>,
	withSeverity: boolean,
): ModerationCategory[] {
	return [...map].map(([name, ids]) => {
		const scored = scoredPolicies(verdict, ids);
		return {
			name,
			confidence: Math.max(...scored.map(({ risk }) => risk)),
			...(withSeverity && { severity: Math.max(...scored.map((p) => toSeverity(p.risk, p.thresholds))) }),
		};
	});
}

/** What version 2 says of the language: languages are not detected, and English alone is promised. */
export function toLanguage(code: string | undefined): { languageCode: string; languageSupported: boolean } {
	const languageCode = code || "und";
	return { languageCode, languageSupported: /^en(-|$)/i.test(languageCode) };
}
