/** POST /v1/moderations: OpenAI's moderation endpoint over our moderator. */
import { readJson } from "../body.ts";
import { createModerationsEndpoint } from "../endpoints.ts";
import { judge } from "../judge.ts";
import { MODERATING_CODES, problemResponses } from "../problem.ts";
import { ModerationRequestSchema, ModerationResponseSchema } from "../protocols/openai.ts";
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
		const parse = createModerationsEndpoint(parts);
		return async (c) => {
			const request = parse(await readJson(c, parts.limits.maxBodyBytes));
			return c.json(request.answer(await judge(c, parts, request)));
		};
	},
};
