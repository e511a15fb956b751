/**
 * Azure AI Content Safety's text:analyze: its schemas, and verdicts as its four categories with a severity of 0 to 7.
 * A severity says what the policy does: from 2 the text is flagged, from 4 it is blocked.
 * https://learn.microsoft.com/rest/api/contentsafety/text-operations/analyze-text
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import type { Policy, PolicyVerdict, Verdict } from "../../types.ts";
import { type CategoryMap, checkAnyMeasured, noScore, toServiceMap, verdictsOf } from "./category-map.ts";
import { toSeverity } from "./severity.ts";

/** The categories, in Azure's order. */
export const AZURE_CATEGORIES = ["Hate", "SelfHarm", "Sexual", "Violence"] as const;
/** One of {@link AZURE_CATEGORIES}. */
export type AzureCategory = (typeof AZURE_CATEGORIES)[number];

const OUTPUT_TYPES = ["FourSeverityLevels", "EightSeverityLevels"] as const;
/** The first version of the API with this form of answers. */
const FIRST_VERSION = "2023-10-01";

/** Body of text:analyze. */
export interface AnalyzeTextRequest {
	text: string;
	categories?: AzureCategory[] | undefined;
	blocklistNames?: string[] | undefined;
	haltOnBlocklistHit?: boolean | undefined;
	outputType?: (typeof OUTPUT_TYPES)[number] | undefined;
}

/** Answer of text:analyze. */
export interface AnalyzeTextResponse {
	blocklistsMatch: object[];
	categoriesAnalysis: { category: AzureCategory; severity: number }[];
}

/** Parses {@link AnalyzeTextRequest}; unknown fields are errors. */
export const AnalyzeTextRequestSchema: z.ZodType<AnalyzeTextRequest> = z
	.strictObject({
		text: z.string(),
		categories: z.array(z.enum(AZURE_CATEGORIES)).optional().openapi({
			description: "All measured ones where left out; one that no policy measures is refused",
		}),
		blocklistNames: z.array(z.string()).optional().openapi({ description: "Empty: there are no blocklists" }),
		haltOnBlocklistHit: z.boolean().optional(),
		outputType: z.enum(OUTPUT_TYPES).optional().openapi({ default: "FourSeverityLevels" }),
	})
	.openapi("AnalyzeTextRequest");

/** Documents {@link AnalyzeTextResponse}. */
export const AnalyzeTextResponseSchema: z.ZodType<AnalyzeTextResponse> = z
	.object({
		blocklistsMatch: z.array(z.looseObject({})).openapi({ description: "Empty: there are no blocklists" }),
		categoriesAnalysis: z.array(
			z.object({
				category: z.enum(AZURE_CATEGORIES),
				severity: z
					.int()
					.min(0)
					.max(7)
					.openapi({ description: "From 2 the policy flags the text, from 4 it blocks it" }),
			}),
		),
	})
	.openapi("AnalyzeTextResponse");

/** Throws `invalid_request` for a version of the API whose answers have another form, or for none. */
export function checkApiVersion(version: string | undefined): void {
	if (version !== undefined && /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version) && version >= FIRST_VERSION) return;
	throw new SluiceError("invalid_request", {
		detail: `the query parameter api-version must be a version from ${FIRST_VERSION} on, like 2024-09-01`,
		pointer: "/api-version",
	});
}

/** Which policies measure a category. Throws `invalid_policy` for a name Azure does not have. */
export function toAzureMap(policies: readonly Policy[]): CategoryMap<AzureCategory> {
	return toServiceMap(policies, "azure", AZURE_CATEGORIES);
}

/** The categories to answer for, in Azure's order. Throws `unsupported_input` for blocklists and for a category no policy measures. */
export function parseCategories(
	{ categories = [], blocklistNames = [] }: AnalyzeTextRequest,
	map: CategoryMap<AzureCategory>,
): ReadonlySet<AzureCategory> {
	if (blocklistNames.length > 0)
		throw new SluiceError("unsupported_input", {
			detail: "/blocklistNames: there are no blocklists here; send none",
			pointer: "/blocklistNames",
		});
	checkAnyMeasured(map, "azure");
	const unmeasured = categories.findIndex((category) => !map.has(category));
	if (unmeasured >= 0)
		throw new SluiceError("unsupported_input", {
			detail: `/categories/${unmeasured}: no policy measures ${categories[unmeasured]}; measured are ${[...map.keys()].join(", ")}`,
			pointer: `/categories/${unmeasured}`,
		});
	return new Set(categories.length > 0 ? categories : map.keys());
}

/** The severities of a verdict: a category's is the highest of its policies'. Throws `no_score` as {@link toLevel} does. */
export function toCategoriesAnalysis(
	verdict: Verdict,
	map: CategoryMap<AzureCategory>,
	{ wanted, outputType }: { wanted: ReadonlySet<AzureCategory>; outputType: AnalyzeTextRequest["outputType"] },
): AnalyzeTextResponse["categoriesAnalysis"] {
	return [...map]
		.filter(([category]) => wanted.has(category))
		.map(([category, ids]) => {
			const level = Math.max(...verdictsOf(verdict, ids).map(toLevel));
			return { category, severity: outputType === "EightSeverityLevels" ? level : level - (level % 2) };
		});
}

/**
 * Severity 0..7 of a policy: an eighth of {@link toSeverity} each. An action in place of a risk has the highest severity that
 * leads to this action; for "allow", which would look measured and harmless, throws `no_score`.
 */
export function toLevel({ policy, risk, action, thresholds }: PolicyVerdict): number {
	if (risk !== null) return Math.min(7, Math.floor(8 * toSeverity(risk, thresholds)));
	if (action === "allow") throw noScore(policy);
	return action === "block" ? 7 : 3;
}
