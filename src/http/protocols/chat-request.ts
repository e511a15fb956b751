/**
 * Requests for chat completions and legacy completions: what is checked of them, which of their texts are judged, and what
 * goes on to the model. Fields that nobody here knows go on too, with all text in them judged as the system's.
 */
import { z } from "@hono/zod-openapi";
import type { ChatForm, ChatRequest, ModerationMode } from "../../chat/index.ts";
import { SluiceError } from "../../errors.ts";
import { readFields, readPrompts } from "./chat-fields.ts";
import { type ChatMessageBody, type MessageTexts, readMessages } from "./chat-messages.ts";
import { checkDepth } from "./strings-in.ts";

/** OpenAI's parameter for moderated completions; the model named there is ours whatever its name. */
export interface ModerationParameter {
	model: string;
	policy?: { input?: ModerationSide | null | undefined; output?: ModerationSide | null | undefined } | null | undefined;
}

interface ModerationSide {
	mode: ModerationMode;
}

/** Fields of both bodies that are read here. */
export interface CompletionFields {
	model: string;
	n?: number | null | undefined;
	stream?: boolean | null | undefined;
	stream_options?: { include_usage?: boolean | null | undefined } | null | undefined;
	moderation?: ModerationParameter | null | undefined;
	[field: string]: unknown;
}

/** Body of POST /v1/chat/completions. */
export interface ChatCompletionRequest extends CompletionFields {
	messages: ChatMessageBody[];
}

/** Body of POST /v1/completions. */
export interface CompletionRequest extends CompletionFields {
	prompt: string | string[];
}

const side = z.object({ mode: z.enum(["score", "block"]) }).nullish();
const shared = {
	model: z.string().min(1).max(200).openapi({ description: "A model of the upstream, or the local one" }),
	n: z.int().min(1).max(16).nullish().openapi({ description: "Choices; each is judged on its own" }),
	stream: z.boolean().nullish(),
	stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
	moderation: z
		.object({ model: z.string(), policy: z.object({ input: side, output: side }).nullish() })
		.nullish()
		.openapi({ description: "Asks for the results, and for score or block; the service may block whatever is asked" }),
};

/** Parses {@link ChatCompletionRequest}; other fields stay. */
export const ChatCompletionRequestSchema: z.ZodType<ChatCompletionRequest> = z
	.looseObject({
		...shared,
		messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })).min(1),
	})
	.openapi("ChatCompletionRequest");

/** Parses {@link CompletionRequest}; prompts of token ids are refused: nobody here can judge them. */
export const CompletionRequestSchema: z.ZodType<CompletionRequest> = z
	.looseObject({
		...shared,
		prompt: z.union([z.string(), z.array(z.string()).min(1).max(16)], {
			error: "must be a string or an array of strings",
		}),
	})
	.openapi("CompletionRequest");

/** A body as it is answered. */
export interface ParsedChat extends MessageTexts {
	readonly request: ChatRequest;
	readonly isStream: boolean;
	readonly wantsUsage: boolean;
	/** What the request itself asks of the moderation; undefined where it does not. */
	readonly moderation: ModerationParameter | undefined;
}

/** A chat. Throws `invalid_request` or `unsupported_input`. */
export function parseChat(body: ChatCompletionRequest): ParsedChat {
	checkDepth(body);
	const { texts, others } = readMessages(body.messages);
	return { ...parseShared(body, "chat", body.n ?? 1), texts: [...texts, ...readFields(body, "chat")], others };
}

/** Prompts to continue. Throws like {@link parseChat}. */
export function parseCompletion(body: CompletionRequest): ParsedChat {
	checkDepth(body);
	const prompts = readPrompts(body.prompt);
	const choices = (body.n ?? 1) * (Array.isArray(body.prompt) ? body.prompt.length : 1);
	return {
		...parseShared(body, "completion", choices),
		texts: [...prompts, ...readFields(body, "completion")],
		others: [],
	};
}

function parseShared(
	fields: CompletionFields,
	form: ChatForm,
	choices: number,
): Pick<ParsedChat, "request" | "isStream" | "wantsUsage" | "moderation"> {
	for (const field of ["logprobs", "top_logprobs", "audio"])
		if (fields[field] !== undefined && fields[field] !== null && fields[field] !== false)
			throw refuse(field, "would carry the answer past the guard");
	if (Array.isArray(fields.modalities) && fields.modalities.some((kind) => kind !== "text"))
		throw refuse("modalities", "must be text alone: nothing else can be judged");
	const { stream, stream_options, moderation, ...body } = fields;
	return {
		request: { form, model: fields.model, choices, tools: toolNames(fields), body },
		isStream: stream === true,
		wantsUsage: stream_options?.include_usage === true,
		moderation: moderation ?? undefined,
	};
}

function toolNames({ tools, functions }: CompletionFields): ReadonlySet<string> {
	const named = [...listOf(tools).map((tool) => tool.function ?? tool.custom), ...listOf(functions)];
	return new Set(
		named.flatMap((of) => {
			const name = (of as { name?: unknown } | null | undefined)?.name;
			return typeof name === "string" ? [name] : [];
		}),
	);
}

function listOf(value: unknown): Record<string, unknown>[] {
	return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}

function refuse(field: string, rule: string): SluiceError {
	return new SluiceError("unsupported_input", { detail: `/${field}: ${rule}`, pointer: `/${field}` });
}
