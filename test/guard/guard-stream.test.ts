import assert from "node:assert/strict";
import { test } from "node:test";
import { type GuardEvent, type GuardReport, guardStream, guardText } from "../../src/guard/index.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "./scripted-scorer.ts";
import { type CountedSource, createRandom, gather, toDeltas, toGathered, toSource } from "./streams.ts";

const policies = [toPolicy("p")];

/** Endless harmless words, one a delta. */
function* endless(): Generator<string> {
	for (;;) yield "word ";
}

test("hold: words leave at once while the risk is low and are held while it rises", async () => {
	const scorer = createScriptedScorer(riskOfWords);
	const gate = createGate();
	const seen: string[] = [];
	const reading = (async () => {
		for await (const event of guardStream(gate.source, { scorer, policies }))
			if (event.type === "text") seen.push(event.text);
	})();
	const after = async (delta: string): Promise<string> => {
		await gate.give(delta);
		return seen.join("");
	};
	assert.equal(await after("calm and"), "calm");
	assert.equal(await after(" good rising "), "calm and good");
	assert.equal(await after("rising "), "calm and good");
	assert.equal(await after("falling "), "calm and good rising rising falling");
	await gate.end();
	await reading;
	assert.equal(seen.join(""), "calm and good rising rising falling ");
});

test("hold: words are held up to the number declared, then the oldest leave", async () => {
	const { text } = await gather(toSource([`start ${"rising ".repeat(10)}bad`]), {
		scorer: createScriptedScorer(riskOfWords),
		policies,
		maxHeldWords: 4,
	});
	assert.equal(text, `start ${"rising ".repeat(6).trimEnd()}`);
});

test("final: nothing leaves before all of it was judged", async () => {
	const gate = createGate();
	const scorer = createScriptedScorer(riskOfWords);
	const seen: GuardEvent[] = [];
	const reading = (async () => {
		for await (const event of guardStream(gate.source, { scorer, policies, mode: "final" })) seen.push(event);
	})();
	await gate.give("some words ");
	await gate.give("and more ");
	assert.equal(seen.length, 0);
	await gate.end();
	await reading;
	assert.deepEqual(
		seen.map((event) => (event.type === "text" ? event.text : event.type)),
		["some words and more ", "end"],
	);
});

test("final: the whole text decides, not what it said on the way", async () => {
	const scorer = createScriptedScorer((prefix) => (/\bbad\s*$/.test(prefix) ? 0.9 : 0.1));
	const { text, report } = await gather(toSource(["not bad ", "at all"]), { scorer, policies, mode: "final" });
	assert.deepEqual([text, report.action], ["not bad at all", "allow"]);
});

test("a character is never split between two events", async () => {
	const random = createRandom(3);
	const text = "😀😀 👩‍👩‍👧 a😀b ".repeat(20) + "😀".repeat(50);
	for (const mode of ["hold", "lag", "final"] as const) {
		const scorer = createScriptedScorer(riskOfWords);
		const { events } = await gather(toSource(toDeltas(text, random, 3)), { scorer, policies, mode });
		for (const event of events) if (event.type === "text") assert.ok(event.text.isWellFormed(), mode);
	}
});

test("a flag is told once each time a policy's risk becomes high", async () => {
	const { events, report } = await gather(toSource(["ok rising rising ok rising ok"]), {
		scorer: createScriptedScorer(riskOfWords),
		policies,
	});
	const flags = events.flatMap((event) => (event.type === "flag" ? [event.end] : []));
	assert.deepEqual(flags, ["ok rising".length, "ok rising rising ok rising".length]);
	assert.deepEqual([report.action, report.flags[0]?.risk], ["flag", 0.6]);
});

test("a reader that leaves ends the source within one delta", async () => {
	for (const mode of ["hold", "lag"] as const) {
		const source = toSource(endless());
		const reports: GuardReport[] = [];
		const scorer = createScriptedScorer(riskOfWords);
		for await (const event of guardStream(source, { scorer, policies, mode, onReport: (r) => reports.push(r) }))
			if (event.type === "text" && event.end > 40) break;
		const { given } = source;
		await new Promise(setImmediate);
		assert.ok(source.ended && source.given <= given + 1, mode);
		assert.deepEqual([reports.length, reports[0]?.reason, scorer.openStreams()], [1, "reader", 0]);
	}
});

test("leaving does not wait for a source that is stuck, and tells it", async () => {
	let isTold = false;
	const events = guardStream(
		async function* (signal) {
			yield "one two ";
			await new Promise<void>((resolve) => {
				signal.addEventListener("abort", () => {
					isTold = true;
					resolve();
				});
			});
		},
		{ scorer: createScriptedScorer(riskOfWords), policies },
	);
	assert.equal((await events.next()).value?.type, "text");
	const stuck = events.next();
	await events.return?.();
	assert.deepEqual([(await stuck).done, isTold], [true, true]);
});

test("an aborted signal ends source and guard with `aborted`", async () => {
	const leave = new AbortController();
	const source = toSource(endless());
	const reading = async (): Promise<void> => {
		const options = { scorer: createScriptedScorer(riskOfWords), policies, signal: leave.signal };
		for await (const event of guardStream(source, options)) if (event.type === "text") leave.abort();
	};
	await assert.rejects(reading(), { code: "aborted" });
	await new Promise(setImmediate);
	assert.ok(source.ended);
});

test("an error of the source comes after the text that was judged, as a clear error", async () => {
	const source = async function* (): AsyncGenerator<string> {
		yield "one two thr";
		throw new Error("secret detail");
	};
	const events: GuardEvent[] = [];
	const reading = async (): Promise<void> => {
		const scorer = createScriptedScorer(riskOfWords);
		for await (const event of guardStream(source, { scorer, policies })) events.push(event);
	};
	await assert.rejects(reading(), (error: Error & { code?: string; detail?: string }) => {
		assert.equal(error.code, "source_failed");
		assert.ok(!error.detail?.includes("secret"));
		return true;
	});
	assert.equal(events.map((event) => (event.type === "text" ? event.text : "")).join(""), "one two thr");
	const end = events.at(-1);
	assert.equal(end?.type === "end" && end.report.reason, "source");
});

test("a source that gives no text is an error", async () => {
	const source = toSource([42 as unknown as string]);
	await assert.rejects(gather(source, { scorer: createScriptedScorer(riskOfWords), policies }), {
		code: "source_failed",
	});
});

test("a reader that takes its time keeps the source waiting", async () => {
	const source = toSource(endless());
	const events = guardStream(source, { scorer: createScriptedScorer(riskOfWords), policies, mode: "lag" });
	await events.next();
	const { given } = source;
	for (let i = 0; i < 50; i++) await new Promise(setImmediate);
	assert.ok(source.given <= given + 1);
	await events.return?.();
});

test("a judge that takes its time keeps the source waiting", async () => {
	const hold = Promise.withResolvers<void>();
	const source = toSource(endless());
	const scorer = createScriptedScorer(riskOfWords, () => hold.promise);
	const events = guardStream(source, { scorer, policies, maxAheadCharacters: 100 });
	const first = events.next();
	for (let i = 0; i < 200; i++) await new Promise(setImmediate);
	assert.equal(source.given, 20);
	hold.resolve();
	assert.equal((await first).value?.type, "text");
	await events.return?.();
});

test("deltas ahead of the judge are bounded by their number too, a long word excepted", async () => {
	const hold = Promise.withResolvers<void>();
	const source = toSource(endless());
	const scorer = createScriptedScorer(riskOfWords, () => hold.promise);
	const events = guardStream(source, { scorer, policies, maxAheadDeltas: 7 });
	const first = events.next();
	for (let i = 0; i < 200; i++) await new Promise(setImmediate);
	assert.equal(source.given, 7);
	hold.resolve();
	assert.equal((await first).value?.type, "text");
	await events.return?.();
	const long = toSource(toDeltas("x".repeat(200), createRandom(1), 3));
	const { text } = await gather(long, { scorer: createScriptedScorer(riskOfWords), policies, maxAheadDeltas: 2 });
	assert.equal(text.length, 200);
});

test("with an interval words are judged several at a time, and the first and the last wait for nobody", async (t) => {
	const scorer = createScriptedScorer(riskOfWords);
	const gate = createGate();
	const seen: string[] = [];
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const reading = (async () => {
		for await (const event of guardStream(gate.source, { scorer, policies, judgeIntervalMs: 60_000 }))
			if (event.type === "text") seen.push(event.text);
	})();
	await gate.give("one two");
	assert.equal(seen.join(""), "one");
	for (const word of [" three", " four", " five"]) await gate.give(word);
	assert.equal(seen.join(""), "one");
	await gate.give(` ${"much ".repeat(60)}`);
	assert.ok(seen.join("").startsWith("one two three four five much"), "what is enough text does not wait");
	await gate.give("bad ");
	await gate.end();
	await reading;
	assert.equal(seen.join(""), `one two three four five ${"much ".repeat(60).trimEnd()}`);
});

test("with an interval words that wait are judged when it is over, though nothing more comes", async () => {
	const gate = createGate();
	let seen = "";
	const scorer = createScriptedScorer(riskOfWords);
	const reading = (async () => {
		for await (const event of guardStream(gate.source, { scorer, policies, judgeIntervalMs: 20 }))
			if (event.type === "text") seen += event.text;
	})();
	for (const delta of ["one ", "two ", "three "]) await gate.give(delta);
	while (seen !== "one two three") await new Promise(setImmediate);
	await gate.end();
	await reading;
});

test("a source that is silent too long has failed: what was judged has left, nothing else", async (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const gate = createGate();
	const events: GuardEvent[] = [];
	const options = { scorer: createScriptedScorer(riskOfWords), policies, sourceTimeoutMs: 5000 };
	const reading = (async () => {
		for await (const event of guardStream(gate.source, options)) events.push(event);
	})();
	const failed = assert.rejects(reading, { code: "source_failed", message: /nothing for 5000 ms/ });
	await gate.give("one two");
	t.mock.timers.tick(4999);
	await gate.give(" thr");
	t.mock.timers.tick(4999);
	assert.equal(events.length, 2);
	t.mock.timers.tick(1);
	await failed;
	const { text, report } = toGathered(events);
	assert.deepEqual([text, report.reason, report.leakedCharacters], ["one two thr", "source", 0]);
	assert.equal(options.scorer.openStreams(), 0);
});

test("a word longer than what may be ahead does not stop the stream", async () => {
	const { text } = await gather(toSource(toDeltas("x".repeat(200), createRandom(1), 3)), {
		scorer: createScriptedScorer(riskOfWords),
		policies,
		maxAheadCharacters: 5,
	});
	assert.equal(text.length, 200);
});

test("the text alone, with a mark where something is left out", async () => {
	const options = {
		scorer: createScriptedScorer((prefix) => (/\bbad\s*$/.test(prefix) ? 0.9 : 0.1)),
		policies,
		responses: { p: { onBlock: "redact" } },
	} as const;
	let text = "";
	for await (const piece of guardText(toSource(["a bad ", "word"]), options)) text += piece;
	assert.equal(text, "a [redacted] word");
});

test("options that do not fit are refused before anything is read", () => {
	const scorer = createScriptedScorer(riskOfWords);
	const source: CountedSource = toSource(["x"]);
	const refuse = (more: object, pointer: string): void =>
		void assert.throws(() => guardStream(source, { scorer, policies, ...more }), { code: "invalid_request", pointer });
	refuse({ policies: [] }, "/policies");
	refuse({ responses: { q: {} } }, "/responses");
	refuse({ responses: { p: { onBlock: "escalate" } } }, "/escalation");
	refuse({ holdFrom: 0 }, "/holdFrom");
	refuse({ maxAheadCharacters: 0 }, "/maxAheadCharacters");
	refuse({ maxAheadDeltas: 0 }, "/maxAheadDeltas");
	refuse({ judgeIntervalMs: -1 }, "/judgeIntervalMs");
	refuse({ sourceTimeoutMs: 0 }, "/sourceTimeoutMs");
	assert.equal(source.given, 0);
});

/** A source that is fed by hand; `give` resolves when the guard has done all it can with the delta. */
function createGate() {
	const waiting: (() => void)[] = [];
	const deltas: (string | undefined)[] = [];
	const settle = async (): Promise<void> => {
		for (let i = 0; i < 20; i++) await new Promise(setImmediate);
	};
	const put = (delta: string | undefined): Promise<void> => {
		deltas.push(delta);
		waiting.shift()?.();
		return settle();
	};
	return {
		give: put,
		end: () => put(undefined),
		source: {
			async *[Symbol.asyncIterator](): AsyncGenerator<string> {
				for (;;) {
					if (deltas.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
					const delta = deltas.shift();
					if (delta === undefined) return;
					yield delta;
				}
			},
		},
	};
}
