import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createLocalSource } from "../../src/chat/index.ts";
import { createGenerator } from "../../src/generator/index.ts";
import { createLetterTokenizer, createScriptedModel } from "../generator/scripted-model.ts";
import { createScriptedScorer, type ScriptedScorer } from "../guard/scripted-scorer.ts";
import { riskOf, type TestedChat, withChat } from "./chat-service.ts";
import { readRaw } from "./raw-events.ts";
import { type Script, says, toChunk } from "./upstream-double.ts";

const body = { model: "m", messages: [{ role: "user", content: "hi" }], stream: true };

const post = (chat: TestedChat, extra: object = {}, init: RequestInit = {}): Promise<Response> =>
	fetch(`${chat.url}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...body, ...extra }),
		...init,
	});

/** Resolves when a condition holds; a test's time limit ends the wait for one that never does. */
async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await pause(5);
}

/** The value once it has stayed the same for a while. */
async function settled(read: () => number): Promise<number> {
	for (let last = read(), same = 0; ; same++) {
		await pause(25);
		if (read() !== last) [last, same] = [read(), 0];
		else if (same === 8) return last;
	}
}

/** A client that sends a request and reads only when it is told to. */
async function openSlowClient(chat: TestedChat): Promise<Socket> {
	const { port, host } = new URL(chat.url);
	const socket = connect({ port: Number(port), host: "127.0.0.1" });
	await once(socket, "connect");
	socket.pause();
	const text = JSON.stringify(body);
	socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`);
	socket.write(`content-length: ${text.length}\r\n\r\n${text}`);
	return socket;
}

const PAGE = `${"x".repeat(999)} `.repeat(32);
/** Finds nothing in any text, at the same cost however long it is. */
function createQuickScorer(): ScriptedScorer {
	let streams = 0;
	return {
		...createScriptedScorer(riskOf),
		openStreams: () => streams,
		async open(policies) {
			streams++;
			let isOpen = true;
			let [end, judged] = [0, 0];
			const risks = Object.fromEntries(policies.map(({ id }) => [id, 0.01]));
			return {
				push(delta) {
					end += delta.length;
				},
				end() {},
				async read() {
					if (judged === end) return [];
					judged = end;
					return [{ end, risks, tokens: 1 }];
				},
				async close() {
					if (isOpen) streams--;
					isOpen = false;
				},
			};
		},
	};
}

const endless: Script = async ({ stream, event, response }) => {
	stream();
	while (!response.destroyed) await event(toChunk({ content: PAGE }), { isWhole: true });
};

describe("a guarded answer over connections", () => {
	it("makes the upstream wait for a client that does not read, and ends it when the client leaves", async () => {
		const scorer = createQuickScorer();
		await withChat({ scorer }, async (chat) => {
			chat.upstream.use(endless);
			const next = chat.upstream.next();
			const socket = await openSlowClient(chat);
			try {
				const seen = await next;
				await until(() => seen.events > 5);
				const waiting = await settled(() => seen.events);
				assert.ok(waiting < 2000, `${waiting} events of ${PAGE.length} characters`);
				socket.resume();
				await until(() => seen.events > waiting + 50);
				socket.pause();
				await settled(() => seen.events);
				socket.destroy();
				await seen.closed;
				await until(() => scorer.openStreams() === 0);
			} finally {
				socket.destroy();
			}
		});
	});
	it("ends a local model's generation within one token of the client's leaving", async () => {
		const tokenizer = createLetterTokenizer();
		const model = createScriptedModel([...tokenizer.encode("word ".repeat(1000)).ids]);
		let isOpen = false;
		let open = (): void => {};
		const gate = new Promise<void>((resolve) => (open = resolve));
		const gated: typeof model = {
			...model,
			generate(ids, options) {
				const tokens = model.generate(ids, options);
				return {
					finished: tokens.finished,
					async *[Symbol.asyncIterator]() {
						for await (const token of tokens) {
							if (token.index === 50 && !isOpen) await gate;
							yield token;
						}
					},
				};
			},
		};
		const generator = createGenerator({ model: gated, tokenizer });
		const source = createLocalSource({ generator, id: "tiny", created: 5, maxTokens: 5000 });
		await withChat({ source }, async (chat) => {
			const leaving = new AbortController();
			const response = await post(chat, { model: "tiny" }, { signal: leaving.signal });
			assert.ok(!(await response.body!.getReader().read()).done);
			const { signal } = model.calls[0]!.options;
			await until(() => model.taken === 51); // the model is at its next token
			const heard = once(signal!, "abort");
			leaving.abort();
			await heard;
			isOpen = true;
			open();
			await until(() => model.left === 1 && chat.scorer.openStreams() === 0);
			assert.ok(model.taken <= 52, `${model.taken} tokens`);
		});
	});
	it("guards a local model's answer like any other", async () => {
		const tokenizer = createLetterTokenizer();
		const model = createScriptedModel([...tokenizer.encode("fine words until bad ones come").ids]);
		const generator = createGenerator({ model, tokenizer });
		const source = createLocalSource({ generator, id: "tiny", created: 5, maxTokens: 100 });
		await withChat({ source }, async (chat) => {
			const stream = await readRaw(await post(chat, { model: "tiny" }));
			assert.deepEqual([stream.text("content"), stream.finish()], ["fine words until", "content_filter"]);
			const { data } = await chat.client.models.list().catch(() => ({ data: [] }));
			assert.deepEqual(data, []); // the upstream answers 500 to all here
			chat.upstream.use(({ json }) => json(200, { object: "list", data: [{ id: "other" }] }));
			assert.deepEqual(
				(await chat.client.models.list()).data.map(({ id }) => id),
				["tiny", "other"],
			);
			const blocked = await readRaw(await post(chat, { model: "tiny", messages: [{ role: "user", content: "bad" }] }));
			assert.deepEqual([blocked.text("content"), blocked.finish()], ["", "content_filter"]);
			assert.ok(model.calls.at(-1)!.options.signal!.aborted, "its generation has ended");
		});
	});
	it("asks the upstream again over the same connection, once an answer has been read to its end", async () => {
		await withChat({}, async (chat) => {
			chat.upstream.use(says("good words"));
			for (let round = 0; round < 3; round++) await readRaw(await post(chat));
			const [first, ...others] = chat.upstream.seen.map(({ port }) => port);
			assert.deepEqual(others, [first, first]);
			chat.upstream.use(says("good then bad and more"));
			await readRaw(await post(chat));
			await chat.upstream.seen.at(-1)!.closed;
		});
	});
	it("judges an answer that the upstream has cached each time, by what counts as harmful then", async () => {
		let harmful = /\bbad\b/;
		const scorer = createScriptedScorer((text, policy) => (policy === "hate" && harmful.test(text) ? 0.95 : 0.01));
		await withChat({ scorer }, async (chat) => {
			const cached: Script = ({ json }) =>
				json(
					200,
					{
						choices: [{ index: 0, message: { role: "assistant", content: "one answer kept" }, finish_reason: "stop" }],
					},
					{ "x-cache": "hit", age: "100" },
				);
			const whole = toChunk({ content: "one answer kept" }, { finish: "stop" });
			const replayed: Script = async ({ stream, event, done }) => {
				stream({ "x-cache": "hit" });
				await event(whole);
				await done();
			};
			for (const script of [cached, replayed]) {
				chat.upstream.use(script);
				harmful = /\bbad\b/;
				assert.equal((await readRaw(await post(chat))).text("content"), "one answer kept");
				harmful = /\bkept\b/;
				const stopped = await readRaw(await post(chat));
				assert.deepEqual([stopped.text("content"), stopped.finish()], ["one answer", "content_filter"]);
			}
		});
	});
	it("splits no character, event or JSON, wherever the upstream's bytes are cut", async () => {
		const text = "schöne Wörter, 漢字 and 👩‍👩‍👧 \u2028 \n\n data: x\r\n\r\n: y 😀";
		await withChat({}, async (chat) => {
			chat.upstream.use(says(text));
			for (let round = 0; round < 5; round++) {
				const stream = await readRaw(await post(chat)); // which checks UTF-8, events and JSON
				assert.equal(stream.text("content"), text);
				for (const { choices } of stream.chunks)
					assert.ok(String(choices[0]?.delta.content ?? "").isWellFormed(), "half a character");
			}
		});
	});
	it("answers many clients at once, each with its own words and verdict", async () => {
		const scorer = createScriptedScorer(riskOf);
		await withChat({ scorer }, async (chat) => {
			chat.upstream.use(async (answer, seen) => {
				const [{ content = "" } = {}] = seen.body.messages as { content?: string }[];
				await says(`for ${content} only and ${Number(content) % 2 === 0 ? "bad" : "good"} to the end`)(answer, seen);
			});
			const ask = async (i: number): Promise<void> => {
				const stream = await readRaw(await post(chat, { messages: [{ role: "user", content: `${i}` }] }));
				const [text, finish] = i % 2 === 0 ? ["", "content_filter"] : [" good to the end", "stop"];
				assert.deepEqual([stream.text("content"), stream.finish()], [`for ${i} only and${text}`, finish]);
			};
			await Promise.all(Array.from({ length: 500 }, (_, i) => ask(i)));
			assert.equal(scorer.openStreams(), 0);
		});
	});
});
