/** POST /v1/documents:moderateText: Google's text moderation, version 1. */
import { createModerateText } from "../moderate-text.ts";
import { MODERATING_CODES } from "../problem.ts";
import { ModerateTextRequestV1Schema, ModerateTextResponseSchema } from "../protocols/google.ts";
import { googleResponses, sendGoogleError } from "../protocols/google-status.ts";
import type { Route } from "../route.ts";

/** The route. */
export const moderateTextV1: Route = {
	config: {
		method: "post",
		path: "/v1/documents:moderateText",
		summary: "Judge a text in the format of Google's Cloud Natural Language API, version 1",
		request: { body: { required: true, content: { "application/json": { schema: ModerateTextRequestV1Schema } } } },
		responses: {
			200: {
				description: "A confidence per measured category",
				content: { "application/json": { schema: ModerateTextResponseSchema } },
			},
			...googleResponses(...MODERATING_CODES, "unsupported_input", "no_score", "not_configured"),
		},
	},
	refuse: (c, error) => sendGoogleError(c, error),
	create(parts) {
		const moderate = createModerateText(parts, ModerateTextRequestV1Schema);
		return async (c) => {
			const { categories } = await moderate(c);
			return c.json({ moderationCategories: categories });
		};
	},
};
