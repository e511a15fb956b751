/** The examples, each with a scripted upstream; the chat with the classifier that comes with the repository as well. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { MockLanguageModelV4 } from "ai/test";
import OpenAI from "openai";
import { ask } from "../examples/ai-sdk.ts";
import { answer } from "../examples/chat.ts";
import { openExampleClassifier } from "../examples/classifier.ts";
import { createExampleApp } from "../examples/hono.ts";
import { createProxy } from "../examples/proxy.ts";
import { toBody, toChat } from "./guard/adapters/bytes.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "./guard/scripted-scorer.ts";
import { toSource } from "./guard/streams.ts";

const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] };
const SCRIPT = ["calm ", "and ba", "d words"];

test("chat: with the classifier, harmless answers come whole and a threat is stopped where it begins", async () => {
	const classifier = await openExampleClassifier();
	try {
		const say = async (text: string): Promise<string> => {
			let shown = "";
			const model = (): AsyncIterable<string> => toSource(text.split(/(?<= )/));
			await answer("?", { ...classifier, model, write: (piece) => (shown += piece) });
			return shown;
		};
		assert.equal(
			await say("The meeting begins at nine, and there is coffee."),
			"The meeting begins at nine, and there is coffee.",
		);
		const stopped = await say("Here is my answer: I will kill you, you worthless piece of shit.");
		assert.ok(stopped.endsWith(" [stopped]") && !stopped.includes("shit"), stopped);
	} finally {
		await classifier.close();
	}
});

test("proxy: the openai client, unmodified, against a real upstream", async () => {
	const seen: (string | undefined)[] = [];
	const upstream = createServer(async (request, response) => {
		seen.push(request.headers.authorization, request.headers.cookie);
		response.writeHead(200, { "content-type": "text/event-stream" });
		for await (const event of toChat(toSource(SCRIPT))) response.write(event);
		response.end();
	}).listen(0, "127.0.0.1");
	try {
		await once(upstream, "listening");
		const app = createProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, options);
		const client = new OpenAI({
			apiKey: "key",
			baseURL: "http://proxy/v1",
			maxRetries: 0,
			defaultHeaders: { cookie: "secret" },
			fetch: async (url, init) => app.request(url as string, init),
		});
		const messages = [{ role: "user" as const, content: "hello" }];
		const stream = await client.chat.completions.create({ model: "m", stream: true, messages });
		let text = "";
		let reason: string | null | undefined;
		for await (const { choices } of stream) {
			text += choices[0]?.delta.content ?? "";
			reason = choices[0]?.finish_reason ?? reason;
		}
		assert.deepEqual([text, reason, seen], ["calm and", "content_filter", ["Bearer key", undefined]]);
	} finally {
		upstream.closeAllConnections();
		upstream.close();
	}
});

test("AI SDK app: the answer is cut and says why it ended", async () => {
	const usage = {
		inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
		outputTokens: { total: 1, text: 1, reasoning: 0 },
	};
	type Stream = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>["stream"];
	const parts = async function* (): AsyncGenerator<Stream extends ReadableStream<infer P> ? P : never> {
		yield { type: "text-start", id: "0" };
		for (const delta of SCRIPT) yield { type: "text-delta", id: "0", delta };
		yield { type: "text-end", id: "0" };
		yield { type: "finish", usage, finishReason: { unified: "stop", raw: "stop" } };
	};
	const model = new MockLanguageModelV4({ doStream: async () => ({ stream: toBody(parts()) }) });
	assert.deepEqual(await ask(model, "hello", options), { text: "calm and", finishReason: "content-filter" });
});

test("Hono: text and events are cut where they turn bad", async () => {
	const app = createExampleApp(options, () => toSource(SCRIPT));
	assert.equal(await (await app.request("/text")).text(), "calm and");
	const events = await (await app.request("/events")).text();
	assert.match(events, /^data: calm \n\ndata: and\n\nevent: content_filter\ndata: \{"reason":"policy".*\}\n\n$/);
});
