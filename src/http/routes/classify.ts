/** POST /v1/classify: Sluice's own endpoint, with everything a verdict says. */
import { readJson } from "../body.ts";
import { createClassifyEndpoint } from "../endpoints.ts";
import { judge } from "../judge.ts";
import { MODERATING_CODES, problemResponses } from "../problem.ts";
import { ClassifyRequestSchema, ClassifyResponseSchema } from "../protocols/sluice.ts";
import type { Route } from "../route.ts";

/** The route. */
export const classify: Route = {
	config: {
		method: "post",
		path: "/v1/classify",
		summary: "Judge texts and model answers: risk, thresholds, action, riskiest spans and decision per policy",
		request: { body: { required: true, content: { "application/json": { schema: ClassifyRequestSchema } } } },
		responses: {
			200: {
				description: "One result per text",
				content: { "application/json": { schema: ClassifyResponseSchema } },
			},
			...problemResponses(...MODERATING_CODES),
		},
	},
	create(parts) {
		const parse = createClassifyEndpoint(parts);
		return async (c) => {
			const request = parse(await readJson(c, parts.limits.maxBodyBytes));
			return c.json(request.answer(await judge(c, parts, request)));
		};
	},
};
