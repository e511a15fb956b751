/** POST /v1/moderations: OpenAI's moderation endpoint over our moderator. */
import { randomUUID } from "node:crypto";
import { readJson } from "../body.ts";
import { judge } from "../judge.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { MODERATING_CODES, problemResponses } from "../problem.ts";
import {
	checkModelName,
	ModerationRequestSchema,
	type ModerationResponse,
	ModerationResponseSchema,
	parseModerationInput,
	toCategoryMap,
	toModerationResult,
} from "../protocols/openai.ts";
import type { Route } from "../route.ts";

/** The route. */
export const moderations: Route = {
	config: {
		method: "post",
		path: "/v1/moderations",
		summary: "Judge texts in OpenAI's moderation format",
		request: { body: { required: true, content: { "application/json": { schema: ModerationRequestSchema } } } },
		responses: {
			200: {
				description: "One result per text",
				content: { "application/json": { schema: ModerationResponseSchema } },
			},
			...problemResponses(...MODERATING_CODES, "unsupported_input"),
		},
	},
	create(parts) {
		const categoryMap = toCategoryMap(parts.moderator.policies);
		return async (c) => {
			const body = await readJson(c, parts.limits.maxBodyBytes);
			checkArrayLength(body, "input", parts.limits.maxInputs);
			const request = parseRequest(ModerationRequestSchema, body);
			checkModelName(request.model, parts.moderator);
			const verdicts = await judge(c, parts, parseModerationInput(request.input));
			const answer: ModerationResponse = {
				id: `modr-${randomUUID().replaceAll("-", "")}`,
				model: parts.moderator.model.id,
				results: verdicts.map((verdict) => toModerationResult(verdict, categoryMap)),
			};
			return c.json(answer);
		};
	},
};
