import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type OpenAI from "openai";
import { APIError, InternalServerError, NotFoundError } from "openai";
import { startChat, type TestedChat, withChat } from "../chat/chat-service.ts";
import { says, toChunk } from "../chat/upstream-double.ts";

type Chunk = OpenAI.Chat.ChatCompletionChunk;

const ask = (content = "hello"): { model: string; messages: { role: "user"; content: string }[] } => ({
	model: "m",
	messages: [{ role: "user", content }],
});

async function readAll(stream: AsyncIterable<Chunk>): Promise<Chunk[]> {
	const chunks: Chunk[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return chunks;
}

const textOf = (chunks: readonly Chunk[]): string =>
	chunks.map(({ choices }) => choices.map(({ delta }) => delta.content ?? "").join("")).join("");

describe("the official openai client on guarded chat completions", () => {
	let chat: TestedChat;
	before(async () => {
		chat = await startChat();
	});
	after(() => chat.close());

	it("streams an answer word for word, with usage where it is asked for", async () => {
		const text = "Good words, schöne Wörter 漢字 😀 and an end.";
		chat.upstream.use(says(text));
		const chunks = await readAll(
			await chat.client.chat.completions.create({ ...ask(), stream: true, stream_options: { include_usage: true } }),
		);
		assert.equal(textOf(chunks), text);
		assert.equal(chunks[0]!.choices[0]!.delta.role, "assistant");
		assert.equal(chunks.at(-2)!.choices[0]!.finish_reason, "stop");
		assert.deepEqual(chunks.at(-1)!.usage, { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 });
		assert.ok(chunks.every(({ id }) => id === chunks[0]!.id && id.startsWith("chatcmpl-")));
		const plain = await readAll(await chat.client.chat.completions.create({ ...ask(), stream: true }));
		assert.ok(plain.every((chunk) => !("usage" in chunk) && !("moderation" in chunk)));
	});
	it("gives the same answer whole", async () => {
		chat.upstream.use(says("A good answer. "));
		const { choices, usage, object } = await chat.client.chat.completions.create(ask());
		assert.equal(object, "chat.completion");
		assert.equal(choices[0]!.message.content, "A good answer. ");
		assert.equal(choices[0]!.finish_reason, "stop");
		assert.equal(usage!.total_tokens, 8);
	});
	it("ends a harmful answer with content_filter, streamed and whole, with what was found", async () => {
		chat.upstream.use(says("all good until bad words come"));
		const chunks = await readAll(await chat.client.chat.completions.create({ ...ask(), stream: true }));
		assert.equal(textOf(chunks), "all good until");
		assert.equal(chunks.findLast(({ choices }) => choices.length > 0)!.choices[0]!.finish_reason, "content_filter");
		const { output } = chunks.at(-1)!.moderation!;
		assert.ok(output.type === "moderation_results" && output.results[0]!.categories.hate);
		const whole = await chat.client.chat.completions.create(ask());
		assert.equal(whole.choices[0]!.message.content, "all good until");
		assert.equal(whole.choices[0]!.finish_reason, "content_filter");
		assert.deepEqual(whole.moderation!.output, output);
		assert.equal(whole.usage, undefined);
	});
	it("runs the client's own stream helper to the end of a stopped answer", async () => {
		chat.upstream.use(says("good then bad"));
		const final = await chat.client.chat.completions.stream(ask()).finalChatCompletion();
		assert.equal(final.choices[0]!.finish_reason, "content_filter");
		assert.equal(final.choices[0]!.message.content, "good then");
	});
	it("stops a harmful prompt, streamed and whole, and shows nothing of the answer", async () => {
		chat.upstream.use(says("secret answer"));
		const whole = await chat.client.chat.completions.create({ ...ask("a bad request"), n: 2 });
		assert.deepEqual(
			whole.choices.map(({ finish_reason, message }) => [finish_reason, message.content]),
			[
				["content_filter", ""],
				["content_filter", ""],
			],
		);
		const { input, output } = whole.moderation!;
		assert.ok(input.type === "moderation_results" && input.results[0]!.flagged);
		assert.ok(output.type === "moderation_results" && output.results.length === 0);
		const chunks = await readAll(await chat.client.chat.completions.create({ ...ask("a bad request"), stream: true }));
		assert.equal(textOf(chunks), "");
		assert.equal(chunks[0]!.choices[0]!.finish_reason, "content_filter");
	});
	it("gives moderation results in OpenAI's shape where they are asked for", async () => {
		chat.upstream.use(says("nice words"));
		const answer = await chat.client.chat.completions.create({
			...ask("hello there"),
			moderation: { model: "omni-moderation-latest", policy: { input: { mode: "score" }, output: { mode: "block" } } },
		});
		for (const side of [answer.moderation!.input, answer.moderation!.output]) {
			assert.ok(side.type === "moderation_results");
			assert.equal(side.model, "fake-guard");
			const [result] = side.results;
			assert.equal(side.results.length, 1);
			assert.equal(result!.type, "moderation_result");
			assert.equal(result!.flagged, false);
			assert.equal(result!.category_scores.hate, 0.1);
			assert.deepEqual(result!.category_applied_input_types.violence, ["text"]);
			assert.deepEqual(result!.category_applied_input_types.sexual, []);
		}
		assert.ok(!("moderation" in chat.upstream.seen.at(-1)!.body));
	});
	it("continues legacy prompts, several choices of several prompts", async () => {
		chat.upstream.use(async ({ stream, event, done }, { path, body }) => {
			assert.equal(path, "/v1/completions");
			assert.deepEqual(body.prompt, ["one", "two"]);
			stream();
			for (let index = 0; index < 4; index++) {
				await event({
					choices: [{ index, text: index === 2 ? "so bad it is" : `text ${index}`, finish_reason: null }],
				});
				await event({ choices: [{ index, text: "", finish_reason: "length" }] });
			}
			await done();
		});
		const request = { model: "m", prompt: ["one", "two"], n: 2 };
		const whole = await chat.client.completions.create(request);
		const expected = [
			["text 0", "length"],
			["text 1", "length"],
			["so", "content_filter"],
			["text 3", "length"],
		];
		assert.equal(whole.object, "text_completion");
		assert.deepEqual(
			whole.choices.map(({ text, finish_reason }) => [text, finish_reason]),
			expected,
		);
		const texts = ["", "", "", ""];
		const ends: string[] = [];
		for await (const { choices } of await chat.client.completions.create({ ...request, stream: true }))
			for (const { index, text, finish_reason } of choices) {
				texts[index] += text;
				if (finish_reason) ends[index] = finish_reason;
			}
		assert.deepEqual(
			texts.map((text, i) => [text, ends[i]]),
			expected,
		);
	});
	it("lists the upstream's models", async () => {
		chat.upstream.use(({ json }, { path }) => {
			assert.equal(path, "/v1/models");
			json(200, { object: "list", data: [{ id: "m", created: 5, owned_by: "o", secret: "x" }, { id: "no name" }] });
		});
		const { data } = await chat.client.models.list();
		assert.deepEqual(data, [{ id: "m", object: "model", created: 5, owned_by: "o" }]);
	});
	it("learns of the upstream's refusals by status, and of none of its words", async () => {
		const refuse = (status: number, error: object): Promise<unknown> => {
			chat.upstream.use(({ json }) => json(status, { error }, { "retry-after": "7", "set-cookie": "a=b" }));
			return chat.client.chat.completions.create({ ...ask(), stream: true }).then(
				() => assert.fail("was answered"),
				(error: unknown) => error,
			);
		};
		const words = "the words of sk-configured";
		const bad = (await refuse(400, { message: words, code: "context_length_exceeded", param: "messages" })) as APIError;
		assert.equal(bad.status, 400);
		assert.match(bad.message, /status 400, code context_length_exceeded, param messages/);
		assert.ok((await refuse(404, { message: words })) instanceof NotFoundError);
		for (const status of [401, 500, 302]) {
			const error = (await refuse(status, { message: words })) as APIError;
			assert.ok(error instanceof InternalServerError, `${status}`);
			assert.equal(error.status, 502);
			assert.doesNotMatch(error.message, /words|sk-/);
			assert.equal(error.headers!.get("set-cookie"), null);
		}
		const busy = (await refuse(429, { message: words })) as APIError;
		assert.deepEqual([busy.status, busy.headers!.get("retry-after")], [503, "7"]);
	});
	it("throws what breaks an answer in the middle, after the text that was judged", async () => {
		chat.upstream.use(async ({ stream, event, cut }) => {
			stream();
			await event(toChunk({ content: "judged words and" }));
			await arrived.promise;
			cut();
		});
		const arrived = Promise.withResolvers<void>();
		const chunks: Chunk[] = [];
		await assert.rejects(
			async () => {
				for await (const chunk of await chat.client.chat.completions.create({ ...ask(), stream: true })) {
					chunks.push(chunk);
					arrived.resolve();
				}
			},
			(error) => error instanceof APIError && error.code === "source_failed" && /broke off/.test(error.message),
		);
		assert.equal(textOf(chunks), "judged words and");
		await assert.rejects(chat.client.chat.completions.create(ask()), { status: 502, code: "source_failed" });
	});
	it("ends the upstream's answer when it leaves", async () => {
		chat.upstream.use(async ({ stream, event, response }) => {
			stream();
			while (!response.destroyed) await event(toChunk({ content: "word after word " }));
		});
		const stream = await chat.client.chat.completions.create({ ...ask(), stream: true });
		for await (const chunk of stream) if (textOf([chunk]).length > 0) break;
		await chat.upstream.seen.at(-1)!.closed;
		assert.equal(chat.upstream.seen.at(-1)!.isWhole, false);
	});
});

describe("a chat service that is not set up", () => {
	it("501 names the settings", async () => {
		await withChat({}, async ({ app }) => assert.equal((await app.request("/v1/models")).status, 502));
		const { createHarness } = await import("./harness.ts");
		const { app, post } = createHarness();
		for (const response of [
			await post("/v1/chat/completions", ask()),
			await post("/v1/completions", { model: "m", prompt: "a" }),
			await app.request("/v1/models"),
		]) {
			assert.equal(response.status, 501);
			assert.match(await response.text(), /SLUICE_UPSTREAM_BASE_URL.*SLUICE_CHAT_MODEL/);
		}
	});
});
