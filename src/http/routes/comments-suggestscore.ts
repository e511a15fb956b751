/** POST /v1alpha1/comments:suggestscore: Perspective's feedback; it is checked, answered and forgotten. */
import { SluiceError } from "../../errors.ts";
import { readJson } from "../body.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { googleResponses } from "../protocols/google-status.ts";
import {
	checkAttributeNames,
	parseComment,
	SuggestScoreRequestSchema,
	SuggestScoreResponseSchema,
} from "../protocols/perspective.ts";
import { sendPerspectiveError } from "../protocols/perspective-error.ts";
import { fromProtoJson } from "../protocols/proto-json.ts";
import type { Route } from "../route.ts";
import { checkLengths, checkText } from "../text-inputs.ts";

/** The route. */
export const commentsSuggestscore: Route = {
	config: {
		method: "post",
		path: "/v1alpha1/comments:suggestscore",
		summary: "Take a score suggested in Perspective's format; nothing is stored",
		request: { body: { required: true, content: { "application/json": { schema: SuggestScoreRequestSchema } } } },
		responses: {
			200: {
				description: "The suggestion is well-formed; it has no further effect",
				content: { "application/json": { schema: SuggestScoreResponseSchema } },
			},
			...googleResponses(
				"invalid_request",
				"invalid_json",
				"unsupported_media_type",
				"unsupported_input",
				"body_too_large",
				"text_too_long",
				"internal",
			),
		},
	},
	refuse: sendPerspectiveError,
	create:
		({ moderator, limits }) =>
		async (c) => {
			const body = fromProtoJson(await readJson(c, limits.maxBodyBytes));
			checkAttributeNames(body, "attributeScores");
			checkArrayLength(body, "languages", limits.maxInputs);
			const request = parseRequest(SuggestScoreRequestSchema, body);
			const text = parseComment(request);
			checkText(text, "/comment/text");
			checkLengths({ contents: [text], pointers: ["/comment/text"] }, moderator.maxCharacters);
			const scores = Object.values(request.attributeScores ?? {});
			if (scores.length === 0 || scores.some((score) => Object.keys(score).length === 0))
				throw new SluiceError("invalid_request", {
					detail: "/attributeScores: must name an attribute with a summaryScore or spanScores",
					pointer: "/attributeScores",
				});
			const { clientToken, languages } = request;
			return c.json({
				...(clientToken !== undefined && { clientToken }),
				...(languages !== undefined && { requestedLanguages: languages }),
			});
		},
};
