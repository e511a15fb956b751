import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type OpenAI from "openai";
import { startChat, type TestedChat } from "../chat/chat-service.ts";
import { type Script, toChunk } from "../chat/upstream-double.ts";

const tools: OpenAI.Chat.ChatCompletionTool[] = [
	{
		type: "function",
		function: { name: "look_up", description: "Looks something up", parameters: { type: "object" } },
	},
	{ type: "custom", custom: { name: "write" } },
];
const request = { model: "m", messages: [{ role: "user" as const, content: "hello" }], tools };

/** Says deltas of one choice and finishes. */
function saying(finish: string, ...deltas: readonly object[]): Script {
	return async ({ stream, event, done }) => {
		stream();
		for (const delta of deltas) await event(toChunk(delta));
		await event(toChunk({}, { finish }));
		await done();
	};
}

const args = (text: string, rest: object = {}, index = 0): object => ({
	tool_calls: [{ index, ...rest, function: { ...("id" in rest ? { name: "look_up" } : {}), arguments: text } }],
});

/** Two calls, one of each kind, their texts in pieces. */
const calls = (word: string): Script =>
	saying(
		"tool_calls",
		{ role: "assistant", content: null },
		args("", { id: "call_1", type: "function" }),
		args('{"text": "one'),
		args(` ${word}`),
		args(' here"}'),
		{ tool_calls: [{ index: 1, id: "call_2", type: "custom", custom: { name: "write", input: "free " } }] },
		{ tool_calls: [{ index: 1, custom: { input: "words" } }] },
	);

describe("the official openai client on all that an answer can say", () => {
	let chat: TestedChat;
	before(async () => {
		chat = await startChat();
	});
	after(() => chat.close());

	it("gets tool calls of both kinds, whole and put together from a stream", async () => {
		chat.upstream.use(calls("word"));
		const whole = await chat.client.chat.completions.create(request);
		const expected = [
			{ id: "call_1", type: "function", function: { name: "look_up", arguments: '{"text": "one word here"}' } },
			{ id: "call_2", type: "custom", custom: { name: "write", input: "free words" } },
		];
		assert.deepEqual(whole.choices[0]!.message.tool_calls, expected);
		assert.equal(whole.choices[0]!.message.content, null);
		assert.equal(whole.choices[0]!.finish_reason, "tool_calls");
		const texts = ["", ""];
		const names: string[] = [];
		for await (const { choices } of await chat.client.chat.completions.create({ ...request, stream: true }))
			for (const { index, id, ...call } of choices[0]?.delta.tool_calls ?? []) {
				const { function: called, custom } = call as typeof call & { custom?: { name?: string; input?: string } };
				texts[index] += called?.arguments ?? custom?.input ?? "";
				if (id !== undefined) names.push(`${id} ${called?.name ?? custom?.name}`);
			}
		assert.deepEqual(texts, ['{"text": "one word here"}', "free words"]);
		assert.deepEqual(names, ["call_1 look_up", "call_2 write"]);
	});
	it("gets the helper's parsed call of a streamed answer", async () => {
		chat.upstream.use(saying("tool_calls", args("", { id: "call_1", type: "function" }), args('{"a": '), args("1}")));
		const final = await chat.client.chat.completions.stream({ ...request, tools: [tools[0]!] }).finalChatCompletion();
		const [call] = final.choices[0]!.message.tool_calls!;
		assert.ok(call?.type === "function" && call.function.arguments === '{"a": 1}');
	});
	it("gets no call whose arguments were stopped, and none of the harmful part of a streamed one", async () => {
		chat.upstream.use(calls("bad"));
		const whole = await chat.client.chat.completions.create(request);
		assert.equal(whole.choices[0]!.finish_reason, "content_filter");
		assert.equal(whole.choices[0]!.message.tool_calls, undefined);
		let text = "";
		let finish: string | null = null;
		for await (const { choices } of await chat.client.chat.completions.create({ ...request, stream: true })) {
			text += choices[0]?.delta.tool_calls?.map((call) => call.function?.arguments ?? "").join("") ?? "";
			finish = choices[0]?.finish_reason ?? finish;
		}
		assert.ok('{"text": "one'.startsWith(text), text);
		assert.equal(finish, "content_filter");
	});
	it("sends the tool's result on, judged", async () => {
		chat.upstream.use(saying("stop", { content: "thanks" }));
		const [user] = request.messages;
		const call = { id: "call_1", type: "function" as const, function: { name: "look_up", arguments: "{}" } };
		const turn = (content: string): OpenAI.Chat.ChatCompletionMessageParam[] => [
			user!,
			{ role: "assistant", tool_calls: [call] },
			{ role: "tool", tool_call_id: "call_1", content },
		];
		const good = await chat.client.chat.completions.create({ ...request, messages: turn("a good result") });
		assert.equal(good.choices[0]!.message.content, "thanks");
		assert.deepEqual(chat.upstream.seen.at(-1)!.body.messages, turn("a good result"));
		const bad = await chat.client.chat.completions.create({ ...request, messages: turn("a bad result") });
		assert.equal(bad.choices[0]!.finish_reason, "content_filter");
		assert.ok(bad.moderation!.input.type === "moderation_results");
	});
	it("gets refusals and reasoning, and nothing of what is harmful in them", async () => {
		const thinking = saying(
			"stop",
			{ reasoning_content: "let me " },
			{ reasoning_content: "think" },
			{ content: "done" },
		);
		chat.upstream.use(thinking);
		const thought = await chat.client.chat.completions.create(request);
		assert.deepEqual(
			[
				thought.choices[0]!.message.content,
				(thought.choices[0]!.message as { reasoning_content?: string }).reasoning_content,
			],
			["done", "let me think"],
		);
		chat.upstream.use(saying("stop", { refusal: "I will not " }, { refusal: "do that" }));
		const final = await chat.client.chat.completions.stream(request).finalChatCompletion();
		assert.equal(final.choices[0]!.message.refusal, "I will not do that");
		assert.equal(
			(await chat.client.chat.completions.create(request)).choices[0]!.message.refusal,
			"I will not do that",
		);
		for (const field of ["reasoning_content", "refusal"]) {
			chat.upstream.use(
				saying("stop", { [field]: "I am " }, { [field]: "bad and " }, { [field]: "worse" }, { content: "late" }),
			);
			const { choices } = await chat.client.chat.completions.create(request);
			assert.equal((choices[0]!.message as unknown as Record<string, unknown>)[field], "I am");
			assert.equal(choices[0]!.finish_reason, "content_filter");
		}
	});
	it("gets every choice of several, each judged on its own", async () => {
		chat.upstream.use(async ({ stream, event, done }, { body }) => {
			assert.equal(body.n, 3);
			stream();
			for (const word of ["one ", "bad ", "end "])
				for (const index of [2, 0, 1])
					await event(toChunk({ content: index !== 1 && word === "bad " ? "fine " : word }, { index }));
			for (const index of [0, 2, 1]) await event(toChunk({}, { index, finish: "stop" }));
			await done();
		});
		const whole = await chat.client.chat.completions.create({ ...request, n: 3 });
		const expected = [
			["one fine end ", "stop"],
			["one", "content_filter"],
			["one fine end ", "stop"],
		];
		assert.deepEqual(
			whole.choices.map(({ message, finish_reason }) => [message.content, finish_reason]),
			expected,
		);
		const streamed = await chat.client.chat.completions.stream({ ...request, n: 3 }).finalChatCompletion();
		assert.deepEqual(
			streamed.choices.map(({ message, finish_reason }) => [message.content, finish_reason]),
			expected,
		);
		assert.ok(whole.moderation!.output.type === "moderation_results");
		assert.deepEqual(
			whole.moderation!.output.results.map(({ flagged }) => flagged),
			[false, true, false],
		);
	});
});
