/** POST /v1/classify: Sluice's own endpoint, with everything a verdict says. */
import { randomUUID } from "node:crypto";
import { readJson } from "../body.ts";
import { judge } from "../judge.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { MODERATING_CODES, problemResponses } from "../problem.ts";
import {
	ClassifyRequestSchema,
	type ClassifyResponse,
	ClassifyResponseSchema,
	parsePolicyIds,
	toBudget,
	toClassifyResult,
} from "../protocols/sluice.ts";
import type { Route } from "../route.ts";
import { toTextInputs } from "../text-inputs.ts";

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
		return async (c) => {
			const body = await readJson(c, parts.limits.maxBodyBytes);
			checkArrayLength(body, "input", parts.limits.maxInputs);
			checkArrayLength(body, "policies", parts.limits.maxInputs);
			const request = parseRequest(ClassifyRequestSchema, body);
			const wanted = parsePolicyIds(request.policies, parts.moderator.policies);
			const verdicts = await judge(c, parts, {
				...toTextInputs(request.input, "input"),
				budget: toBudget(request.budget),
			});
			const { id, hash } = parts.moderator.model;
			const answer: ClassifyResponse = {
				id: `clas-${randomUUID().replaceAll("-", "")}`,
				model: { id, hash },
				results: verdicts.map((verdict) => toClassifyResult(verdict, wanted)),
			};
			return c.json(answer);
		};
	},
};
