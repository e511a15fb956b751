/** POST /v1/completions: OpenAI's legacy form, a model's continuation of a text, judged before it leaves. */
import { chatHandler } from "../answer-chat.ts";
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { CompletionRequestSchema, parseCompletion } from "../protocols/chat-request.ts";
import { ANSWERING_CODES, answerContent, CompletionSchema } from "../protocols/chat-schemas.ts";
import type { Route } from "../route.ts";

/** The route. */
export const completions: Route = {
	config: {
		method: "post",
		path: "/v1/completions",
		summary: "Continue a text in OpenAI's legacy format, guarded",
		request: { body: { required: true, content: { "application/json": { schema: CompletionRequestSchema } } } },
		responses: {
			200: {
				description: "The text; with stream: true its chunks as events",
				content: answerContent(CompletionSchema),
			},
			...problemResponses(...ANSWERING_CODES),
		},
	},
	create: (parts) => chatHandler(parts, (body) => parseCompletion(parseRequest(CompletionRequestSchema, body))),
};
