/** POST /contentsafety/text:analyze: Azure AI Content Safety's analysis of a text. */
import { z } from "@hono/zod-openapi";
import { readJson } from "../body.ts";
import { judge } from "../judge.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { MODERATING_CODES } from "../problem.ts";
import {
	AnalyzeTextRequestSchema,
	type AnalyzeTextResponse,
	AnalyzeTextResponseSchema,
	checkApiVersion,
	parseCategories,
	toAzureMap,
	toCategoriesAnalysis,
} from "../protocols/azure.ts";
import { azureResponses, sendAzureError } from "../protocols/azure-error.ts";
import type { Route } from "../route.ts";
import { checkText } from "../text-inputs.ts";

/** The route. */
export const textAnalyze: Route = {
	config: {
		method: "post",
		path: "/contentsafety/text:analyze",
		summary: "Judge a text in the format of Azure AI Content Safety",
		request: {
			query: z.object({ "api-version": z.string().openapi({ example: "2024-09-01" }) }),
			body: { required: true, content: { "application/json": { schema: AnalyzeTextRequestSchema } } },
		},
		responses: {
			200: {
				description: "A severity per category",
				content: { "application/json": { schema: AnalyzeTextResponseSchema } },
			},
			...azureResponses(...MODERATING_CODES, "unsupported_input", "no_score", "not_configured"),
		},
	},
	refuse: sendAzureError,
	create(parts) {
		const { moderator, limits } = parts;
		const map = toAzureMap(moderator.policies);
		return async (c) => {
			checkApiVersion(c.req.query("api-version"));
			const body = await readJson(c, limits.maxBodyBytes);
			for (const field of ["categories", "blocklistNames"]) checkArrayLength(body, field, limits.maxInputs);
			const request = parseRequest(AnalyzeTextRequestSchema, body);
			checkText(request.text, "/text");
			const wanted = parseCategories(request, map);
			const [verdict] = await judge(c, parts, { contents: [request.text], pointers: ["/text"] });
			const { outputType } = request;
			const answer: AnalyzeTextResponse = {
				blocklistsMatch: [],
				categoriesAnalysis: toCategoriesAnalysis(verdict!, map, { wanted, outputType }),
			};
			return c.json(answer);
		};
	},
};
