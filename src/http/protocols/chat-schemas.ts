/** What the routes of models document: answers in OpenAI's forms, and the errors that they can give. */
import { z } from "@hono/zod-openapi";
import type { ErrorCode } from "../../errors.ts";
import { MODERATING_CODES } from "../problem.ts";
import { ModerationSchema } from "./chat-moderation.ts";

/** Errors of routes that answer with a model's words. */
export const ANSWERING_CODES: readonly ErrorCode[] = [
	...MODERATING_CODES,
	"unsupported_input",
	"not_found",
	"unauthorized",
	"not_configured",
	"source_failed",
	"no_score",
];

const head = {
	id: z.string(),
	created: z.int(),
	model: z.string(),
	usage: z.looseObject({}).optional(),
	moderation: ModerationSchema.optional().openapi({
		description: "Where it was asked for, where something was stopped, and where something could not be judged",
	}),
};
const finish_reason = z.string().openapi({ description: "`content_filter` where the choice was stopped" });

/** An answer to a chat. */
export const ChatCompletionSchema: z.ZodType<object> = z
	.object({
		...head,
		object: z.literal("chat.completion"),
		choices: z.array(
			z.object({
				index: z.int(),
				message: z.looseObject({
					role: z.literal("assistant"),
					content: z.string().nullable(),
					refusal: z.string().nullable(),
				}),
				finish_reason,
			}),
		),
	})
	.openapi("ChatCompletion");

/** A continued text. */
export const CompletionSchema: z.ZodType<object> = z
	.object({
		...head,
		object: z.literal("text_completion"),
		choices: z.array(z.object({ index: z.int(), text: z.string(), finish_reason })),
	})
	.openapi("Completion");

/** A list of models. */
export const ModelListSchema: z.ZodType<object> = z
	.object({
		object: z.literal("list"),
		data: z.array(z.object({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })),
	})
	.openapi("ModelList");

/** `content` of an answer that may be streamed. */
export function answerContent(schema: z.ZodType<object>): {
	"application/json": { schema: z.ZodType<object> };
	"text/event-stream": { schema: z.ZodType<string> };
} {
	return { "application/json": { schema }, "text/event-stream": { schema: z.string() } };
}
