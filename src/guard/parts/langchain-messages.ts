/** Where LangChain's messages and chunks of them have the model's words. Copies are made with the constructors of what came. */
import type { GuardReport } from "../events.ts";
import type { AdapterOptions } from "./adapter-options.ts";
import type { PartFormat, PartText } from "./guard-parts.ts";
import { isJsonObject, type JsonObject, stringsOf } from "./json.ts";
import { judgeText } from "./judge-texts.ts";

/** A message or a chunk of one. */
export interface ChatMessage {
	readonly content: unknown;
	readonly type?: string;
	getType?(): string;
	readonly additional_kwargs?: JsonObject;
	readonly response_metadata?: JsonObject;
	readonly tool_calls?: readonly JsonObject[];
	readonly tool_call_chunks?: readonly JsonObject[];
}

/** A generated message, or a chunk of one. */
export interface ChatGeneration {
	readonly text: string;
	readonly message: ChatMessage;
	readonly generationInfo?: JsonObject;
}

/** All text of a content. */
export function textOfContent(content: unknown): string {
	if (!Array.isArray(content)) return stringsOf(content);
	return content.map((block) => (isJsonObject(block) ? textOfBlock(block) : stringsOf(block))).join("\n");
}

const FILES: ReadonlySet<unknown> = new Set(["image_url", "image", "audio", "input_audio", "file", "video"]);

function textOfBlock(block: JsonObject): string {
	const field = fieldOf(block);
	if (field !== undefined) return block[field] as string;
	return FILES.has(block.type) ? "" : stringsOf(block);
}

function fieldOf(block: JsonObject): "text" | "reasoning" | "thinking" | undefined {
	return (["text", "reasoning", "thinking"] as const).find((name) => typeof block[name] === "string");
}

/** The texts of a message in the order of `withTexts`: content, other fields, tool calls. */
function textsOf(message: ChatMessage): readonly PartText[] {
	const { content, additional_kwargs = {}, tool_calls = [], tool_call_chunks } = message;
	const texts: PartText[] = [];
	if (typeof content === "string") texts.push({ surface: "content", text: content });
	else if (Array.isArray(content))
		for (const [i, block] of content.entries()) {
			const field = fieldOf(block);
			const surface = `content/${block.index ?? i}/${field ?? block.type}`;
			texts.push({ surface, text: textOfBlock(block), isExact: field === undefined });
		}
	const { tool_calls: _, function_call: __, reasoning_content, ...others } = additional_kwargs;
	texts.push({ surface: "reasoning", text: stringsOf(reasoning_content), isExact: true });
	texts.push({ surface: "other", text: stringsOf(others), isExact: true });
	const calls = tool_call_chunks ?? tool_calls;
	for (const [i, { index, args }] of calls.entries())
		texts.push({ surface: `tool/${index ?? i}`, text: stringsOf(args), isExact: true });
	return texts;
}

/** A copy. Where exact texts are not the same any more, what has them is left out. */
function copyMessage<M extends ChatMessage>(message: M, texts: readonly string[], metadata?: JsonObject): M {
	const before = textsOf(message);
	const same = (surface: RegExp): boolean =>
		before.every(({ surface: name, text }, i) => !surface.test(name) || text === texts[i]);
	const { content, additional_kwargs, response_metadata, tool_calls, tool_call_chunks, ...rest } = fieldsOf(message);
	const blocks = Array.isArray(content)
		? content.flatMap((block: JsonObject, i) => {
				const field = fieldOf(block);
				if (field === undefined) return texts[i] === before[i]!.text ? [block] : [];
				return texts[i] === "" ? [] : [{ ...block, [field]: texts[i] }];
			})
		: texts[0];
	const keepsCalls = metadata === undefined && same(/^tool/);
	const Message = message.constructor as new (fields: object) => M;
	return new Message({
		...rest,
		content: blocks,
		additional_kwargs: metadata === undefined && same(/^(?:reasoning|other|tool)/) ? additional_kwargs : {},
		response_metadata: { ...(response_metadata as JsonObject), logprobs: undefined, ...metadata },
		...(keepsCalls ? (tool_call_chunks === undefined ? { tool_calls } : { tool_call_chunks }) : {}),
	});
}

function fieldsOf(message: ChatMessage): Record<string, unknown> {
	const { id, name, usage_metadata, content, additional_kwargs, response_metadata, tool_calls, tool_call_chunks } =
		message as ChatMessage & Record<string, unknown>;
	return { id, name, usage_metadata, content, additional_kwargs, response_metadata, tool_calls, tool_call_chunks };
}

function toMetadata({ reason, blocked }: GuardReport, surface: string): JsonObject {
	return { finish_reason: "content_filter", sluice: { reason, surface, policy: blocked?.policy ?? null } };
}

/** A whole message under the guard; the same object where nothing was taken away. What is no message passes. */
export async function guardMessage<M>(value: M, options: AdapterOptions): Promise<M> {
	if (!isJsonObject(value) || !("content" in value)) return value;
	const message = value as unknown as ChatMessage;
	const before = textsOf(message);
	const texts: string[] = [];
	let metadata: JsonObject | undefined;
	for (const place of before) {
		if (place.text === "" || metadata !== undefined) texts.push("");
		else {
			const { text, report } = await judgeText(options, place);
			texts.push(text);
			if (report.action === "block") metadata = toMetadata(report, place.surface);
		}
	}
	if (metadata === undefined && texts.every((text, i) => text === before[i]!.text)) return value;
	if (metadata === undefined || options.refusal === undefined) return copyMessage(message, texts, metadata) as M;
	const said = copyMessage(message, texts, metadata);
	const content = Array.isArray(said.content)
		? [...said.content, { type: "text", text: options.refusal }]
		: `${said.content}${options.refusal}`;
	return new (said.constructor as new (fields: object) => M)({ ...fieldsOf(said), content });
}

/** Chunks as parts of one answer. */
export function createChunkFormat(refusal: string | undefined): PartFormat<ChatGeneration> {
	let last: ChatGeneration | undefined;
	const copy = (chunk: ChatGeneration, message: ChatMessage, text: string): ChatGeneration => {
		const Chunk = chunk.constructor as new (fields: object) => ChatGeneration;
		return new Chunk({ text, message, generationInfo: { ...chunk.generationInfo, logprobs: undefined } });
	};
	return {
		read(chunk) {
			last = chunk;
			const info = { ...chunk.message.response_metadata, ...chunk.generationInfo };
			const isLast = typeof (info.finish_reason ?? info.stop_reason ?? info.finishReason) === "string";
			return { texts: textsOf(chunk.message), ends: () => isLast, isLoose: !isLast };
		},
		withTexts(chunk, texts) {
			const message = copyMessage(chunk.message, texts);
			return copy(
				chunk,
				message,
				typeof message.content === "string" ? message.content : textOfContent(message.content),
			);
		},
		close(report, surface) {
			const chunk = last!;
			const { id } = chunk.message as ChatMessage & { id?: string };
			const response_metadata = toMetadata(report, surface);
			const Message = chunk.message.constructor as new (fields: object) => ChatMessage;
			return [copy(chunk, new Message({ id, content: refusal ?? "", response_metadata }), refusal ?? "")];
		},
	};
}
