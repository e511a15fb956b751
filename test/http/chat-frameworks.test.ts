/**
 * The OpenAI clients of the AI SDK and of LangChain on a guarded upstream. They are tested where their packages are installed;
 * what is used of them is written out here, as their types are not there to import everywhere.
 */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { generateText, type LanguageModel, streamText, tool } from "ai";
import { z } from "zod";
import { startChat, type TestedChat } from "../chat/chat-service.ts";
import { type Script, says, toChunk } from "../chat/upstream-double.ts";

interface AiSdkPackage {
	createOpenAICompatible(options: object): (model: string) => LanguageModel;
}

interface Message {
	readonly content: string;
	readonly tool_calls?: readonly { readonly name: string; readonly args: unknown }[];
	readonly response_metadata: { readonly finish_reason?: string };
}

interface LangChainPackage {
	ChatOpenAI: new (
		options: object,
	) => {
		invoke(input: string, options?: object): Promise<Message>;
		stream(input: string): Promise<AsyncIterable<Message>>;
	};
}

/** The package, or undefined with the test skipped in so many words. */
async function open<P>(name: string, t: TestContext): Promise<P | undefined> {
	try {
		return (await import(name)) as P;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
		t.skip(`${name} is not installed`);
		return undefined;
	}
}

const calls: Script = async ({ stream, event, done }) => {
	stream();
	const call = { index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } };
	await event(toChunk({ role: "assistant", content: null, tool_calls: [call] }));
	for (const part of ['{"city": ', '"Graz"}'])
		await event(toChunk({ tool_calls: [{ index: 0, function: { arguments: part } }] }));
	await event(toChunk({}, { finish: "tool_calls" }));
	await done();
};
const thinks: Script = async ({ stream, event, done }) => {
	stream();
	await event(toChunk({ reasoning_content: "thinking of it " }));
	await event(toChunk({ content: "an answer" }));
	await event(toChunk({}, { finish: "stop" }));
	await done();
};
const breaks: Script = async ({ stream, event, response }) => {
	stream();
	await event(toChunk({ content: "judged words " }));
	response.end();
};

describe("clients of frameworks on guarded chat completions", () => {
	let chat: TestedChat;
	before(async () => {
		chat = await startChat();
	});
	after(() => chat.close());

	const openModel = async (t: TestContext): Promise<LanguageModel | undefined> => {
		const sdk = await open<AiSdkPackage>("@ai-sdk/openai-compatible", t);
		return sdk?.createOpenAICompatible({ name: "sluice", baseURL: chat.url, apiKey: "sk-caller", includeUsage: true })(
			"m",
		);
	};

	it("the AI SDK gets text, reasoning, tool calls, stops and errors, streamed and whole", async (t) => {
		const model = await openModel(t);
		if (model === undefined) return;
		const prompt = "hello";
		chat.upstream.use(says("good words to the end"));
		const good = streamText({ model, prompt });
		assert.equal(await good.text, "good words to the end");
		assert.equal((await good.usage).totalTokens, 8);
		assert.equal((await generateText({ model, prompt })).text, "good words to the end");
		chat.upstream.use(says("good until bad words come"));
		const stopped = streamText({ model, prompt });
		assert.deepEqual([await stopped.text, await stopped.finishReason], ["good until", "content-filter"]);
		const whole = await generateText({ model, prompt });
		assert.deepEqual([whole.text, whole.finishReason], ["good until", "content-filter"]);
		assert.equal((await generateText({ model, prompt: "so bad" })).finishReason, "content-filter");
		chat.upstream.use(thinks);
		const thought = streamText({ model, prompt });
		assert.deepEqual([await thought.reasoningText, await thought.text], ["thinking of it ", "an answer"]);
		chat.upstream.use(calls);
		const tools = { weather: tool({ inputSchema: z.object({ city: z.string() }) }) };
		for (const called of [
			await streamText({ model, prompt, tools }).toolCalls,
			(await generateText({ model, prompt, tools })).toolCalls,
		])
			assert.deepEqual([called[0]?.toolName, called[0]?.input], ["weather", { city: "Graz" }]);
		chat.upstream.use(breaks);
		const errors: unknown[] = [];
		let text = "";
		for await (const part of streamText({ model, prompt, maxRetries: 0, onError() {} }).fullStream) {
			if (part.type === "error") errors.push(part.error);
			if (part.type === "text-delta") text += part.text;
		}
		assert.deepEqual([text, errors.length], ["judged words ", 1]);
	});
	it("LangChain gets text, tool calls, stops and errors, streamed and whole", async (t) => {
		const langChain = await open<LangChainPackage>("@langchain/openai", t);
		if (langChain === undefined) return;
		const configuration = { baseURL: chat.url };
		const model = new langChain.ChatOpenAI({ model: "m", apiKey: "sk-caller", configuration, maxRetries: 0 });
		const gather = async (): Promise<readonly [string, string | undefined]> => {
			let text = "";
			let reason: string | undefined;
			for await (const { content, response_metadata } of await model.stream("hello")) {
				text += content;
				reason = response_metadata.finish_reason ?? reason;
			}
			return [text, reason];
		};
		chat.upstream.use(says("good words to the end"));
		assert.deepEqual(await gather(), ["good words to the end", "stop"]);
		assert.equal((await model.invoke("hello")).content, "good words to the end");
		chat.upstream.use(says("good until bad words come"));
		assert.deepEqual(await gather(), ["good until", "content_filter"]);
		const stopped = await model.invoke("hello");
		assert.deepEqual([stopped.content, stopped.response_metadata.finish_reason], ["good until", "content_filter"]);
		assert.equal((await model.invoke("so bad")).response_metadata.finish_reason, "content_filter");
		chat.upstream.use(calls);
		const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
		const [call] = (await model.invoke("hello", { tools })).tool_calls ?? [];
		assert.deepEqual([call?.name, call?.args], ["weather", { city: "Graz" }]);
		chat.upstream.use(breaks);
		await assert.rejects(gather());
		await assert.rejects(model.invoke("hello"), /ended before it was complete/);
	});
});
