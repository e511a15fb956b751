import assert from "node:assert/strict";
import { test } from "node:test";
import { type GuardEvent, type GuardOptions, guardStream } from "../../src/guard/index.ts";
import type { Content, Verdict } from "../../src/types.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "./scripted-scorer.ts";
import { createRandom, gather, toDeltas, toSource } from "./streams.ts";

const policies = [toPolicy("p")];
const model = { id: "other", hash: "1" };

/** Words are bad on their own account only. */
const lastWord = (prefix: string): number =>
	/\b(bad|worse)\s*$/.test(prefix) ? (prefix.includes("worse") ? 0.95 : 0.9) : 0.1;

test("redact: exactly the words leave out whose prefix blocks, with their offsets", async () => {
	const text = "so bad worse, then fine and  bad\nend bad";
	const random = createRandom(2);
	for (let round = 0; round < 20; round++) {
		const {
			events,
			text: shown,
			report,
		} = await gather(toSource(toDeltas(text, random, 1 + round)), {
			scorer: createScriptedScorer(lastWord),
			policies,
			responses: { p: { onBlock: "redact" } },
		});
		const left = events.flatMap((event) => (event.type === "redaction" ? [text.slice(event.start, event.end)] : []));
		assert.deepEqual(left, ["bad", "bad", "bad"]);
		assert.equal(shown, "so  worse, then fine and  \nend ");
		assert.deepEqual([report.action, report.reason, report.redactedCharacters], ["flag", "complete", 9]);
	}
});

test("redact: words next to each other are one span, with the highest risk in it", async () => {
	const { events } = await gather(toSource(["it is bad worse bad here"]), {
		scorer: createScriptedScorer(lastWord),
		policies,
		responses: { p: { onBlock: "redact" } },
	});
	const spans = events.filter((event) => event.type === "redaction");
	assert.deepEqual(
		spans.map(({ start, end, risk, released }) => [start, end, risk, released]),
		[[6, 19, 0.95, 0]],
	);
});

test("redact in lag: it is said how much had left", async () => {
	const { events } = await gather(toSource(["all bad ", "here"]), {
		scorer: createScriptedScorer(lastWord),
		policies,
		mode: "lag",
		responses: { p: { onBlock: "redact" } },
	});
	const [span] = events.filter((event) => event.type === "redaction");
	assert.deepEqual([span?.start, span?.end, span?.released], [3, 7, 4]);
});

test("flag: a policy that only flags stops nothing and holds nothing", async () => {
	const { text, events, report } = await gather(toSource(["rising bad ", "end"]), {
		scorer: createScriptedScorer(riskOfWords),
		policies,
		responses: { p: { onBlock: "flag" } },
	});
	assert.equal(text, "rising bad end");
	assert.deepEqual(
		events.flatMap((event) => (event.type === "flag" ? [event.action] : [])),
		["flag", "block"],
	);
	assert.equal(report.action, "flag");
});

test("the first policy that blocks stops the stream, others' flags are told", async () => {
	const { report, events } = await gather(toSource(["now bad"]), {
		scorer: createScriptedScorer((prefix, policy) => (prefix.includes("bad") ? (policy === "q" ? 0.99 : 0.5) : 0)),
		policies: [toPolicy("p"), toPolicy("q")],
	});
	assert.deepEqual([report.blocked?.policy, report.blocked?.threshold], ["q", 0.8]);
	assert.deepEqual(
		events.flatMap((event) => (event.type === "flag" ? [event.policy] : [])),
		["p"],
	);
});

interface Asked {
	readonly asked: Content[];
	readonly options: GuardOptions;
}

function escalating(action: (content: string) => Verdict["action"]): Asked {
	const asked: Content[] = [];
	const moderate = async ([content]: readonly Content[]): Promise<Verdict[]> => {
		asked.push(content!);
		const own = action(content as string);
		const base = { thresholds: { flag: 0.3, block: 0.7 }, spans: [], decision: { scorer: "x", stages: 1, ms: 0 } };
		const coverage = { characters: 1, tokens: 1, complete: true } as const;
		const policy = { policy: "p", risk: own === "block" ? 0.75 : 0.2, action: own, ...base };
		return [{ action: own, risk: policy.risk, policies: [policy], model, coverage, latencyMs: 0 }];
	};
	const options: GuardOptions = {
		scorer: createScriptedScorer(riskOfWords),
		policies,
		responses: { p: { onBlock: "escalate", onFlag: "escalate" } },
		escalation: { moderator: { moderate } },
	};
	return { asked, options };
}

test("escalate: the other scorer's word counts, and nothing in doubt leaves before it", async () => {
	const { asked, options } = escalating((content) => (content.includes("bad") ? "block" : "allow"));
	const { text, report } = await gather(toSource(["so rising calm bad end"]), options);
	assert.deepEqual(asked, ["so rising", "so rising calm bad"]);
	assert.equal(text, "so rising calm");
	assert.deepEqual(report.blocked, { policy: "p", risk: 0.75, threshold: 0.7, end: 18 });
	assert.equal(report.escalations, 2);
});

test("escalate: it is asked again only after so much text, over a window of the text", async () => {
	const { asked, options } = escalating(() => "allow");
	const escalation = { ...options.escalation!, windowCharacters: 20, everyCharacters: 35 };
	const { text, events } = await gather(toSource([`bad ${"word ".repeat(20)}`]), { ...options, escalation });
	assert.equal(text.length, 104);
	assert.deepEqual(asked, ["bad", " word word word word", " word word word word"]);
	const windows = events.flatMap((event) => (event.type === "escalation" ? [event.end - event.windowStart] : []));
	assert.deepEqual(windows, [3, 20, 20]);
});

test("escalate: the prompt goes along where there is one", async () => {
	const { asked, options } = escalating(() => "allow");
	await gather(toSource(["all bad"]), { ...options, escalation: { ...options.escalation!, prompt: "why?" } });
	assert.deepEqual(asked, [{ prompt: "why?", response: "all bad" }]);
});

test("escalate: a failure to answer has the consequence declared", async () => {
	const { options } = escalating(() => {
		throw new Error("down");
	});
	const blocked = await gather(toSource(["so rising calm"]), options);
	assert.deepEqual([blocked.text, blocked.report.action, blocked.report.reason], ["so", "block", "failure"]);
	const passed = await gather(toSource(["so rising calm"]), { ...options, onFailure: "flag" });
	assert.deepEqual([passed.text, passed.report.action], ["so rising calm", "flag"]);
});

test("events about text come before the text", async () => {
	const events: GuardEvent[] = [];
	const options = { scorer: createScriptedScorer(riskOfWords), policies, holdFrom: 1 };
	for await (const event of guardStream(toSource(["ok rising ok"]), options)) events.push(event);
	const flag = events.findIndex(({ type }) => type === "flag");
	const text = events.findIndex((event) => event.type === "text" && event.text.includes("rising"));
	assert.ok(flag >= 0 && flag < text);
});

test("a risk in the declared band is in doubt whatever the thresholds say", async () => {
	const { asked, options } = escalating((content) => (content.includes("third") ? "block" : "allow"));
	const { text, report } = await gather(toSource(["first second third"]), {
		...options,
		scorer: createScriptedScorer((prefix) => (prefix.endsWith("first") ? 0.1 : 0.3)),
		responses: { p: { doubt: { from: 0.2, to: 0.4 } } },
		escalation: { ...options.escalation!, everyCharacters: 1 },
	});
	assert.deepEqual(asked, ["first second", "first second third"]);
	assert.deepEqual([text, report.blocked?.end], ["first second", 18]);
});
