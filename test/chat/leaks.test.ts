import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom, toDeltas } from "../guard/streams.ts";
import { type TestedChat, withChat } from "./chat-service.ts";
import { readRaw } from "./raw-events.ts";
import { type Script, toChunk } from "./upstream-double.ts";

const TOOLS = [
	{ type: "function", function: { name: "look_up", parameters: {} } },
	{ type: "custom", custom: { name: "free" } },
];
const body = { model: "m", messages: [{ role: "user", content: "hi" }], tools: TOOLS };
const SURFACES = ["content", "refusal", "reasoning_content", "reasoning", "tool/0", "tool/1"] as const;
const SAFE = "Words that are fine, größer 漢字 😀 and rising to";
const HARM = " bad things HARMFUL and more of them";

/** Says a text on a surface in deltas cut anywhere, inside characters too. */
function saysOn(texts: readonly (readonly [string, string])[], random: () => number): Script {
	return async ({ stream, event, done }) => {
		stream();
		const kinds = { "tool/0": "function", "tool/1": "custom" } as const;
		const open = texts.map(([surface, text], index) => ({ surface, index, deltas: toDeltas(text, random) }));
		const begun = new Set<number>();
		while (open.length > 0) {
			const at = Math.floor(random() * open.length);
			const { surface, index, deltas } = open[at]!;
			const { value, done: isOver } = deltas.next();
			if (isOver) {
				open.splice(at, 1);
				await event(toChunk({}, { index, finish: "stop" }));
				continue;
			}
			const kind = kinds[surface as keyof typeof kinds];
			const first = begun.has(index) ? {} : { id: "call_1", type: kind };
			const inner = {
				...(begun.has(index) ? {} : { name: kind === "custom" ? "free" : "look_up" }),
				[kind === "custom" ? "input" : "arguments"]: value,
			};
			begun.add(index);
			const delta =
				kind === undefined
					? { [surface]: value }
					: { tool_calls: [{ index: Number(surface.slice(5)), ...first, [kind]: inner }] };
			await event(toChunk(delta, { index }));
		}
		await done();
	};
}

const post = (chat: TestedChat, extra: object): Promise<Response> =>
	fetch(`${chat.url}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ ...body, ...extra }),
	});

interface Whole {
	choices: { message: Record<string, unknown> & { tool_calls?: unknown[] }; finish_reason: string }[];
}

describe("a guarded answer in hold", () => {
	it("lets 0 characters of a judged-bad part out, on every surface, however it is cut", async () => {
		const random = createRandom(1);
		await withChat({}, async (chat) => {
			for (const surface of SURFACES)
				for (let round = 0; round < 4; round++) {
					chat.upstream.use(saysOn([[surface, SAFE + HARM]], random));
					const stream = await readRaw(await post(chat, { stream: true }));
					const shown = stream.text(surface);
					assert.ok(SAFE.startsWith(shown), `${surface}: ${shown}`);
					assert.ok(shown.length >= SAFE.indexOf(" rising"), "what was safe has left");
					assert.doesNotMatch(stream.raw, /\bbad\b|HARMFUL/);
					assert.equal(stream.finish(), "content_filter");
					assert.ok(stream.isDone && stream.moderation!.output.results![0]!.flagged);
					const answer = await post(chat, {});
					const text = await answer.text();
					const whole = JSON.parse(text) as Whole;
					assert.doesNotMatch(text, /\bbad\b|HARMFUL/);
					assert.equal(whole.choices[0]!.finish_reason, "content_filter");
					assert.equal(whole.choices[0]!.message.tool_calls, undefined);
					if (!surface.startsWith("tool")) assert.equal(whole.choices[0]!.message[surface], shown);
				}
		});
	});
	it("stops one choice of two and lets the other say all, streamed as whole", async () => {
		const random = createRandom(2);
		await withChat({}, async (chat) => {
			for (let round = 0; round < 10; round++) {
				const other = "quite another answer without any harm";
				chat.upstream.use(
					saysOn(
						[
							["content", SAFE + HARM],
							["content", other],
						],
						random,
					),
				);
				const stream = await readRaw(await post(chat, { stream: true, n: 2 }));
				assert.deepEqual([stream.finish(0), stream.finish(1)], ["content_filter", "stop"]);
				assert.equal(stream.text("content", 1), other);
				assert.deepEqual(
					stream.moderation!.output.results!.map(({ flagged }) => flagged),
					[true, false],
				);
				const whole = (await (await post(chat, { n: 2 })).json()) as Whole;
				assert.deepEqual(
					whole.choices.map(({ message }) => message.content),
					[stream.text("content", 0), other],
				);
			}
		});
	});
	it("gives harmless text of every surface unchanged, however it is cut", async () => {
		const random = createRandom(3);
		await withChat({}, async (chat) => {
			for (const surface of SURFACES) {
				const text = `${SAFE} {"a": 😀} the end `;
				chat.upstream.use(saysOn([[surface, text]], random));
				const stream = await readRaw(await post(chat, { stream: true }));
				assert.equal(stream.text(surface), text);
				assert.equal(stream.finish(), "stop");
			}
		});
	});
	it("passes no field that nobody judges: logprobs, unknown fields, names of tools that are not in the request", async () => {
		await withChat({}, async (chat) => {
			chat.upstream.use(async ({ stream, event, done }) => {
				stream({ "set-cookie": "HARMFUL=1", "x-secret": "HARMFUL" });
				await event({
					id: "HARMFUL",
					model: "HARMFUL",
					system_fingerprint: "HARMFUL",
					choices: [
						{
							index: 0,
							delta: { content: "fine", annotations: ["HARMFUL"], audio: { transcript: "HARMFUL" } },
							logprobs: { content: [{ token: "HARMFUL" }] },
							note: "HARMFUL",
							finish_reason: "HARMFUL WORDS",
						},
					],
					usage: { note: "HARMFUL", prompt_tokens: 1 },
				});
				await done();
			});
			const response = await post(chat, { stream: true });
			assert.doesNotMatch(JSON.stringify([...response.headers]), /HARMFUL/);
			const stream = await readRaw(response);
			assert.doesNotMatch(stream.raw, /HARMFUL/);
			assert.deepEqual([stream.text("content"), stream.finish()], ["fine", "stop"]);
			chat.upstream.use(async ({ stream: begin, event }) => {
				begin();
				await event(toChunk({ tool_calls: [{ index: 0, id: "c", function: { name: "HARMFUL", arguments: "{}" } }] }));
			});
			const called = await readRaw(await post(chat, { stream: true }));
			assert.equal(called.error!.code, "source_failed");
			assert.doesNotMatch(called.raw, /HARMFUL/);
		});
	});
});

describe("other ways to guard", () => {
	it("a moderator that cannot follow streams judges the whole answer before any of it leaves", async () => {
		await withChat({ isWhole: true }, async (chat) => {
			chat.upstream.use(saysOn([["content", SAFE + HARM]], createRandom(4)));
			const stream = await readRaw(await post(chat, { stream: true }));
			assert.equal(stream.text("content"), "");
			assert.equal(stream.finish(), "content_filter");
			assert.equal(stream.moderation!.output.results![0]!.category_scores.hate, 0.95);
			chat.upstream.use(saysOn([["content", SAFE]], createRandom(4)));
			assert.equal((await readRaw(await post(chat, { stream: true }))).text("content"), SAFE);
		});
	});
	it("final lets nothing of a stopped answer out; lag streams at once and cuts", async () => {
		await withChat({ settings: { mode: "final" } }, async (chat) => {
			chat.upstream.use(saysOn([["content", SAFE + HARM]], createRandom(5)));
			assert.equal((await readRaw(await post(chat, { stream: true }))).text("content"), "");
		});
		await withChat({ settings: { mode: "lag" } }, async (chat) => {
			chat.upstream.use(saysOn([["content", SAFE + HARM]], createRandom(5)));
			const stream = await readRaw(await post(chat, { stream: true }));
			assert.ok(stream.text("content").length >= SAFE.length - 12);
			assert.equal(stream.finish(), "content_filter");
		});
	});
	it("a request can ask for scores alone only where the service lets it", async () => {
		const policy = { input: { mode: "score" }, output: { mode: "score" } };
		const asked = { stream: true, moderation: { model: "omni-moderation-latest", policy } };
		const ask = async (chat: TestedChat, extra: object): Promise<string | undefined> => {
			chat.upstream.use(saysOn([["content", SAFE + HARM]], createRandom(6)));
			const stream = await readRaw(await post(chat, extra));
			if (stream.finish() === "stop") assert.equal(stream.text("content"), SAFE + HARM);
			if (stream.moderation) assert.ok(stream.moderation.output.results![0]!.flagged);
			return stream.finish();
		};
		const block = { ...asked, moderation: { model: "x", policy: { output: { mode: "block" } } } };
		await withChat({}, async (chat) => assert.equal(await ask(chat, asked), "content_filter"));
		await withChat({ settings: { moderation: "request" } }, async (chat) => {
			assert.equal(await ask(chat, asked), "stop");
			assert.equal(await ask(chat, { stream: true }), "content_filter");
		});
		await withChat({ settings: { moderation: "score" } }, async (chat) => {
			assert.equal(await ask(chat, { stream: true }), "stop");
			assert.equal(await ask(chat, block), "content_filter");
		});
	});
});
