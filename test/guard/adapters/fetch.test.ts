import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { guardFetch } from "../../../src/guard/adapters/index.ts";
import type { AdapterOptions } from "../../../src/guard/parts/adapter-options.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { toSource } from "../streams.ts";
import { readChat, readText, toBody, toByteChunks, toChat, toChunk } from "./bytes.ts";

const SSE = { "content-type": "text/event-stream; charset=utf-8" };

/** An upstream that answers each call with the body. */
function answer(body: BodyInit, headers: Record<string, string>): typeof fetch {
	return async () => new Response(body, { headers });
}

testGuardAdapter({
	name: "fetch, text",
	scripts: 60,
	async *read(source, options) {
		const upstream = answer(toBody(toByteChunks(source)), { "content-type": "text/plain" });
		yield* readText((await guardFetch({ ...options, fetch: upstream })("http://model/")).body!);
	},
});

testGuardAdapter({
	name: "fetch, server-sent events",
	scripts: 100,
	async *read(source, options) {
		const upstream = answer(toBody(toByteChunks(toChat(source))), SSE);
		yield* readChat((await guardFetch({ ...options, fetch: upstream })("http://model/")).body!);
	},
});

testGuardAdapter({
	name: "fetch, JSON",
	isWhole: true,
	async *read(source, options) {
		const upstream: typeof fetch = async () => {
			let content = "";
			for await (const delta of source) content += delta;
			return Response.json({
				object: "chat.completion",
				choices: [{ index: 0, message: { content }, finish_reason: "stop" }],
			});
		};
		const response = await guardFetch({ ...options, fetch: upstream })("http://model/");
		yield ((await response.json()) as OpenAI.ChatCompletion).choices[0]!.message.content!;
	},
});

testGuardAdapter({
	name: "openai client over fetch",
	scripts: 60,
	async *read(source, options) {
		const upstream = answer(toBody(toByteChunks(toChat(source))), SSE);
		const client = new OpenAI({
			apiKey: "k",
			baseURL: "http://model/v1",
			maxRetries: 0,
			fetch: guardFetch({ ...options, input: false, fetch: upstream }),
		});
		const stream = await client.chat.completions.create({
			model: "m",
			stream: true,
			messages: [{ role: "user", content: "hello" }],
		});
		for await (const { choices } of stream) if (choices[0]?.delta.content) yield choices[0].delta.content;
	},
});

const toOptions = (more: Partial<AdapterOptions> = {}): AdapterOptions => ({
	scorer: createScriptedScorer(riskOfWords),
	policies: [toPolicy("p")],
	...more,
});

async function guardEvents(events: string, more?: Partial<AdapterOptions>): Promise<string> {
	const fetch = answer(toBody(toByteChunks(toSource([events]))), SSE);
	return (await guardFetch({ ...toOptions(more), fetch })("http://model/")).text();
}

test("harmless events leave byte for byte, comments and unknown fields included", async () => {
	const events = `: hello\n\nid: 7\nretry: 10\n${toChunk({ role: "assistant", content: "Hel" })}${toChunk({ content: "lo 😀" })}\r\n${toChunk({ content: " you" })}${toChunk({}, "stop")}data: {"choices":[],"usage":{"total_tokens":3}}\n\ndata: [DONE]\n\n`;
	assert.equal(await guardEvents(events), events);
});

test("every surface of every choice is judged: none of them leaks, and the answer ends", async () => {
	const call = (args: string, rest: object = {}): object => ({
		tool_calls: [{ index: 0, ...rest, function: { arguments: args } }],
	});
	const surfaces = [
		["content", "bad", "words"].map((content) => ({ content: `${content} ` })),
		["refusal", "bad", "words"].map((refusal) => ({ refusal: `${refusal} ` })),
		["thoughts", "bad", "words"].map((reasoning_content) => ({ reasoning_content: `${reasoning_content} ` })),
		[call("", { id: "x", type: "function" }), call('{"q": "be '), call('bad words"}')],
		[{ unheard_of: { deep: "so bad words" } }],
	];
	for (const [n, deltas] of surfaces.entries())
		for (const index of [0, 1]) {
			const other = toChunk({ content: "fine here" }, null, 1 - index);
			const text = await guardEvents(
				`${other}${deltas.map((delta) => toChunk(delta, null, index)).join("")}${toChunk({}, "stop", index)}data: [DONE]\n\n`,
			);
			assert.ok(!/bad|words/.test(text), `${n}: ${text}`);
			assert.ok(text.includes('"finish_reason":"content_filter"') && text.endsWith("data: [DONE]\n\n"), text);
			assert.ok(!text.includes('"stop"'));
		}
});

test("reasoning does not hold back the content behind it, and choices do not mix", async () => {
	const events = [
		toChunk({ reasoning_content: "think" }),
		...["one ", "two ", "three "].flatMap((content) => [
			toChunk({ content }),
			toChunk({ content: "ba" }, null, 1),
			toChunk({ content: "d " }, null, 2),
		]),
		toChunk({}, "stop"),
		toChunk({}, "stop", 1),
		toChunk({}, "stop", 2),
	];
	const text = await guardEvents(events.join(""));
	assert.ok(!text.includes("content_filter"));
	assert.equal([...text.matchAll(/"content":"(one|two|three) "/g)].length, 3);
});

test("events of other formats are judged too", async () => {
	const cases = [
		["data: calm \n\n", "data: ba\n\n", "data: d words\n\n"],
		[
			'data: {"type":"text-delta","id":"0","delta":"calm "}\n\n',
			'data: {"type":"text-delta","id":"0","delta":"ba"}\n\n',
			'data: {"type":"text-delta","id":"0","delta":"d words"}\n\n',
		],
		[
			'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"calm "}}\n\n',
			'data: {"type":"ping"}\n\n',
			'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"bad words"}}\n\n',
		],
		[
			'data: {"message":"calm"}\n\n',
			'data: {"message":"calm"}\n\n',
			'data: {"unknown":{"field":["so bad words"]}}\n\n',
		],
		['data: {"type":"x","delta":{"text":"calm"}}\n\n', 'data: {"choices":[]}\n\n', "data: bad words"],
	];
	for (const events of cases) {
		const text = await guardEvents(events.join(""));
		assert.ok(text.includes("calm") && !/bad|words/.test(text), text);
		assert.ok(text.includes("content_filter"), text);
	}
});

test("words are left out of events, and of whole answers, with a mark in their place", async () => {
	const lastWord = (prefix: string): number => (/\bbad\s*$/.test(prefix) ? 0.9 : 0.1);
	const more = { scorer: createScriptedScorer(lastWord), responses: { p: { onBlock: "redact" } } } as const;
	const text = await guardEvents(["so ", "ba", "d is", " it"].map((content) => toChunk({ content })).join(""), more);
	const contents = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content);
	assert.equal(contents.join(""), "so [redacted] is it");
	const call = await guardEvents(
		toChunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":"bad thing"}' } }] }),
		more,
	);
	assert.ok(!call.includes("[redacted]") && call.includes("content_filter")); // it would be no JSON any more
});

test("an event that is no JSON any more, and an error of the upstream, become one clear error event", async () => {
	const source = async function* (): AsyncGenerator<Uint8Array> {
		yield new TextEncoder().encode(toChunk({ content: "calm wor" }));
		throw new TypeError("terminated");
	};
	const response = await guardFetch({ ...toOptions(), fetch: answer(toBody(source()), SSE) })("http://model/");
	const text = await response.text();
	assert.match(text, /calm wor[\s\S]*data: \{"error":\{[^}]*"code":"source_failed"\}\}\n\n$/);
});

test("a prompt that blocks ends the upstream call, and nothing of its answer leaves", async () => {
	let isEnded = false;
	const upstream: typeof fetch = async (_, init) => {
		init!.signal!.addEventListener("abort", () => {
			isEnded = true;
		});
		return new Response("calm words");
	};
	const client = new OpenAI({
		apiKey: "k",
		baseURL: "http://model/v1",
		maxRetries: 0,
		fetch: guardFetch({ ...toOptions(), fetch: upstream }),
	});
	for (const messages of [
		[{ role: "user", content: "bad words" }],
		[{ role: "user", content: [{ type: "text", text: "bad words" }] }],
		[
			{ role: "user", content: "hi" },
			{ role: "tool", tool_call_id: "x", content: "bad words" },
		],
	] as OpenAI.ChatCompletionMessageParam[][]) {
		isEnded = false;
		await assert.rejects(
			client.chat.completions.create({ model: "m", messages }),
			(error: InstanceType<typeof OpenAI.APIError>) => {
				assert.deepEqual([error.status, error.code], [403, "content_filter"]);
				return true;
			},
		);
		assert.ok(isEnded);
	}
});

test("a body that cannot be read is refused, never passed", async () => {
	const charset = answer("x", { "content-type": "text/plain; charset=utf-16" });
	await assert.rejects(guardFetch({ ...toOptions(), fetch: charset })("http://model/"), { code: "unsupported_input" });
	const image = answer(new Uint8Array([1, 2]), { "content-type": "image/png" });
	assert.equal(
		(await (await guardFetch({ ...toOptions(), fetch: image })("http://model/")).arrayBuffer()).byteLength,
		2,
	);
});

test("a choice whose end had come but not left ends with content_filter", async () => {
	const events = `${toChunk({ content: "so bad words" }, null, 3)}${toChunk({}, "stop", 3)}data: [DONE]\n\n`;
	const text = await guardEvents(events, { mode: "final" });
	assert.match(text, /^data: \{[^\n]*"index":3[^\n]*"finish_reason":"content_filter"[^\n]*\n\ndata: \[DONE\]\n\n$/);
});
