/**
 * A LangChain chat model whose chunks and messages are guarded before LangChain tells anybody of them. The model itself stays
 * as it is: the guarded one inherits from it and has three methods of its own.
 */
import type { AdapterOptions } from "./adapter-options.ts";
import { guardParts } from "./guard-parts.ts";
import { type ChatGeneration, createChunkFormat, guardMessage } from "./langchain-messages.ts";

interface RunManager {
	handleLLMNewToken(text: string, ...rest: unknown[]): Promise<void>;
}

interface ChatModel {
	_generate(messages: unknown, options: unknown, manager?: RunManager): Promise<{ generations: ChatGeneration[] }>;
	_streamResponseChunks(messages: unknown, options: unknown, manager?: RunManager): AsyncIterable<ChatGeneration>;
	bindTools?(...rest: unknown[]): unknown;
	withConfig?(...rest: unknown[]): unknown;
}

/** A guarded model, or a binding of one; anything else as it is. `onUse` is called when the guard is at work. */
export function guardRunnable(runnable: unknown, options: AdapterOptions, onUse: () => void): unknown {
	if (typeof runnable !== "object" || runnable === null) return runnable;
	if ("_generate" in runnable && "_streamResponseChunks" in runnable)
		return guardChatModel(runnable as unknown as ChatModel, options, onUse);
	if (!("bound" in runnable)) return runnable;
	return Object.create(runnable, { bound: { value: guardRunnable(runnable.bound, options, onUse), enumerable: true } });
}

function guardChatModel(model: ChatModel, options: AdapterOptions, onUse: () => void): unknown {
	const guarded = {
		/** A cache may hold answers that nobody judged. */
		cache: undefined,
		async _generate(messages: unknown, call: unknown): Promise<{ generations: ChatGeneration[] }> {
			onUse();
			const result = await model._generate(messages, call);
			const generations = await Promise.all(
				result.generations.map(async (generation) => {
					const message = await guardMessage(generation.message, options);
					if (message === generation.message) return generation;
					const text = typeof message.content === "string" ? message.content : "";
					return { ...generation, text, message, generationInfo: undefined };
				}),
			);
			return { ...result, generations } as { generations: ChatGeneration[] };
		},
		bindTools: (...rest: unknown[]) => guardRunnable(model.bindTools!(...rest), options, onUse),
		withConfig: (...rest: unknown[]) => guardRunnable(model.withConfig!(...rest), options, onUse),
	};
	const streaming = {
		async *_streamResponseChunks(
			messages: unknown,
			call: unknown,
			manager?: RunManager,
		): AsyncGenerator<ChatGeneration> {
			onUse();
			const chunks = guardParts(
				model._streamResponseChunks(messages, call),
				createChunkFormat(options.refusal),
				options,
			);
			for await (const chunk of chunks) {
				yield chunk;
				await manager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
			}
		},
		/** The one that is made of the chunks. */
		_streamChatModelEvents: inherited(model, "_streamChatModelEvents"),
	};
	const canStream = model._streamResponseChunks !== inherited(model, "_streamResponseChunks");
	const own = {
		...guarded,
		...(canStream ? streaming : {}),
		...(model.bindTools === undefined ? { bindTools: undefined } : {}),
	};
	return Object.create(model as object, Object.getOwnPropertyDescriptors(own));
}

/** What the class at the root of a model's has under a name. */
function inherited(model: object, name: string): unknown {
	let found: unknown;
	for (let at: object | null = model; at !== null; at = Object.getPrototypeOf(at))
		if (Object.hasOwn(at, name)) found = (at as Record<string, unknown>)[name];
	return found;
}
