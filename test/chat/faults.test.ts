import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createScriptedScorer } from "../guard/scripted-scorer.ts";
import { POLICIES, riskOf, type TestedChat, type TestedOptions, withChat } from "./chat-service.ts";
import { type RawStream, readRaw } from "./raw-events.ts";
import { type Script, says, toChunk } from "./upstream-double.ts";

const body = { model: "m", messages: [{ role: "user", content: "hi" }], stream: true };

function post(chat: TestedChat, extra: object = {}, headers: Record<string, string> = {}): Promise<Response> {
	return fetch(`${chat.url}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", ...headers },
		body: JSON.stringify({ ...body, ...extra }),
	});
}

async function tell(script: Script, options: TestedOptions = {}, extra: object = {}): Promise<RawStream> {
	let told: RawStream | undefined;
	await withChat(options, async (chat) => {
		chat.upstream.use(script);
		told = await readRaw(await post(chat, extra));
		assert.equal(chat.scorer.openStreams(), 0, "every stream of the classifier is closed");
	});
	return told!;
}

describe("an upstream that fails in the middle of an answer", () => {
	const begin = async ({ stream, event }: Parameters<Script>[0]): Promise<void> => {
		stream();
		await event(toChunk({ content: "judged words " }));
	};
	const cases: Record<string, Script> = {
		"an event that is not JSON": async (answer) => {
			await begin(answer);
			await answer.raw('data: {"choices": [{"index": 0, "delta"\n\n');
		},
		"an error event": async (answer) => {
			await begin(answer);
			await answer.event({ error: { message: "words of the upstream", code: "server_error" } });
		},
		"an error in a chunk like others": async (answer) => {
			await begin(answer);
			const failed = toChunk({ content: " lost" }, { finish: "error" });
			await answer.event({ ...failed, error: { message: "words of the upstream", code: 500 } });
			await answer.done();
		},
		"an error of another form": async (answer) => {
			await begin(answer);
			await answer.event({ object: "error", message: "words of the upstream", code: 400 });
			await answer.done();
		},
		"a choice that ends with an error": async (answer) => {
			await begin(answer);
			await answer.event(toChunk({}, { finish: "error" }));
			await answer.done();
		},
		"bytes that are not UTF-8": async (answer) => {
			await begin(answer);
			await answer.raw(new Uint8Array([0x64, 0xff, 0xfe, 0x0a]));
			answer.response.end();
		},
		"an end without a finish": async (answer) => {
			await begin(answer);
			answer.response.end();
		},
		"a [DONE] without a finish": async (answer) => {
			await begin(answer);
			await answer.done();
		},
		"an event that is cut off": async (answer) => {
			await begin(answer);
			await answer.raw('data: {"choices": [{"ind');
			answer.response.end();
		},
		silence: begin,
		"a choice that was not asked for": async (answer) => {
			await begin(answer);
			await answer.event(toChunk({ content: "x" }, { index: 1 }));
		},
		"a tool call without a name": async (answer) => {
			await begin(answer);
			await answer.event(toChunk({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }));
		},
	};
	for (const [name, script] of Object.entries(cases))
		it(`${name}: what was judged leaves, then one error event, then the end`, async () => {
			const stream = await tell(script, { upstream: { timeoutMs: 150 } });
			assert.equal(stream.status, 200);
			// bytes that came together with those that are no text are lost with them
			if (!name.includes("UTF-8")) assert.equal(stream.text("content"), "judged words ");
			assert.equal(stream.error!.code, "source_failed");
			assert.doesNotMatch(stream.error!.message, /words of/);
			assert.equal(stream.raw.match(/"error"/g)!.length, 1);
			assert.ok(!stream.isDone && stream.raw.trimEnd().endsWith("}}"));
		});
	it("an answer that is no stream is judged all the same", async () => {
		const answer =
			(content: string): Script =>
			({ json }) =>
				json(200, { choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }] });
		const good = await tell(answer("one good answer"));
		assert.deepEqual([good.text("content"), good.finish()], ["one good answer", "stop"]);
		const bad = await tell(answer("one bad answer"));
		assert.deepEqual([bad.text("content"), bad.finish()], ["one", "content_filter"]);
	});
	it("502 before the answer begins: nobody there, silence, compression, another form", async () => {
		await withChat({ upstream: { baseUrl: "http://127.0.0.1:1/v1" } }, async (chat) => {
			assert.equal((await post(chat)).status, 502);
		});
		await withChat({ upstream: { timeoutMs: 50 } }, async (chat) => {
			chat.upstream.use(() => {});
			const response = await post(chat);
			assert.equal(response.status, 502);
			assert.match(await response.text(), /does not answer in time/);
			chat.upstream.use(({ stream, response: answer }) => {
				stream({ "content-encoding": "gzip" });
				answer.flushHeaders();
			});
			assert.equal((await post(chat)).status, 502);
			chat.upstream.use(({ json }) => json(200, { hello: 1 }));
			assert.equal((await readRaw(await post(chat))).error!.code, "source_failed");
		});
	});
	it("comments, other line ends and events that are no chunks do no harm", async () => {
		const stream = await tell(async ({ stream: start, raw }) => {
			start();
			await raw(': hello\r\n\r\nevent: x\r\ndata: {"type":"ping"}\r\n\r\n');
			await raw(`data: ${JSON.stringify(toChunk({ content: "fine" }, { finish: "stop" }))}\r\r`);
			await raw("data: [DONE]\n\n");
		});
		assert.deepEqual([stream.text("content"), stream.finish(), stream.isDone], ["fine", "stop", true]);
	});
});

describe("a classifier that fails", () => {
	const failing = (): TestedOptions["scorer"] => {
		const scorer = createScriptedScorer(riskOf, async () => {
			if (scorer.reads() > 2) scorer.fail(new SluiceError("inference_failed", { detail: "the thread is gone" }));
		});
		return scorer;
	};
	it("stops the answer by default, with the error in place of results", async () => {
		const stream = await tell(says("words before words after it all"), { scorer: failing() });
		assert.equal(stream.finish(), "content_filter");
		assert.doesNotMatch(stream.text("content"), /all/);
		assert.deepEqual([stream.moderation!.output.type, stream.moderation!.output.code], ["error", "inference_failed"]);
	});
	it("lets the rest pass where that is declared, and says so", async () => {
		for (const onFailure of ["flag", "allow"] as const) {
			const stream = await tell(says("words before words after it all"), {
				scorer: failing(),
				settings: { onFailure },
			});
			assert.deepEqual([stream.text("content"), stream.finish()], ["words before words after it all", "stop"]);
			assert.equal(stream.moderation!.output.code, "inference_failed");
		}
	});
	it("refuses a prompt that cannot be judged before anything is shown, and ends the upstream's work", async () => {
		let asked: Promise<unknown> | undefined;
		const before = async (): Promise<never> => {
			await asked;
			throw new SluiceError("overloaded", { detail: "at capacity" });
		};
		const moderator = { moderate: createFakeModerator({ before }).moderate };
		await withChat({ moderator }, async (chat) => {
			chat.upstream.use(() => {});
			const next = chat.upstream.next();
			asked = next;
			const response = await post(chat);
			assert.equal(response.status, 503);
			await (await next).closed;
			asked = undefined;
		});
		const stream = await tell(says("good words"), { moderator, settings: { onFailure: "allow" } });
		assert.equal(stream.text("content"), "good words");
		assert.equal(stream.moderation!.input.code, "overloaded");
	});
});

describe("a prompt that blocks", () => {
	it("ends the upstream's call before its first token could leave, by whoever said it", async () => {
		const conversations = [
			[{ role: "user", content: "so bad" }],
			[
				{ role: "system", content: "so bad" },
				{ role: "user", content: "hi" },
			],
			[
				{
					role: "user",
					content: [
						{ type: "text", text: "so" },
						{ type: "text", text: "bad" },
					],
				},
			],
			[
				{ role: "user", content: "hi" },
				{ role: "tool", tool_call_id: "1", content: "a bad result" },
			],
		];
		let asked: Promise<unknown> | undefined;
		const { moderate } = createFakeModerator({
			policies: POLICIES,
			risk: riskOf,
			before: async () => void (await asked),
		});
		await withChat({ moderator: { moderate } }, async (chat) => {
			for (const messages of conversations) {
				chat.upstream.use(async ({ stream, event, response }) => {
					stream();
					while (!response.destroyed) await event(toChunk({ content: "SECRET " }));
				});
				const next = chat.upstream.next();
				asked = next; // the prompt is judged only once the upstream is at work
				const stream = await readRaw(await post(chat, { messages }));
				const seen = await next;
				assert.equal(stream.finish(), "content_filter");
				assert.doesNotMatch(stream.raw, /SECRET/);
				assert.ok(stream.moderation!.input.results!.some(({ flagged }) => flagged));
				await seen.closed;
				assert.equal(seen.isWhole, false);
			}
			asked = undefined;
			chat.upstream.use(says("fine"));
			const own = [
				{ role: "assistant", content: "bad" },
				{ role: "user", content: "hi" },
			];
			assert.equal((await readRaw(await post(chat, { messages: own }))).finish(), "stop");
		});
		const settings = { inputRoles: ["assistant"] } as const;
		const own = [{ role: "assistant", tool_calls: [{ function: { arguments: "bad" } }] }];
		assert.equal((await tell(says("fine"), { settings }, { messages: own })).finish(), "content_filter");
	});
	it("may hide in no other field", async () => {
		for (const extra of [
			{ tools: [{ type: "function", function: { name: "f", description: "a bad tool" } }] },
			{ prediction: { type: "content", content: "bad" } },
			{ documents: [{ text: "so bad" }] },
			{ documents: { "a bad name": 1 } },
			{ tools: [{ type: "function", function: { name: "f", parameters: { enum: ["so bad"] } } }] },
			{ tools: [{ type: "function", function: { name: "so bad", parameters: {} } }] },
			{ response_format: { type: "json_schema", json_schema: { name: "x", schema: { title: "so bad" } } } },
			{ messages: [{ role: "user", content: "hi", name: "so bad" }] },
			{ messages: [{ role: "user", content: "hi", note: { deep: ["bad"] } }] },
			{ messages: [{ role: "user", content: [{ type: "text", text: "hi", more: "bad" }] }] },
		])
			assert.equal((await tell(says("fine"), {}, extra)).finish(), "content_filter");
	});
	it("says where something passed that nobody could judge, as it was declared", async () => {
		const content = [
			{ type: "text", text: "what is this?" },
			{ type: "image_url", image_url: { url: "data:," } },
		];
		for (const onFailure of ["flag", "allow"] as const) {
			const stream = await tell(says("fine"), { settings: { onFailure } }, { messages: [{ role: "user", content }] });
			assert.deepEqual([stream.text("content"), stream.moderation!.input.code], ["fine", "unsupported_input"]);
		}
	});
	it("400 for what nobody can judge", async () => {
		await withChat({}, async (chat) => {
			const image = [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }];
			const deep = JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`);
			for (const [extra, pointer] of [
				[{ metadata: deep }, ""],
				[
					{ messages: [{ role: "user", content: [{ type: "image_url", text: "a cat", image_url: {} }] }] },
					"/messages/0/content/0",
				],
				[{ messages: [{ role: "user", content: [{ text: "a cat", image: "data:," }] }] }, "/messages/0/content/0"],
				[
					{
						messages: [
							{ role: "assistant", audio: { id: "a" } },
							{ role: "user", content: "x" },
						],
						n: 99,
					},
					"/n",
				],
				[{ messages: image }, "/messages/0/content/0"],
				[{ logprobs: true }, "/logprobs"],
				[{ modalities: ["text", "audio"] }, "/modalities"],
				[{ messages: [{ role: "robot", content: "hi" }] }, "/messages/0/role"],
				[{ messages: [{ role: "user", content: 5 }] }, "/messages/0/content"],
				[{ n: 99 }, "/n"],
			] as const) {
				const response = await post(chat, extra);
				assert.equal(response.status, 400, pointer);
				assert.equal(((await response.json()) as { pointer: string }).pointer, pointer);
			}
			assert.equal(chat.upstream.seen.length, 0);
		});
	});
});

describe("what goes over the connection", () => {
	it("neither side sees the other's headers, cookies or keys", async () => {
		const headers = {
			authorization: "Bearer sk-caller",
			cookie: "a=b",
			"x-forwarded-for": "1.2.3.4",
			"openai-organization": "o",
		};
		await withChat({}, async (chat) => {
			chat.upstream.use(says("fine"));
			await readRaw(await post(chat, {}, headers));
			const seen = chat.upstream.seen[0]!;
			assert.equal(seen.headers.authorization, "Bearer sk-configured");
			for (const name of ["cookie", "x-forwarded-for", "openai-organization"])
				assert.equal(seen.headers[name], undefined);
			assert.equal(seen.body.stream, true);
		});
		await withChat({ upstream: { apiKey: undefined } }, async (chat) => {
			chat.upstream.use(says("fine"));
			await readRaw(await post(chat, {}, headers));
			assert.equal(chat.upstream.seen[0]!.headers.authorization, undefined);
		});
		await withChat({ upstream: { apiKey: undefined, passesAuthorization: true } }, async (chat) => {
			chat.upstream.use(({ json }) => json(401, { error: { message: "bad key sk-caller" } }));
			const response = await post(chat, {}, headers);
			assert.equal(chat.upstream.seen[0]!.headers.authorization, "Bearer sk-caller");
			assert.equal(response.status, 401);
			assert.doesNotMatch(await response.text(), /sk-/);
		});
	});
	it("comments keep the connection alive while text is held", async () => {
		let open = (): void => {};
		const gate = new Promise<void>((resolve) => {
			open = resolve;
		});
		const scorer = createScriptedScorer(riskOf, () => gate);
		await withChat({ scorer, settings: { heartbeatMs: 5 } }, async (chat) => {
			chat.upstream.use(says("held words"));
			const response = await post(chat);
			const reader = response.body!.getReader();
			const parts: Uint8Array[] = [];
			for (;;) {
				const { value, done } = await reader.read();
				if (done) break;
				parts.push(value);
				if (parts.length === 3) open();
			}
			const text = Buffer.concat(parts).toString();
			assert.match(text, /^: waiting\n\n: waiting\n\n: waiting\n\n/);
			assert.match(text, /words.*\[DONE\]\n\n$/s);
		});
	});
});
