import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { AnswerEvent } from "../../src/chat/answer.ts";
import { guardAnswer } from "../../src/chat/guard-answer.ts";
import type { SourceEvent } from "../../src/chat/index.ts";
import { createSurfaceGuard, type SurfaceGuard } from "../../src/chat/surface-guard.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createScriptedScorer } from "../guard/scripted-scorer.ts";
import { POLICIES, riskOf } from "./chat-service.ts";

const scorer = createScriptedScorer(riskOf);
const moderator = { ...createFakeModerator({ policies: POLICIES }), streams: scorer };
const guard: SurfaceGuard = createSurfaceGuard(moderator, { mode: "hold", onFailure: "block", isScoreOnly: false });

interface Counted extends AsyncIterable<SourceEvent> {
	given: number;
	isEnded: boolean;
}

/** Gives events one at a time and counts. */
function toSource(events: Iterable<SourceEvent>): Counted {
	const source: Counted = {
		given: 0,
		isEnded: false,
		async *[Symbol.asyncIterator]() {
			try {
				for (const event of events) {
					source.given++;
					yield event;
				}
			} finally {
				source.isEnded = true;
			}
		},
	};
	return source;
}

function* endless(text = "word "): Generator<SourceEvent> {
	for (;;) yield { type: "text", choice: 0, surface: "content", text };
}

const options = (signal = new AbortController().signal, choices = 1) => ({
	guard,
	choices,
	tools: new Set<string>(),
	signal,
});

async function settle(): Promise<void> {
	for (let i = 0; i < 50; i++) await turn();
}

describe("a guarded answer", () => {
	it("asks its source for no more than the reader takes", async () => {
		const source = toSource(endless());
		const leaving = new AbortController();
		const answer = guardAnswer(source, options(leaving.signal));
		await answer.next();
		await settle();
		const waiting = source.given;
		assert.ok(waiting < 10, `${waiting} deltas`);
		for (let i = 0; i < 20; i++) await answer.next();
		assert.ok(source.given <= waiting + 100, `${source.given} after ${waiting}`);
		assert.ok(source.given > waiting, `${source.given} after ${waiting}`);
		leaving.abort();
		await assert.rejects(answer.next(), { code: "aborted" });
		await settle();
		assert.ok(source.isEnded);
		assert.equal(scorer.openStreams(), 0);
	});
	it("asks for at most one more step once its caller has left, also in the middle of waiting", async () => {
		const source = toSource(endless());
		const leaving = new AbortController();
		const answer = guardAnswer(source, options(leaving.signal));
		for (let i = 0; i < 5; i++) await answer.next();
		const { given } = source;
		leaving.abort();
		await assert.rejects(answer.next(), { code: "aborted" });
		await settle();
		assert.ok(source.given <= given + 1);
		const silent = guardAnswer(
			{ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
			options(leaving.signal),
		);
		await assert.rejects(silent.next(), { code: "aborted" });
	});
	it("ends the source as soon as all choices are stopped, and only then", async () => {
		function* events(): Generator<SourceEvent> {
			yield { type: "text", choice: 0, surface: "content", text: "bad from the first on " };
			for (let i = 0; i < 30; i++) yield { type: "text", choice: 1, surface: "content", text: `word ${i} ` };
			yield { type: "text", choice: 1, surface: "content", text: "and bad, too " };
			yield* endless();
		}
		const source = toSource(events());
		const told: AnswerEvent[] = [];
		for await (const event of guardAnswer(source, options(undefined, 2))) told.push(event);
		await settle();
		assert.ok(source.isEnded && source.given < 60, `${source.given}`);
		const text = told.map((event) => (event.type === "text" ? event.text : "")).join("");
		assert.match(text, /^word 0 .*word 29 and$/);
		assert.deepEqual(
			told.filter(({ type }) => type === "finish").map((event) => (event.type === "finish" ? event.choice : -1)),
			[0, 1],
		);
		const end = told.at(-1)!;
		assert.ok(end.type === "end" && end.usage === undefined && end.choices.every(({ isBlocked }) => isBlocked));
	});
	it("tells each choice's finish after all of its text, and nothing after it", async () => {
		const events: SourceEvent[] = [
			{ type: "text", choice: 0, surface: "reasoning_content", text: "thinking about" },
			{ type: "text", choice: 0, surface: "content", text: "the answer" },
			{ type: "finish", choice: 0, reason: "stop" },
			{ type: "text", choice: 0, surface: "content", text: " late words" },
			{ type: "usage", usage: { total_tokens: 3 } },
		];
		const told: AnswerEvent[] = [];
		for await (const event of guardAnswer(toSource(events), options())) told.push(event);
		assert.deepEqual(
			told.slice(-2).map(({ type }) => type),
			["finish", "end"],
		);
		assert.doesNotMatch(JSON.stringify(told), /late/);
	});
	it("is an error where the source ends without a finish, or without any choice", async () => {
		for (const events of [[], [{ type: "text", choice: 0, surface: "content", text: "a b" } as const]])
			await assert.rejects(
				async () => {
					for await (const _ of guardAnswer(toSource(events), options()));
				},
				{ code: "source_failed", message: /ended before it was complete/ },
			);
		assert.equal(scorer.openStreams(), 0);
	});
});
