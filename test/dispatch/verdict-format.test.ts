import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createVerdictReader, toWireVerdict, type WireVerdict } from "../../src/dispatch/verdict-format.ts";
import type { PolicyVerdict, Verdict } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";

const policies = [fakePolicy("any"), fakePolicy("hate"), fakePolicy("violence")];
const read = createVerdictReader(policies);
const model = { id: "guard", hash: "sha256:1" };
const decision = { scorer: "head", stages: 1, ms: 1.5, tokens: 9 };

function judged(id: string, over: Partial<PolicyVerdict> = {}): PolicyVerdict {
	const thresholds = { flag: 0.5, block: 0.9 };
	return { policy: id, risk: 0.1, thresholds, action: "allow", spans: [], decision, ...over };
}

const verdict: Verdict = {
	action: "block",
	risk: 0.7000000000000001,
	policies: [
		judged("any"),
		judged("hate", { risk: 0.7000000000000001, action: "flag", spans: [{ start: 0, end: 3, weight: 0.75 }] }),
		judged("violence", {
			...{ risk: null, action: "block" },
			decision: { scorer: "remote:guard", stages: 2, ms: 3, instead: { action: "block", reason: "failed" } },
		}),
	],
	model,
	coverage: { characters: 12, tokens: 9, complete: true },
	latencyMs: 5,
};
const wire = (): WireVerdict => JSON.parse(JSON.stringify(toWireVerdict(verdict)));

describe("verdicts on the wire", () => {
	it("come out as they went in, to the last digit", () => {
		assert.deepEqual(read(wire(), { model, latencyMs: 5 }), verdict);
	});
	it("carry a decision that policies share once", () => {
		const all = { ...verdict, policies: [judged("any"), judged("hate", { decision: { ...decision } })] };
		assert.equal(toWireVerdict(all).decisions.length, 1);
		assert.equal(wire().decisions.length, 2);
	});
	it("that do not say something valid about every policy are errors, never verdicts", () => {
		const wrong: unknown[] = [
			{},
			null,
			"safe",
			{ ...wire(), risks: [0.1, 0.1] },
			{ ...wire(), risks: [0.1, 0.1, 0.1, 0.1] },
			{ ...wire(), risks: [1.1, 0.7, null] },
			{ ...wire(), risks: [null, 0.7, null] },
			{ ...wire(), risks: ["0.1", 0.7, null] },
			{ ...wire(), risks: [0.1, 0.7, 0.2] },
			{ ...wire(), actions: [0, 1] },
			{ ...wire(), actions: [0, 1, 3] },
			{ ...wire(), actions: undefined },
			{ ...wire(), decisions: [] },
			{ ...wire(), of: [0, 0, 7] },
			{ ...wire(), spans: [[0, "a"]] },
			{ ...wire(), tokens: null },
		];
		for (const one of wrong)
			assert.throws(
				() => read(one as WireVerdict, { model, latencyMs: 1 }),
				{ code: "inference_failed" },
				JSON.stringify(one),
			);
	});
	it("whose action is milder than the thresholds say are errors", () => {
		for (const one of [
			{ ...wire(), actions: [0, 0, 2] },
			{ ...wire(), actions: [0, 1, 0] },
		])
			assert.throws(() => read(one, { model, latencyMs: 1 }), { code: "inference_failed" });
	});
});
