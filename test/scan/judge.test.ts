import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorCode, isSluiceError, SluiceError } from "../../src/errors.ts";
import { isProblem, type Outcome, type ScanItem } from "../../src/scan/item.ts";
import { createJudge, type JudgeParts, SCAN_PRIORITY } from "../../src/scan/judge.ts";
import type { Content } from "../../src/types.ts";
import { createSteadyModerator, riskOf } from "./workplace.ts";

const items = (...texts: string[]): ScanItem[] => texts.map((text, i) => ({ line: i + 1, text }));
const signal = new AbortController().signal;

/** A judge over a moderator that `before` may make fail, with the waits it would have made. */
function build(
	before: (texts: readonly Content[]) => void,
	parts: Partial<JudgeParts> = {},
): { judge: (...texts: string[]) => Promise<Outcome[]>; waits: number[]; calls: number[] } {
	const waits: number[] = [];
	const calls: number[] = [];
	const moderator = createSteadyModerator({
		maxCharacters: 50,
		before(texts, options) {
			assert.equal(options?.priority, SCAN_PRIORITY);
			calls.push(texts.length);
			before(texts);
		},
	});
	const judge = createJudge({
		moderator,
		policies: new Set(moderator.policies.map(({ id }) => id)),
		pause: async (ms) => void waits.push(ms),
		...parts,
	});
	return { judge: (...texts) => judge(items(...texts), signal), waits, calls };
}

const fail = (code: ErrorCode, more: { retryAfterMs?: number; detail?: string } = {}): never => {
	throw new SluiceError(code, { detail: "made up", ...more });
};
const codes = (outcomes: readonly Outcome[]): string[] =>
	outcomes.map((outcome) => (isProblem(outcome) ? outcome.code : outcome.action));

describe("a scan's judge", () => {
	it("gives verdicts in order, of the wanted policies alone", async () => {
		const { judge } = build(() => {}, { policies: new Set(["hate"]) });
		const texts = ["a", "b", "c"];
		for (const [i, outcome] of (await judge(...texts)).entries()) {
			assert.ok(!isProblem(outcome));
			assert.deepEqual(
				outcome.policies.map(({ policy, risk }) => [policy, risk]),
				[["hate", riskOf(texts[i]!, "hate")]],
			);
			assert.equal(outcome.action, outcome.policies[0]!.action);
		}
	});
	it("a text that is too long is not sent, its neighbours are", async () => {
		const { judge, calls } = build(() => {});
		const outcomes = await judge("a", "x".repeat(51), "c");
		assert.deepEqual(
			codes(outcomes).map((code) => code === "text_too_long"),
			[false, true, false],
		);
		assert.deepEqual(calls, [2]);
	});
	it("a text that the moderator refuses is found and costs no other its verdict", async () => {
		const { judge, waits } = build((texts) => {
			if (texts.includes("bad")) fail("unsupported_input", { detail: "text 0 is not supported" });
		});
		const texts = Array.from({ length: 64 }, (_, i) => (i === 37 ? "bad" : `text ${i}`));
		const outcomes = await judge(...texts);
		assert.deepEqual(codes(outcomes).indexOf("unsupported_input"), 37);
		assert.equal(outcomes.filter(isProblem).length, 1);
		assert.equal((outcomes[37] as { detail: string }).detail, "the text is not supported");
		assert.deepEqual(waits, []);
	});
	it("an overload is waited out with growing pauses, as long as it says at least", async () => {
		let left = 4;
		let told = 0;
		const { judge, waits } = build(
			() => {
				if (left-- > 0) fail("overloaded", left === 0 ? { retryAfterMs: 5000 } : {});
			},
			{ onOverload: () => void told++ },
		);
		assert.ok(!isProblem((await judge("a"))[0]!));
		assert.deepEqual(waits, [250, 500, 1000, 5000]);
		assert.equal(told, 4);
	});
	it("texts that are too many at once for the model go in smaller groups", async () => {
		const { judge, calls } = build((texts) => {
			if (texts.length > 10) fail("overloaded");
		});
		const outcomes = await judge(...Array.from({ length: 64 }, (_, i) => `text ${i}`));
		assert.equal(outcomes.filter(isProblem).length, 0);
		assert.deepEqual([...new Set(calls)], [64, 32, 16, 8]);
	});
	it("gives up on an overload that does not end", async () => {
		const { judge, waits } = build(() => fail("queue_unavailable"), { patienceMs: 10_000 });
		await assert.rejects(judge("a"), { code: "queue_unavailable" });
		const waited = waits.reduce((sum, ms) => sum + ms, 0);
		assert.ok(waited >= 10_000 && waited < 20_000);
	});
	it("a text that the model fails on again and again is a problem of that text where others can be judged", async () => {
		const { judge } = build((texts) => {
			if (texts.includes("poison")) fail("inference_failed");
		});
		const outcomes = await judge("a", "b", "poison", "d");
		assert.deepEqual(
			outcomes.map((outcome) => isProblem(outcome) && outcome.code),
			[false, false, "inference_failed", false],
		);
		assert.deepEqual(codes(await judge("poison")), ["inference_failed"]);
	});
	it("a model that judges nothing any more ends the scan, also when it goes while texts are told apart", async () => {
		await assert.rejects(build(() => fail("remote_failed")).judge("a", "b"), { code: "remote_failed" });
		let calls = 0;
		const going = build((texts) => {
			if (calls++ > 8 || texts.includes("poison")) fail("inference_failed");
		});
		await assert.rejects(going.judge("poison", "b", "c", "d"), { code: "inference_failed" });
	});
	it("what no other try can help ends the scan at once", async () => {
		for (const code of ["internal", "invalid_policy", "not_configured"] as const) {
			const { judge, waits } = build(() => fail(code));
			await assert.rejects(judge("a"), (error) => isSluiceError(error) && error.code === code);
			assert.deepEqual(waits, []);
		}
	});
	it("an abort while it waits ends it", async () => {
		const stop = new AbortController();
		const moderator = createSteadyModerator({ before: () => fail("overloaded") });
		const judge = createJudge({ moderator, policies: new Set(["hate"]) });
		const judging = judge(items("a"), stop.signal);
		stop.abort();
		await assert.rejects(judging, { name: "AbortError" });
	});
});
