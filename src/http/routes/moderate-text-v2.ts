/** POST /v2/documents:moderateText: Google's text moderation, version 2. */
import { createModerateText } from "../moderate-text.ts";
import { MODERATING_CODES } from "../problem.ts";
import { ModerateTextRequestSchema, ModerateTextResponseSchema, toLanguage } from "../protocols/google.ts";
import { googleResponses, sendGoogleError } from "../protocols/google-status.ts";
import type { Route } from "../route.ts";

/** The route. */
export const moderateTextV2: Route = {
	config: {
		method: "post",
		path: "/v2/documents:moderateText",
		summary: "Judge a text in the format of Google's Cloud Natural Language API, version 2",
		request: { body: { required: true, content: { "application/json": { schema: ModerateTextRequestSchema } } } },
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
		const moderate = createModerateText(parts, ModerateTextRequestSchema);
		return async (c) => {
			const { request, categories } = await moderate(c);
			return c.json({ moderationCategories: categories, ...toLanguage(request.document.languageCode) });
		};
	},
};
