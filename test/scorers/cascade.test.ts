/** A cascade over scorers that say what the test wants: who is asked, who decides, and what happens where nobody can. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { createCascadeScorer, createScorerSet, type Scorer } from "../../src/scorers/index.ts";
import type { CascadeSpec, LeafSpec, Policy, Score } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeScorer, type FakeScorer, type FakeScorerOptions } from "./fake-scorer.ts";

const HEAD: LeafSpec = { kind: "head", head: "any" };
const ONLINE: LeafSpec = {
	kind: "yes-no",
	model: "online",
	order: "content-first",
	wording: "hub",
	alpha: 0,
	temperature: 1,
};
const OFFLINE: LeafSpec = { ...ONLINE, model: "offline" };
const REMOTE: LeafSpec = { kind: "remote", service: "guard", categories: ["S1"], onFailure: "fail" };

/** Actions change at 0.5 and 0.9: texts with risks near 0.7 are most in doubt. */
const cascade = (id: string, over: Partial<CascadeSpec> = {}): Policy => ({
	...fakePolicy(id),
	scorer: { kind: "cascade", first: HEAD, second: ONLINE, band: { from: 0.3, to: 0.8 }, exhausted: "block", ...over },
});
const single = (id: string, scorer: LeafSpec): Policy => ({ ...fakePolicy(id), scorer });

interface Setup {
	readonly scorer: Scorer;
	readonly set: Scorer;
	readonly first: FakeScorer;
	readonly second: FakeScorer;
	readonly offline: FakeScorer;
	readonly remote: FakeScorer;
}

/** The first scorer finds the number in a text, the second says 0.99. */
function setUp(second: FakeScorerOptions = {}, remote: FakeScorerOptions = {}, first: FakeScorerOptions = {}): Setup {
	const members = {
		first: createFakeScorer(first),
		second: createFakeScorer({ kind: "yes-no", risk: () => 0.99, tokens: 40, ...second }),
		offline: createFakeScorer({ kind: "yes-no", risk: () => 0.77 }),
		remote: createFakeScorer({ kind: "remote", risk: () => 0.66, ...remote }),
	};
	const set = createScorerSet({
		head: members.first,
		"yes-no:online": members.second,
		"yes-no:offline": members.offline,
		"remote:guard": members.remote,
	});
	return { scorer: createCascadeScorer(set), set, ...members };
}

const TEXTS = ["risk 0.1", "risk 0.3", "risk 0.5", "risk 0.72", "risk 0.79", "risk 0.8", "risk 0.95"];
const risksOf = (scores: readonly Score[], id: string): (number | undefined)[] => scores.map(({ risks }) => risks[id]);
const lacksOf = (scores: readonly Score[], id: string): (string | undefined)[] =>
	scores.map(({ decisions }) => decisions?.[id]?.lacked);
const textsOf = ({ asked }: FakeScorer): (readonly string[])[] => asked.map(({ texts }) => texts);
const inMs = (ms: number): number => performance.now() + ms;
const never = (): Promise<never> => new Promise(() => {});
const doing = <T>(first: () => void, then: () => T): T => {
	first();
	return then();
};

describe("cascade: who decides", () => {
	it("asks the second scorer for what is inside the band and for nothing else; both edges as declared", async () => {
		const { scorer, second } = setUp();
		const scores = await scorer.score(TEXTS, [cascade("a")]);
		assert.deepEqual(textsOf(second), [["risk 0.3", "risk 0.5", "risk 0.72", "risk 0.79"]]);
		assert.deepEqual(risksOf(scores, "a"), [0.1, 0.99, 0.99, 0.99, 0.99, 0.8, 0.95]);
	});
	it("says of each text which scorer decided, how many were asked and what that read", async () => {
		const { scorer } = setUp();
		const [sure, doubtful] = await scorer.score(["risk 0.1", "risk 0.5"], [cascade("a")]);
		const { ms: firstMs, ...first } = sure!.decisions!.a!;
		const { ms: secondMs, ...second } = doubtful!.decisions!.a!;
		assert.deepEqual(first, { scorer: "head", stages: 1, tokens: 7 });
		assert.deepEqual(second, { scorer: "yes-no", stages: 2, tokens: 40 });
		assert.ok(firstMs >= 0 && secondMs >= 0);
	});
	it("with a band from 0 to 1 and no limit equals the second scorer alone, exactly", async () => {
		const risk = (text: string): number => Number(text.slice(5)) ** 2;
		const { scorer, set } = setUp({ risk });
		const texts = ["risk 0", ...TEXTS, "risk 1"];
		const through = await scorer.score(texts, [cascade("a", { band: { from: 0, to: 1 } })]);
		const alone = await set.score(texts, [single("a", ONLINE)]);
		assert.deepEqual(risksOf(through, "a"), risksOf(alone, "a"));
		for (const { decisions } of through) assert.deepEqual([decisions?.a?.scorer, decisions?.a?.stages], ["yes-no", 2]);
	});
	it("with a budget of no escalation and `exhausted: first` equals the first scorer alone, exactly", async () => {
		const { scorer, set, second } = setUp();
		const policies = [
			cascade("a", { exhausted: "first" }),
			cascade("b", { exhausted: "first", band: { from: 0, to: 1 } }),
		];
		const none = await scorer.score(TEXTS, policies, { budget: { maxEscalations: 0 } });
		const alone = await set.score(TEXTS, [single("a", HEAD), single("b", HEAD)]);
		assert.deepEqual(
			none.map(({ risks, spans, tokens }) => ({ risks, spans, tokens })),
			alone.map(({ risks, spans, tokens }) => ({ risks, spans, tokens })),
		);
		assert.equal(second.asked.length, 0);
		const lacked = "escalations";
		assert.deepEqual(lacksOf(none, "a"), [undefined, lacked, lacked, lacked, lacked, undefined, undefined]);
		assert.deepEqual(lacksOf(none, "b"), Array(7).fill(lacked));
	});
	it("without budget gives doubtful texts the declared action and no risk, the others the first scorer's", async () => {
		for (const exhausted of ["block", "flag", "allow"] as const) {
			const { scorer } = setUp();
			const scores = await scorer.score(TEXTS, [cascade("a", { exhausted })], { budget: { maxEscalations: 0 } });
			assert.deepEqual(risksOf(scores, "a"), [0.1, undefined, undefined, undefined, undefined, 0.8, 0.95]);
			const { ms: _, ...decision } = scores[1]!.decisions!.a!;
			assert.deepEqual(decision, {
				scorer: "cascade",
				stages: 1,
				tokens: 7,
				lacked: "escalations",
				instead: { action: exhausted, reason: "exhausted" },
			});
		}
	});
	it("spends a small budget on what is most in doubt, over all texts and policies", async () => {
		const { scorer, second } = setUp({}, {}, { risk: (text, id) => (id === "a" ? Number(text) : 0.35) });
		const policies = [cascade("a"), cascade("b")];
		const scores = await scorer.score(["0.4", "0.69", "0.75"], policies, { budget: { maxEscalations: 2 } });
		assert.deepEqual(textsOf(second), [["0.69", "0.75"]]);
		assert.deepEqual(second.asked[0]?.policies, ["a"]);
		assert.deepEqual(lacksOf(scores, "a"), ["escalations", undefined, undefined]);
		assert.deepEqual(lacksOf(scores, "b"), Array(3).fill("escalations"));
	});
	it("asks the offline model only where the caller says that it can wait", async () => {
		const { scorer, offline } = setUp();
		const policies = [cascade("a", { second: OFFLINE }), cascade("b")];
		const online = await scorer.score(["risk 0.5"], policies);
		assert.deepEqual([lacksOf(online, "a"), risksOf(online, "b")], [["offline"], [0.99]]);
		assert.deepEqual(online[0]!.decisions!.a!.instead, { action: "block", reason: "exhausted" });
		assert.equal(offline.asked.length, 0);
		const patient = await scorer.score(["risk 0.5"], policies, { budget: { offline: true } });
		assert.deepEqual([risksOf(patient, "a"), risksOf(patient, "b")], [[0.77], [0.99]]);
	});
	it("asks several second scorers at the same time, texts with the same policies in one call", async () => {
		const gate = Promise.withResolvers<void>();
		const { scorer, second } = setUp({ before: () => gate.promise }, { before: async () => gate.resolve() });
		const policies = [cascade("a"), cascade("b"), cascade("c", { second: REMOTE, band: { from: 0.45, to: 0.6 } })];
		const scores = await scorer.score(["risk 0.4", "risk 0.5"], policies);
		assert.deepEqual(risksOf(scores, "c"), [0.4, 0.66]);
		assert.deepEqual([textsOf(second), second.asked[0]?.policies], [[["risk 0.4", "risk 0.5"]], ["a", "b"]]);
	});
	it("lets other policies through as they are; those of other scorers do not hold up the first", async () => {
		const { scorer, first, second, remote } = setUp();
		const policies = [single("x", HEAD), cascade("a"), single("y", REMOTE), single("z", ONLINE)];
		const [score] = await scorer.score(["risk 0.5"], policies);
		assert.deepEqual(score!.risks, { x: 0.5, a: 0.99, y: 0.66, z: 0.99 });
		assert.deepEqual(
			first.asked.map(({ policies: ids }) => ids),
			[["x", "a"]],
		);
		assert.equal(remote.asked.length + second.asked.length, 3);
		const names = Object.entries(score!.decisions!).map(([id, { scorer: name, stages }]) => [id, name, stages]);
		assert.deepEqual(names.sort(), [
			["a", "yes-no", 2],
			["x", "head", 1],
			["y", "remote", 1],
			["z", "yes-no", 1],
		]);
		const [plain] = await scorer.score(["risk 0.5"], [single("x", HEAD)]);
		assert.equal(plain!.risks.x, 0.5);
	});
	it("does not take for doubtful what the first scorer has no risk of: its own declaration stands", async () => {
		const { scorer, second } = setUp({}, {}, { risk: () => undefined });
		const [score] = await scorer.score(["risk 0.5"], [cascade("a")]);
		assert.deepEqual(score!.decisions!.a!.instead, { action: "block", reason: "failed" });
		assert.equal(second.asked.length, 0);
	});
});

describe("cascade: failures and time", () => {
	it("a second scorer that fails fails the call, whatever `exhausted` says, and the first's risk is not shown", async () => {
		for (const exhausted of ["first", "allow", "flag", "block"] as const)
			for (const code of ["remote_failed", "inference_failed", "overloaded"] as const) {
				const failure = new SluiceError(code, { detail: "down" });
				const { scorer } = setUp({ before: () => Promise.reject(failure) });
				await assert.rejects(scorer.score(["risk 0.5"], [cascade("a", { exhausted })]), failure);
			}
	});
	it("a second scorer that declares what happens instead has its say, and the first's risk is gone", async () => {
		const { scorer } = setUp({ risk: () => undefined });
		const [score] = await scorer.score(["risk 0.5"], [cascade("a", { exhausted: "first" })]);
		assert.deepEqual(score!.risks, {});
		const { ms: _, ...decision } = score!.decisions!.a!;
		const instead = { action: "block", reason: "failed" };
		assert.deepEqual(decision, { scorer: "yes-no", stages: 2, tokens: 40, instead });
	});
	it("a failure beside the cascade ends the second scorer's work", async () => {
		const failure = new SluiceError("remote_failed", { detail: "down" });
		const gate = Promise.withResolvers<void>();
		const { scorer, second } = setUp(
			{ before: () => doing(gate.resolve, never) },
			{ before: () => gate.promise.then(() => Promise.reject(failure)) },
		);
		await assert.rejects(scorer.score(["risk 0.5"], [cascade("a"), single("y", REMOTE)]), failure);
		assert.equal(second.asked[0]?.options.signal?.aborted, true);
		assert.deepEqual(scorer.load(), { queued: 0, running: 0 });
	});
	it("does not start what cannot finish before the deadline: the declared consequence, for want of time", async () => {
		const times = { now: performance.now() };
		const passTime = (): void => {
			times.now += 1000;
		};
		const fakes = setUp({ before: async () => doing(passTime, () => {}) });
		const scorer = createCascadeScorer(fakes.set, () => times.now);
		const policies = [cascade("a")];
		const deadline = (ms: number) => ({ deadlineMs: times.now + ms });
		const first = await scorer.score(["risk 0.5"], policies, deadline(60_000));
		assert.deepEqual(risksOf(first, "a"), [0.99]);
		const short = await scorer.score(["risk 0.5", "risk 0.1"], policies, deadline(900));
		assert.deepEqual(
			[lacksOf(short, "a"), risksOf(short, "a")],
			[
				["time", undefined],
				[undefined, 0.1],
			],
		);
		assert.deepEqual(short[0]!.decisions!.a!.instead, { action: "block", reason: "exhausted" });
		assert.equal(short[0]!.decisions!.a!.stages, 1);
		assert.equal(fakes.second.asked.length, 1);
		const long = await scorer.score(["risk 0.5"], policies, deadline(60_000));
		assert.deepEqual(risksOf(long, "a"), [0.99]);
	});
	it("a model that is not done shortly before the deadline: the declared consequence in time, and known to be slow", async () => {
		for (const exhausted of ["flag", "first"] as const) {
			const { scorer, second } = setUp({ before: ({ texts }) => (texts[0]!.includes("0.5") ? never() : undefined) });
			const policies = [cascade("a", { exhausted }), cascade("b", { exhausted, band: { from: 0.55, to: 0.8 } })];
			const deadlineMs = inMs(400);
			const scores = await scorer.score(["risk 0.5", "risk 0.6"], policies, { deadlineMs });
			assert.ok(performance.now() < deadlineMs, "later than the deadline");
			assert.deepEqual(lacksOf(scores, "a"), ["time", undefined]);
			assert.deepEqual(risksOf(scores, "a"), [exhausted === "first" ? 0.5 : undefined, 0.99]);
			assert.deepEqual(risksOf(scores, "b"), [0.5, 0.99]);
			assert.equal(scores[0]!.decisions!.a!.stages, 2);
			const asked = second.asked.length;
			const again = await scorer.score(["risk 0.5"], policies, { deadlineMs: inMs(150) });
			assert.deepEqual(lacksOf(again, "a"), ["time"]);
			assert.equal(second.asked.length, asked);
		}
	});
	it("a remote service that is too slow is a failure with a consequence of its own, never the first's risk", async () => {
		const { scorer } = setUp({}, { before: never });
		const policies = [cascade("a", { second: REMOTE, exhausted: "first" })];
		await assert.rejects(scorer.score(["risk 0.5"], policies, { deadlineMs: inMs(40) }), { code: "deadline_exceeded" });
	});
	it("a first scorer that is too slow, and a caller that leaves at any stage, end the call", async () => {
		const slow = setUp({}, {}, { before: never }).scorer;
		await assert.rejects(slow.score(["risk 0.5"], [cascade("a")], { deadlineMs: inMs(40) }), {
			code: "deadline_exceeded",
		});
		const caller = new AbortController();
		const { scorer } = setUp({ before: () => doing(() => caller.abort(), never) });
		const call = scorer.score(["risk 0.5"], [cascade("a", { exhausted: "first" })], { signal: caller.signal });
		await assert.rejects(call, { code: "aborted" });
		assert.deepEqual(scorer.load(), { queued: 0, running: 0 });
	});
	it("a scorer that leaves out a text fails the call", async () => {
		const short = { ...createFakeScorer({ kind: "yes-no" }), score: async (): Promise<Score[]> => [] };
		const scorer = createCascadeScorer(createScorerSet({ head: createFakeScorer(), "yes-no:online": short }));
		await assert.rejects(scorer.score(["risk 0.5"], [cascade("a")]), { code: "inference_failed" });
	});
});

describe("cascade: policies", () => {
	it("says which of the two scorers cannot measure a policy", () => {
		const heads = createFakeScorer();
		const scorer = createCascadeScorer(createScorerSet({ head: heads, "yes-no:online": heads }));
		scorer.check(cascade("a", { second: HEAD }));
		assert.throws(() => scorer.check(cascade("a")), { code: "invalid_policy", pointer: "/scorer/second/kind" });
		assert.throws(() => scorer.check(cascade("a", { first: ONLINE })), { pointer: "/scorer/first/kind" });
		assert.throws(() => scorer.check(cascade("a", { second: REMOTE })), {
			pointer: "/scorer/second",
			message: /^policy a needs the remote service guard: set SLUICE_GUARD_BASE_URL/,
		});
		assert.throws(() => scorer.check(single("b", REMOTE)), { pointer: "/scorer" });
	});
	it("closes the scorers it stands on", async () => {
		const { scorer, first, second, remote } = setUp();
		await scorer.close();
		assert.deepEqual([first.closed, second.closed, remote.closed], [1, 1, 1]);
	});
});
