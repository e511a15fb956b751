/**
 * A TypeScript project of its own (tsconfig.langchain.json): LangChain's types and those of @hono/zod-openapi both extend zod's,
 * and do not go together in one program.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";
import { type AnyAgentMiddleware, createAgent, tool } from "langchain";
import { guardAgent } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { toSource } from "../streams.ts";

/** A model that says what its source gives. */
class ScriptedModel extends BaseChatModel {
	readonly source: AsyncIterable<string>;

	constructor(source: AsyncIterable<string>) {
		super({});
		this.source = source;
	}

	_llmType(): string {
		return "scripted";
	}

	async _generate(): Promise<ChatResult> {
		let text = "";
		for await (const delta of this.source) text += delta;
		return { generations: [{ text, message: new AIMessage(text) }] };
	}

	override async *_streamResponseChunks(): AsyncGenerator<ChatGenerationChunk> {
		for await (const text of this.source) yield new ChatGenerationChunk({ text, message: new AIMessageChunk(text) });
		const message = new AIMessageChunk({ content: "", response_metadata: { finish_reason: "stop" } });
		yield new ChatGenerationChunk({ text: "", message });
	}

	override bindTools(): this {
		return this;
	}
}

const messages = [{ role: "user", content: "hello" }];

testGuardAdapter({
	name: "LangChain, invoke",
	isWhole: true,
	scripts: 30,
	async *read(source, options) {
		const middleware: AnyAgentMiddleware[] = [guardAgent({ ...options, input: false })];
		const agent = createAgent({ model: new ScriptedModel(source), tools: [], middleware });
		const state = await agent.invoke({ messages });
		yield (state.messages.at(-1) as BaseMessage).text;
	},
});

testGuardAdapter({
	name: "LangChain, stream of messages",
	scripts: 30,
	async *read(source, options) {
		const leaving = new AbortController();
		const agent = createAgent({
			model: new ScriptedModel(source),
			tools: [],
			middleware: [guardAgent({ ...options, input: false })],
		});
		try {
			for await (const [message] of await agent.stream(
				{ messages },
				{ streamMode: "messages", signal: leaving.signal },
			))
				if (AIMessageChunk.isInstance(message)) yield message.text;
		} finally {
			leaving.abort();
		}
	},
});

test("tool calls, reasoning and what tools gave are judged", async () => {
	const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")], refusal: "No." };
	const run = async (answers: AIMessage[], found = "calm"): Promise<{ last: BaseMessage; calls: number }> => {
		let calls = 0;
		const look = tool(
			() => {
				calls++;
				return found;
			},
			{ name: "look", description: "looks", schema: { type: "object", properties: { q: { type: "string" } } } },
		);
		const model = new ScriptedModel(toSource([]));
		let at = 0;
		model._generate = async () => ({ generations: [{ text: "", message: answers[at++]! }] });
		const agent = createAgent({ model, tools: [look], middleware: [guardAgent(options)] });
		const state = await agent.invoke({ messages });
		return { last: state.messages.at(-1)!, calls };
	};
	const call = (q: string): AIMessage =>
		new AIMessage({ content: "", tool_calls: [{ id: "1", name: "look", args: { q } }] });
	const blocked = await run([call("bad words")]);
	assert.deepEqual(
		[blocked.calls, blocked.last.text, (blocked.last.response_metadata as { finish_reason?: string }).finish_reason],
		[0, "No.", "content_filter"],
	);
	const found = await run([call("calm"), new AIMessage("never asked")], "so bad words");
	assert.deepEqual([found.calls, found.last.text], [1, "No."]);
	const fine = await run([call("calm"), new AIMessage("found")]);
	assert.deepEqual([fine.calls, fine.last.text], [1, "found"]);
	const thought = await run([
		new AIMessage({ content: "calm", additional_kwargs: { reasoning_content: "bad words" } }),
	]);
	assert.ok(!JSON.stringify(thought.last).includes("bad"));
	const blocks = await run([
		new AIMessage({
			content: [
				{ type: "text", text: "calm" },
				{ type: "text", text: "so bad words" },
			],
		}),
	]);
	assert.equal(blocks.last.text, "calmsoNo.");
});

test("an input that blocks ends the agent before its model is called", async () => {
	const source = toSource(["calm"]);
	const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")], refusal: "No." };
	const agent = createAgent({ model: new ScriptedModel(source), tools: [], middleware: [guardAgent(options)] });
	const state = await agent.invoke({ messages: [{ role: "user", content: "bad words" }] });
	assert.deepEqual([state.messages.at(-1)!.text, state.messages.at(-1)!.getType(), source.given], ["No.", "ai", 0]);
});

test("the middleware is one by LangChain's own types", () => {
	const compiler = join(import.meta.dirname, "../../../node_modules/typescript/bin/tsc");
	const project = join(import.meta.dirname, "tsconfig.langchain.json");
	const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", project], { encoding: "utf8" });
	assert.equal(status, 0, stdout);
});
