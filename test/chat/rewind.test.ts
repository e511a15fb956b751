/** Answers of a local model that go another way where they are blocked: on a real engine, over a real port. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type AuditRecord, createDecisionTrail, type DecisionRecord } from "../../src/audit/index.ts";
import { guardDrafts } from "../../src/chat/guard-drafts.ts";
import type { GuardOptions, GuardReport } from "../../src/guard/index.ts";
import { createScriptedScorer } from "../guard/scripted-scorer.ts";
import { POLICIES, type TestedChat, type TestedOptions, withChat } from "./chat-service.ts";
import { type DraftedModel, openDraftedModel, WORDS, wordsOf } from "./drafted-model.ts";

let model: DraftedModel;
before(async () => {
	model = await openDraftedModel();
});
after(() => model?.close());

interface Choice {
	readonly index: number;
	readonly text: string;
	readonly finish: string | null;
}
interface WireChoice {
	readonly index: number;
	readonly message: { readonly content: string };
	readonly finish_reason: string | null;
}
interface Answer {
	readonly choices: readonly Choice[];
	readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } | undefined;
	readonly moderation: { readonly output?: unknown } | undefined;
	/** All that came over the wire. */
	readonly raw: string;
}

async function post(chat: TestedChat, body: object, signal?: AbortSignal): Promise<Response> {
	const messages = [{ role: "user", content: "hello" }];
	const headers = { "content-type": "application/json" };
	const json = JSON.stringify({ model: "tiny", messages, ...WORDS, seed: 7, ...body });
	return fetch(`${chat.url}/chat/completions`, { method: "POST", headers, body: json, signal: signal ?? null });
}

async function ask(chat: TestedChat, body: object = {}): Promise<Answer> {
	const response = await post(chat, body);
	const raw = await response.text();
	assert.equal(response.status, 200, raw);
	const { choices, usage, moderation } = JSON.parse(raw);
	const toChoice = ({ index, message, finish_reason }: WireChoice): Choice => ({
		index,
		text: message.content,
		finish: finish_reason,
	});
	return { choices: choices.map(toChoice), usage, moderation, raw };
}

async function askStreamed(chat: TestedChat, body: object = {}): Promise<Answer> {
	const raw = await (await post(chat, { ...body, stream: true, stream_options: { include_usage: true } })).text();
	const choices = new Map<number, { index: number; text: string; finish: string | null }>();
	let usage: Answer["usage"];
	for (const line of raw.split("\n")) {
		if (!line.startsWith("data: {")) continue;
		const chunk = JSON.parse(line.slice(6));
		assert.equal(chunk.error, undefined);
		usage = chunk.usage ?? usage;
		for (const { index, delta, finish_reason } of chunk.choices) {
			const choice = choices.get(index) ?? { index, text: "", finish: null };
			choices.set(index, choice);
			assert.equal(choice.finish, null, "text after the finish");
			choice.text += delta.content ?? "";
			choice.finish = finish_reason;
		}
	}
	assert.match(raw, /\[DONE\]/);
	return { choices: [...choices.values()].sort((a, b) => a.index - b.index), usage, moderation: undefined, raw };
}

/** Blocks prefixes that have one of the words. */
const blocking =
	(...words: string[]) =>
	(prefix: string, policy: string): number =>
		policy === "hate" && wordsOf(prefix).some((word) => words.includes(word)) ? 0.95 : 0.01;

const isHarmless = (): number => 0.01;

/** A service over the model, whose sessions are all closed at the end. */
async function withTiny(
	{
		risk = isHarmless,
		tries,
		...options
	}: TestedOptions & { risk?: typeof isHarmless | ReturnType<typeof blocking>; tries?: number },
	run: (chat: TestedChat, reports: readonly GuardReport[]) => Promise<void>,
): Promise<void> {
	const reports: GuardReport[] = [];
	const onReport = (report: GuardReport): void => void reports.push(report);
	const rewind = tries === undefined ? undefined : { tries };
	const scorer = options.scorer ?? createScriptedScorer(risk);
	const settings = { rewind, onReport, ...options.settings };
	await withChat({ ...options, source: model.source, scorer, settings }, (chat) => run(chat, reports));
	for (let i = 0; i < 50 && model.sessions() > 0; i++) await turn();
	assert.deepEqual([model.sessions(), scorer.openStreams()], [0, 0]);
}

async function answerOf(options: Parameters<typeof withTiny>[0], body: object = {}): Promise<Answer> {
	let answer: Answer | undefined;
	await withTiny(options, async (chat) => {
		answer = await ask(chat, body);
	});
	return answer!;
}

describe("a local answer that is blocked", () => {
	it("goes another way from there, and nothing of what was blocked leaves", async () => {
		let whole = 0;
		for (const seed of [1, 2, 3, 4, 5]) {
			const plain = (await answerOf({}, { seed })).choices[0]!.text;
			const bad = wordsOf(plain)[12]!;
			await withTiny({ risk: blocking(bad), tries: 8 }, async (chat, reports) => {
				const { choices, raw, usage } = await ask(chat, { seed });
				const { text, finish } = choices[0]!;
				assert.ok(!wordsOf(text).includes(bad) && !raw.includes(` ${bad} `), `${bad} in ${text}`);
				assert.ok(text.trimStart().startsWith(wordsOf(plain).slice(0, 12).join(" ")), `${text} | ${plain}`);
				assert.notEqual(text, plain);
				const [report] = reports;
				assert.ok(report!.rewinds!.length >= 1 && report!.leakedCharacters === 0);
				if (finish === "content_filter") return;
				whole++;
				assert.deepEqual([finish, usage!.completion_tokens], ["length", 40]);
			});
		}
		assert.ok(whole >= 4, `${whole} of 5 went on to their end`);
	});

	it("ends with content_filter once the tries are spent, with what was safe and no more, its tokens counted", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		const safe = wordsOf(plain).slice(0, 6).join(" ").length;
		const risk = (prefix: string): number => (prefix.trimEnd().length > safe ? 0.95 : 0.01);
		const before = model.drawn();
		await withTiny({ risk, tries: 3 }, async (chat, reports) => {
			const { choices, usage, moderation } = await ask(chat);
			const { text, finish } = choices[0]!;
			assert.equal(finish, "content_filter");
			assert.ok(text.length > 0 && text.trimEnd().length <= safe && plain.startsWith(text.trimEnd()));
			assert.deepEqual([reports.length, reports[0]!.action, reports[0]!.rewinds!.length], [1, "block", 3]);
			assert.ok(JSON.stringify(moderation!.output).includes('"flagged":true'));
			assert.ok(usage!.completion_tokens > 0 && usage!.completion_tokens <= text.length);
			assert.ok(model.drawn() - before > usage!.completion_tokens);
		});
	});

	it("is the same for the same seed, streamed or not, to the last byte", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		const risk = blocking(wordsOf(plain)[8]!, wordsOf(plain)[9]!);
		await withTiny({ risk, tries: 6 }, async (chat) => {
			const first = await ask(chat);
			assert.notEqual(first.choices[0]!.text, plain);
			for (const again of [await ask(chat), await askStreamed(chat), await askStreamed(chat)])
				assert.deepEqual([again.choices, again.usage], [first.choices, first.usage]);
			assert.notDeepEqual((await ask(chat, { seed: 8 })).choices, first.choices);
		});
	});

	it("is drawn again by choice: others go on as they would have", async () => {
		const alone = await answerOf({}, { n: 2 });
		const [one, two] = alone.choices.map(({ text }) => text) as [string, string];
		const bad = wordsOf(two).find((word, i) => i >= 8 && !wordsOf(one).includes(word))!;
		for (const read of [ask, askStreamed])
			await withTiny({ risk: blocking(bad), tries: 8 }, async (chat, reports) => {
				const { choices, usage } = await read(chat, { n: 2 });
				assert.deepEqual(choices[0], { index: 0, text: one, finish: "length" });
				assert.ok(choices[1]!.text !== two && !wordsOf(choices[1]!.text).includes(bad));
				assert.deepEqual(reports.map(({ rewinds }) => rewinds!.length > 0).sort(), [false, true]);
				if (choices[1]!.finish === "length") assert.equal(usage!.completion_tokens, 80);
			});
	});

	it("is named with its own risks, whichever choice ends first", async () => {
		const alone = await answerOf({}, { n: 2 });
		const start = alone.choices[0]!.text.slice(0, 25);
		const risk = (prefix: string, policy: string): number => {
			if (policy !== "hate") return 0.01;
			return prefix.startsWith(start) ? 0.02 : prefix.length > 25 ? 0.95 : 0.01;
		};
		await withTiny({ risk, tries: 1 }, async (chat) => {
			const { choices, moderation } = await ask(chat, { n: 2, moderation: { model: "any" } });
			assert.deepEqual(
				choices.map(({ finish }) => finish),
				["length", "content_filter"],
			);
			const { results } = moderation!.output as { results: { flagged: boolean }[] };
			assert.deepEqual(
				results.map(({ flagged }) => flagged),
				[false, true],
			);
		});
	});

	it("never shows a word of it, wherever it stands in a stream of many", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		for (const bad of [0, 1, 5, 15, wordsOf(plain).length - 1].map((i) => wordsOf(plain)[i]!))
			await withTiny({ risk: blocking(bad), tries: 2 }, async (chat, reports) => {
				const { choices, raw } = await askStreamed(chat);
				assert.ok(!wordsOf(choices[0]!.text).includes(bad), bad);
				assert.equal(raw.includes(`"${bad}"`) || raw.includes(` ${bad} `), false);
				assert.equal(reports[0]!.leakedCharacters, 0);
			});
	});

	it("keeps its stop strings, and is not longer than it may be", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		const words = wordsOf(plain);
		await withTiny({ risk: blocking(words[4]!), tries: 8 }, async (chat) => {
			const free = await ask(chat);
			const stop = wordsOf(free.choices[0]!.text)[10]!;
			const { text } = free.choices[0]!;
			const { choices } = await ask(chat, { stop });
			assert.deepEqual([choices[0]!.text, choices[0]!.finish], [text.slice(0, text.indexOf(stop)), "stop"]);
			const short = await ask(chat, { max_tokens: 12 });
			assert.equal(short.usage!.completion_tokens, 12);
			assert.ok(text.startsWith(short.choices[0]!.text));
		});
	});

	it("leaves one record, with the text that was kept and how often it was taken back", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		const records: DecisionRecord[] = [];
		const append = (record: AuditRecord): boolean => records.push(record as DecisionRecord) > 0;
		const log = { append, isFailing: false };
		const trail = createDecisionTrail({ log, key: Buffer.alloc(32), keepsContent: true, onFailure: "block" });
		await withTiny({ risk: blocking(wordsOf(plain)[8]!), tries: 8, trail }, async (chat, reports) => {
			const { choices } = await ask(chat);
			const output = records.filter(({ part }) => part === "output");
			assert.equal(output.length, 1);
			const { action, content, text, stream, risk } = output[0]!;
			assert.deepEqual([action, content!.text, risk], ["allow", choices[0]!.text, 0.01]);
			assert.deepEqual(text, trail.describe(choices[0]!.text));
			assert.ok(stream!.rewinds! >= 1 && stream!.rewinds === reports[0]!.rewinds!.length);
		});
	});
});

describe("a local answer that nothing blocks", () => {
	it("is that of a service which never draws again, usage and all", async () => {
		for (const body of [{}, { n: 2 }, { stop: "d" }, { max_tokens: 3 }, { temperature: 0 }]) {
			const without = await answerOf({}, body);
			for (const tries of [0, 4]) {
				const { choices, usage } = await answerOf({ tries }, body);
				assert.deepEqual([choices, usage], [without.choices, without.usage]);
			}
		}
	});
	it("is that of a service which never draws again where prompts are continued", async () => {
		const body = { model: "tiny", prompt: ["hello", "other"], n: 2, ...WORDS, seed: 7 };
		const seen: unknown[] = [];
		for (const tries of [0, 4])
			await withTiny({ tries }, async (chat) => {
				const headers = { "content-type": "application/json" };
				const init = { method: "POST", headers, body: JSON.stringify(body) };
				const { choices, usage } = (await (await fetch(`${chat.url}/completions`, init)).json()) as {
					choices: { text: string }[];
					usage: object;
				};
				assert.equal(new Set(choices.map(({ text }) => text)).size, 4);
				seen.push([choices, usage]);
			});
		assert.deepEqual(seen[0], seen[1]);
	});
	it("ends at the first block without tries, as it does in the other modes", async () => {
		const plain = (await answerOf({})).choices[0]!.text;
		const risk = blocking(wordsOf(plain)[8]!);
		const without = await answerOf({ risk });
		assert.equal(without.choices[0]!.finish, "content_filter");
		const never = await answerOf({ risk, tries: 0 });
		assert.deepEqual([never.choices, never.usage], [without.choices, without.usage]);
		for (const mode of ["lag", "final"] as const)
			await withTiny({ risk, settings: { mode, rewind: { tries: 8 } } }, async (chat, reports) => {
				assert.equal((await ask(chat)).choices[0]!.finish, "content_filter");
				assert.equal(reports[0]!.rewinds, undefined);
			});
	});
	it("is refused as before where the request cannot be answered", async () => {
		for (const body of [
			{ temperature: -1 },
			{ stop: Array(17).fill("x") },
			{ max_tokens: -1 },
			{ max_tokens: 0 },
			{ tools: [{}] },
			{ logit_bias: { x: 1 } },
		]) {
			const seen: unknown[] = [];
			for (const tries of [0, 4])
				await withTiny({ tries }, async (chat) => {
					const response = await post(chat, body);
					const { error } = (await response.json()) as { error: { code: string } };
					assert.ok(error, JSON.stringify(body));
					seen.push([response.status, error.code]);
				});
			assert.deepEqual(seen[0], seen[1]);
			assert.notEqual((seen[0] as [number])[0], 200, JSON.stringify(body));
		}
	});
});

describe("a client that leaves", () => {
	it("ends the generation within one token, wherever it is", async () => {
		const hello = [{ role: "user", content: "hello" }];
		const request = { form: "chat", model: "tiny", choices: 2, tools: new Set<string>() } as const;
		const body = { messages: hello, ...WORDS, max_tokens: 400, seed: 3 };
		for (const steps of [0, 1, 6]) {
			const leaving = new AbortController();
			const { signal } = leaving;
			const call = { signal, requestId: "r", authorization: undefined };
			const { drafts } = await model.source.drafts!({ ...request, body }, call);
			const guard = (): GuardOptions => ({ scorer: createScriptedScorer(isHarmless), policies: POLICIES });
			const events = guardDrafts(drafts, { guard, rewind: { tries: 4 }, signal });
			for (let i = 0; i < steps; i++) assert.equal((await events.next()).value?.type, "text");
			const before = model.drawn();
			leaving.abort();
			await assert.rejects(
				async () => {
					for await (const event of events) assert.equal(event.type, "text");
				},
				(error: { code?: string }) => error.code === "aborted",
			);
			while (model.sessions() > 0) await turn();
			assert.ok(model.drawn() <= before + 2, `${model.drawn()} after ${before}, in two choices`);
		}
	});
	it("before anybody reads frees what was opened", async () => {
		const leaving = new AbortController();
		const call = { signal: leaving.signal, requestId: "r", authorization: undefined };
		const body = { messages: [{ role: "user", content: "hello" }], ...WORDS, max_tokens: 400 };
		await model.source.drafts!({ form: "chat", model: "tiny", choices: 2, tools: new Set(), body }, call);
		assert.equal(model.sessions(), 2);
		leaving.abort();
		for (let i = 0; i < 200 && model.sessions() > 0; i++) await turn();
		assert.equal(model.sessions(), 0);
	});
	it("ends it over a connection too", async () => {
		await withTiny({ tries: 4 }, async (chat) => {
			const [before, leaving] = [model.drawn(), new AbortController()];
			const response = await post(chat, { stream: true, max_tokens: 400 }, leaving.signal);
			const reader = response.body!.getReader();
			await reader.read();
			leaving.abort();
			while (model.sessions() > 0) await turn();
			const drawn = model.drawn();
			assert.ok(drawn - before < 400, `${drawn - before} tokens`);
			for (let i = 0; i < 50; i++) await turn();
			assert.equal(model.drawn(), drawn);
		});
	});
	it("and a prompt that blocks end it before anything of it is judged", async () => {
		const before = model.drawn();
		await withTiny({ tries: 4 }, async (chat, reports) => {
			const { choices } = await ask(chat, { max_tokens: 400, messages: [{ role: "user", content: "bad" }] });
			assert.ok(model.drawn() - before < 20, `${model.drawn() - before} tokens`);
			assert.deepEqual([choices[0]!.text ?? "", choices[0]!.finish, reports.length], ["", "content_filter", 0]);
		});
	});
});
