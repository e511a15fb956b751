import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { evaluate, evaluateCascade, pairCascades, pairPolicies } from "../../src/evaluate/index.ts";
import { createModerator } from "../../src/moderator.ts";
import { createScorerSet } from "../../src/scorers/index.ts";
import type { CascadeSpec, Policy } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeScorer, type FakeScorerOptions } from "../scorers/fake-scorer.ts";
import { yesNoPolicy } from "../scorers/yes-no/yes-no-policy.ts";

const row = (text: string, labels: object): string => JSON.stringify({ text, labels });
const second = yesNoPolicy("x", "No lies.").scorer as CascadeSpec["second"];
const cascade = (id: string): Policy => ({
	...fakePolicy(id),
	scorer: {
		kind: "cascade",
		first: { kind: "head", head: "any" },
		second,
		band: { from: 0.2, to: 0.8 },
		exhausted: "block",
	},
});
const setOf = (yesNo: FakeScorerOptions = {}) =>
	createScorerSet({
		head: createFakeScorer({ tokens: 5 }),
		"yes-no:online": createFakeScorer({ kind: "yes-no", tokens: 50, ...yesNo }),
	});

/** "risk 0.4 then 0.9": the first scorer reads the first number, the second the last. */
const lastRisk = (text: string): number => Number(text.split(" ").at(-1));
const ROWS = [
	row("risk 0.4 then 0.9", { hate: 1, spam: 1 }),
	row("risk 0.6 then 0.1", { hate: 0, self_harm: 0 }),
	row("risk 0.9 then 0.8", { hate: 1 }),
	row("risk 0.1 then 0.2", { hate: 0, self_harm: null }),
];

describe("evaluateCascade", () => {
	it("ends of the curve equal what evaluate() says of either scorer alone", async () => {
		const policies = [cascade("hate"), cascade("self-harm")];
		const scorer = setOf({ risk: lastRisk });
		const pairs = pairCascades(policies);
		const report = await evaluateCascade(ROWS, { scorer, pairs });
		assert.deepEqual([report.rows, report.failed, report.unmeasured], [4, 0, ["spam"]]);
		const curve = report.curves.find(({ label }) => label === "hate")!;
		assert.deepEqual([curve.n, curve.positives, curve.unscored], [4, 2, 0]);
		for (const stage of ["first", "second"] as const) {
			const alone = createModerator({ policies: pairs.map((pair) => pair[stage]), scorer, maxCharacters: 1000 });
			await alone.ready();
			const { hate } = (await evaluate(ROWS, alone)).labels;
			const point = curve.points.at(stage === "first" ? 0 : -1)!;
			assert.deepEqual([point.auPrc, point.f1AtFlag], [hate!.auPrc, hate!.f1]);
			assert.deepEqual([curve[stage].auPrc, curve[stage].f1AtFlag], [hate!.auPrc, hate!.f1]);
		}
		assert.ok(Math.abs(curve.first.auPrc! - 5 / 6) < 1e-12);
		assert.equal(curve.second.auPrc, 1);
		assert.deepEqual([curve.first.tokensPerText, curve.second.tokensPerText], [5, 50]);
	});
	it("a pair of policy lists is measured by the thresholds of the first", async () => {
		const pairs = pairPolicies([fakePolicy("hate"), fakePolicy("lone")], [yesNoPolicy("hate", "No hate.")]);
		assert.deepEqual(
			pairs.map(({ first, second: other }) => [first.id, other.scorer.kind]),
			[["hate", "yes-no"]],
		);
		const { curves } = await evaluateCascade(ROWS, { scorer: setOf({ risk: lastRisk }), pairs });
		assert.deepEqual(curves[0]!.thresholds, { flag: 0.5, block: 0.9 });
	});
	it("rows where a scorer has an action in place of a risk count in no figure, and are counted", async () => {
		const scorer = setOf({ risk: (text) => (text.includes("0.4") ? undefined : lastRisk(text)) });
		const { curves } = await evaluateCascade(ROWS, { scorer, pairs: pairCascades([cascade("hate")]) });
		assert.deepEqual([curves[0]!.n, curves[0]!.positives, curves[0]!.unscored], [3, 1, 1]);
	});
	it("counts rows that cannot be judged under their code, and scores the others of their batch", async () => {
		const tooLong = new SluiceError("text_too_long", { detail: "too long" });
		const before: FakeScorerOptions["before"] = ({ texts }) =>
			texts.some((text) => text.includes("0.6")) ? Promise.reject(tooLong) : undefined;
		const lines = [...ROWS, "no json"];
		const report = await evaluateCascade(lines, { scorer: setOf({ before }), pairs: pairCascades([cascade("hate")]) });
		assert.deepEqual(report.failures, { invalid_json: 1, text_too_long: 1 });
		assert.equal(report.rows, 5);
		assert.equal(report.curves[0]!.n, 3);
	});
	it("a service that fails ends the evaluation: half a curve would pass for a whole one", async () => {
		const failure = new SluiceError("remote_failed", { detail: "down" });
		const scorer = setOf({ before: () => Promise.reject(failure) });
		await assert.rejects(evaluateCascade(ROWS, { scorer, pairs: pairCascades([cascade("hate")]) }), failure);
	});
	it("refuses policies that make no pair", () => {
		assert.throws(() => pairCascades([fakePolicy("hate")]), { code: "invalid_policy", message: /no policy has/ });
		assert.throws(() => pairPolicies([fakePolicy("a")], [fakePolicy("b")]), { message: /has the id of one/ });
		assert.throws(() => pairPolicies([cascade("a")], [fakePolicy("a")]), { message: /policy a is a cascade itself/ });
	});
});
