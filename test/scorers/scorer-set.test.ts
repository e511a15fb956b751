import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { leavesOf, memberOf, neededMembers } from "../../src/scorers/members.ts";
import { checkCount, createScoreDraft, decisionOf, takePolicy } from "../../src/scorers/merge-scores.ts";
import { createScorerSet } from "../../src/scorers/scorer-set.ts";
import type { LeafSpec, Policy, Score } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeScorer } from "./fake-scorer.ts";
import { yesNoPolicy } from "./yes-no/yes-no-policy.ts";

const head = (id: string): Policy => fakePolicy(id);
const asking = yesNoPolicy("asking", "No lies.");
const offline = yesNoPolicy("offline", "No lies.", { model: "offline" });
const guard: LeafSpec = { kind: "remote", service: "guard", categories: ["S1"], onFailure: "fail" };
const remote: Policy = { ...fakePolicy("remote"), scorer: guard };
const cascade: Policy = {
	...fakePolicy("cascade"),
	scorer: {
		kind: "cascade",
		first: { kind: "head", head: "any" },
		second: guard,
		band: { from: 0, to: 1 },
		exhausted: "block",
	},
};

describe("scorer set", () => {
	it("asks each scorer once, for its own policies only, at the same time", async () => {
		const gate = Promise.withResolvers<void>();
		const heads = createFakeScorer({ before: () => gate.promise });
		const yesNo = createFakeScorer({ kind: "yes-no", risk: () => 0.9, before: async () => gate.resolve() });
		const set = createScorerSet({ head: heads, "yes-no:online": yesNo });
		const scores = await set.score(["risk 0.1", "risk 0.2"], [head("a"), asking, head("b")]);
		assert.deepEqual(
			scores.map(({ risks }) => risks),
			[
				{ a: 0.1, b: 0.1, asking: 0.9 },
				{ a: 0.2, b: 0.2, asking: 0.9 },
			],
		);
		assert.deepEqual(
			heads.asked.map(({ policies }) => policies),
			[["a", "b"]],
		);
		assert.deepEqual(
			yesNo.asked.map(({ policies }) => policies),
			[["asking"]],
		);
		assert.deepEqual([scores[0]?.decisions?.a?.scorer, scores[0]?.decisions?.asking?.scorer], ["head", "yes-no"]);
	});
	it("fails as a whole with the first failure, and ends what the others do", async () => {
		const failure = new SluiceError("remote_failed", { detail: "down" });
		const heads = createFakeScorer({ before: () => new Promise(() => {}) });
		const yesNo = createFakeScorer({ kind: "yes-no", before: () => Promise.reject(failure) });
		const set = createScorerSet({ head: heads, "yes-no:online": yesNo });
		await assert.rejects(set.score(["a"], [head("a"), asking]), failure);
		assert.equal(heads.asked[0]?.options.signal?.aborted, true);
		assert.deepEqual(set.load(), { queued: 0, running: 0 });
	});
	it("a scorer that leaves out a text fails the call, whatever the others say", async () => {
		const short = { ...createFakeScorer({ kind: "yes-no" }), score: async (): Promise<Score[]> => [] };
		const set = createScorerSet({ head: createFakeScorer(), "yes-no:online": short });
		await assert.rejects(set.score(["a"], [head("a"), asking]), {
			code: "inference_failed",
			message: "a scorer gave 0 scores for 1 texts",
		});
	});
	it("names the setting for a policy whose scorer is not there, in check and in score", async () => {
		const set = createScorerSet({ "remote:openai": createFakeScorer({ kind: "remote" }) });
		const needs: [Policy, RegExp][] = [
			[head("a"), /^policy a needs the classifier: set SLUICE_MODEL$/],
			[asking, /^policy asking needs a yes-no model: set SLUICE_MODEL_ONLINE$/],
			[offline, /^policy offline needs a yes-no model: set SLUICE_MODEL_OFFLINE$/],
			[remote, /^policy remote needs the remote service guard: set SLUICE_GUARD_BASE_URL and SLUICE_GUARD_MODEL$/],
		];
		for (const [policy, message] of needs) {
			assert.throws(() => set.check(policy), { code: "invalid_policy", pointer: "/scorer", message });
			await assert.rejects(set.score(["a"], [policy]), { code: "invalid_policy", message });
		}
	});
	it("leaves cascades to the cascade", () => {
		const set = createScorerSet({ head: createFakeScorer(), "remote:guard": createFakeScorer({ kind: "remote" }) });
		assert.throws(() => set.check(cascade), { code: "invalid_policy", pointer: "/scorer/kind" });
	});
	it("has one identity for the same members in any order, another for others, its member's own for one", () => {
		const [a, b] = [createFakeScorer({ id: "a" }), createFakeScorer({ id: "b" })];
		const both = createScorerSet({ head: a, "yes-no:online": b }).model;
		assert.deepEqual(createScorerSet({ "yes-no:online": b, head: a }).model, both);
		assert.equal(both.id, "a+b");
		assert.notEqual(createScorerSet({ head: b, "yes-no:online": a }).model.hash, both.hash);
		assert.deepEqual(createScorerSet({ head: a }).model, a.model);
	});
	it("reads as much as the member that reads least, sums their load, and closes all", async () => {
		const [a, b] = [createFakeScorer(), createFakeScorer({ kind: "yes-no" })];
		const load = (): { queued: number; running: number } => ({ queued: 2, running: 1 });
		const set = createScorerSet({
			head: { ...a, maxCharacters: 7, load, close: a.close },
			"yes-no:online": { ...b, load },
		});
		assert.equal(set.maxCharacters, 7);
		assert.deepEqual(set.load(), { queued: 4, running: 2 });
		await set.close();
		assert.deepEqual([a.closed, b.closed], [1, 1]);
	});
});

describe("members", () => {
	it("are named after what specs ask for, a cascade's after both", () => {
		assert.deepEqual([...neededMembers([head("a"), cascade, offline])], ["head", "remote:guard", "yes-no:offline"]);
		assert.deepEqual(leavesOf(cascade).map(memberOf), ["head", "remote:guard"]);
	});
});

describe("merging scores", () => {
	const score: Score = { risks: { a: 0.4 }, spans: { a: [{ start: 0, end: 1, weight: 1 }] }, tokens: 5 };
	it("takes over risk, evidence and the larger token count; a scorer that says nothing decided in one stage", () => {
		const draft = createScoreDraft();
		const decision = decisionOf(score, "a", { scorer: "head", ms: 3 });
		takePolicy(draft, "a", score, decision);
		takePolicy(
			draft,
			"b",
			{ risks: {}, spans: {}, tokens: 2 },
			{ ...decision, instead: { action: "block", reason: "failed" } },
		);
		assert.deepEqual(draft.risks, { a: 0.4 });
		assert.deepEqual(draft.spans, { a: score.spans.a, b: [] });
		assert.equal(draft.tokens, 5);
		assert.deepEqual(draft.decisions.a, { scorer: "head", stages: 1, ms: 3, tokens: 5 });
	});
	it("refuses more and fewer scores than contents", () => {
		assert.deepEqual(checkCount([score], 1), [score]);
		for (const contents of [0, 2]) assert.throws(() => checkCount([score], contents), { code: "inference_failed" });
	});
});
