import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import type { GuardEvent } from "../../src/guard/index.ts";
import { guardStream } from "../../src/guard/index.ts";
import type { Action } from "../../src/types.ts";
import { createScriptedScorer, riskOfWords, type ScriptedScorer, toPolicy } from "./scripted-scorer.ts";
import { gather, toGathered, toSource } from "./streams.ts";

const policies = [toPolicy("p")];

/** A stream whose judge fails after the third word. */
async function failing(mode: "hold" | "lag" | "final", onFailure?: Action): Promise<ReturnType<typeof toGathered>> {
	const scorer: ScriptedScorer = createScriptedScorer(riskOfWords, async () => {
		if (given >= 4) scorer.fail(new SluiceError("inference_failed", { detail: "the thread ended" }));
	});
	let given = 0;
	const source = async function* (): AsyncGenerator<string> {
		for (const word of ["one ", "two ", "three ", "four ", "bad ", "six"]) {
			given++;
			yield word;
			for (let i = 0; i < 10; i++) await new Promise(setImmediate);
		}
	};
	const events: GuardEvent[] = [];
	for await (const event of guardStream(source, { scorer, policies, mode, onFailure })) events.push(event);
	return toGathered(events);
}

test("hold: what cannot be judged does not leave, unless declared otherwise", async () => {
	const { text, report } = await failing("hold");
	assert.equal(text, "one two three");
	assert.deepEqual([report.action, report.reason, report.leakedCharacters], ["block", "failure", 0]);
	assert.deepEqual(report.failure, {
		code: "inference_failed",
		detail: "the thread ended",
		unjudgedFrom: "one two three".length,
	});
});

test("lag: what had left unjudged is counted", async () => {
	const { text, report } = await failing("lag");
	assert.equal(text, "one two three four ");
	assert.deepEqual([report.action, report.leakedCharacters], ["block", 6]);
});

test("final: nothing leaves", async () => {
	const { text, report } = await failing("final");
	assert.deepEqual([text, report.action, report.lastSafeOffset], ["", "block", 0]);
});

for (const onFailure of ["allow", "flag"] as const)
	for (const mode of ["hold", "lag", "final"] as const)
		test(`${mode}: where failure is declared ${onFailure}, the rest passes and the report says from where on`, async () => {
			const { text, report } = await failing(mode, onFailure);
			assert.equal(text, "one two three four bad six");
			assert.deepEqual([report.action, report.reason, report.failure?.unjudgedFrom], [onFailure, "failure", 13]);
		});

test("a judge that cannot be opened has failed", async () => {
	const scorer = createScriptedScorer(riskOfWords);
	const source = toSource(["x"]);
	const open = async (): Promise<never> => {
		throw new SluiceError("overloaded", { detail: "too many sessions" });
	};
	const { text, report } = await gather(source, { scorer: { ...scorer, open }, policies });
	assert.deepEqual([text, report.failure?.code, source.given], ["", "overloaded", 0]);
});

test("final: a text longer than declared cannot be judged", async () => {
	const scorer = createScriptedScorer(riskOfWords);
	const { text, report } = await gather(toSource(["word ".repeat(10), "more"]), {
		scorer,
		policies,
		mode: "final",
		maxCharacters: 40,
	});
	assert.deepEqual([text, report.failure?.code], ["", "text_too_long"]);
});

test("a failure that is no error of ours tells nothing of its words", async () => {
	const scorer = createScriptedScorer(riskOfWords);
	scorer.fail(new Error("the text was: secret"));
	const { report } = await gather(toSource(["one two"]), { scorer, policies });
	assert.deepEqual([report.failure?.code, report.failure?.detail.includes("secret")], ["internal", false]);
});
