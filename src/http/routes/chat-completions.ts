/** POST /v1/chat/completions: a model's answer to a chat, judged before it leaves. */
import { chatHandler } from "../answer-chat.ts";
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { ChatCompletionRequestSchema, parseChat } from "../protocols/chat-request.ts";
import { ANSWERING_CODES, answerContent, ChatCompletionSchema } from "../protocols/chat-schemas.ts";
import type { Route } from "../route.ts";

/** The route. */
export const chatCompletions: Route = {
	config: {
		method: "post",
		path: "/v1/chat/completions",
		summary: "Answer a chat in OpenAI's format, guarded",
		request: { body: { required: true, content: { "application/json": { schema: ChatCompletionRequestSchema } } } },
		responses: {
			200: {
				description: "The answer; with stream: true its chunks as events",
				content: answerContent(ChatCompletionSchema),
			},
			...problemResponses(...ANSWERING_CODES),
		},
	},
	create: (parts) => chatHandler(parts, (body) => parseChat(parseRequest(ChatCompletionRequestSchema, body))),
};
