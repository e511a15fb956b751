import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { evaluate } from "../../src/evaluate/index.ts";
import { judgedText } from "../../src/types.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";

const row = (text: string, labels: Record<string, unknown>, more: object = {}): string =>
	JSON.stringify({ text, labels, ...more });

describe("evaluate", () => {
	it("measures each label with the policy of its name, underscores read as dashes; a missing or null label is unknown", async () => {
		const risks: Record<string, number> = { a: 0.8, b: 0.6, c: 0.1 };
		const moderator = createFakeModerator({ risk: (text, policy) => (policy === "self-harm" ? risks[text]! : 0.2) });
		const report = await evaluate(
			[row("a", { self_harm: 1, hate: null }), row("b", { self_harm: 0 }), row("c", { self_harm: 0, hate: 1 })],
			moderator,
		);
		assert.equal(report.rows, 3);
		assert.deepEqual(report.labels.self_harm, {
			n: 3,
			positives: 1,
			auPrc: 1,
			rocAuc: 1,
			bestF1: 1,
			bestThreshold: 0.8,
			f1: 2 / 3,
			precision: 0.5,
			recall: 1,
			fpr: 0.5,
		});
		assert.equal(report.labels.hate!.n, 1);
		assert.equal(report.labels.hate!.recall, 0);
	});
	it("any is the policy any where there is one, else the verdict's risk and action", async () => {
		const risk = (_text: string, policy: string): number => (policy === "any" ? 0.3 : 0.95);
		const lines = [row("a", { any: 1 })];
		const withPolicy = await evaluate(lines, createFakeModerator({ risk }));
		assert.equal(withPolicy.labels.any!.bestThreshold, 0.3);
		assert.equal(withPolicy.labels.any!.recall, 0);
		const without = await evaluate(lines, createFakeModerator({ risk, policies: [fakePolicy("hate")] }));
		assert.equal(without.labels.any!.bestThreshold, 0.95);
		assert.equal(without.labels.any!.recall, 1);
	});
	it("lists labels no policy measures and gives them no figures", async () => {
		const report = await evaluate([row("a", { spam: 1, any: 0, bots: 0 })], createFakeModerator());
		assert.deepEqual(report.unmeasured, ["bots", "spam"]);
		assert.deepEqual(Object.keys(report.labels), ["any"]);
	});
	it("counts rows that cannot be judged under their code and drops none", async () => {
		const moderator = createFakeModerator({
			before: (texts) => {
				if (texts.some((t) => judgedText(t).length > 5)) throw new SluiceError("text_too_long", { detail: "too long" });
			},
		});
		const lines = [
			row("bad", { hate: 1 }),
			row("much too long", { hate: 0 }),
			"not json",
			row("", { hate: 0 }),
			row("a", { hate: 2 }),
			'{"text":"\\ud800","labels":{}}',
			"[]",
			"",
			row("fine", { hate: 0 }),
		];
		const report = await evaluate(lines, moderator, { batchRows: 3 });
		assert.equal(report.rows, 8);
		assert.equal(report.failed, 6);
		assert.deepEqual(report.failures, { invalid_json: 1, invalid_request: 4, text_too_long: 1 });
		assert.equal(report.labels.hate!.n, 2);
		assert.equal(report.labels.hate!.rocAuc, 1);
	});
	it("a failure of the moderator itself ends the evaluation", async () => {
		const moderator = createFakeModerator({
			before: () => {
				throw new SluiceError("inference_failed", { detail: "the model stopped" });
			},
		});
		await assert.rejects(evaluate([row("a", {}), row("b", {})], moderator), { code: "inference_failed" });
		await assert.rejects(evaluate([row("a", {})], moderator), { code: "inference_failed" });
	});
	it("groups by language and by functionality where rows have them", async () => {
		const report = await evaluate(
			[
				row("bad", { hate: 1 }, { lang: "en", meta: { functionality: "slur" } }),
				row("x", { hate: 1 }, { lang: "de", meta: { fn: "slur" } }),
				row("y", { hate: 0 }, { lang: "de", meta: { functionality: "counter" } }),
			],
			createFakeModerator(),
		);
		assert.deepEqual(Object.keys(report.byLang ?? {}), ["de", "en"]);
		assert.equal(report.byLang!.de!.rows, 2);
		assert.equal(report.byLang!.de!.labels.hate!.rocAuc, 0.5);
		assert.deepEqual(report.byFunctionality, {
			counter: { n: 1, accuracy: 1, meanRisk: 0.01 },
			slur: { n: 2, accuracy: 0.5, meanRisk: 0.48 },
		});
	});
	it("leaves the groups out where no row has them, and keeps to the stated shape", async () => {
		const report = await evaluate([row("bad", { any: 1, hate: 1 })], createFakeModerator());
		assert.deepEqual(Object.keys(report), ["rows", "failed", "failures", "labels", "unmeasured"]);
		assert.deepEqual(Object.keys(report.labels), ["any", "hate"]);
	});
	it("reads in batches, stops at the limit, and reports progress", async () => {
		const batches: number[] = [];
		const progress: number[] = [];
		let pulled = 0;
		function* lines(): Generator<string> {
			for (;;) {
				pulled++;
				yield row("a", { any: 0 });
			}
		}
		const report = await evaluate(
			lines(),
			createFakeModerator({
				before: (texts) => {
					batches.push(texts.length);
				},
			}),
			{ limit: 10, batchRows: 4, onProgress: (rows) => progress.push(rows) },
		);
		assert.equal(report.rows, 10);
		assert.equal(pulled, 10);
		assert.deepEqual(batches, [4, 4, 2]);
		assert.deepEqual(progress, [4, 8, 10]);
	});
	it("a label named like an object's own property is an ordinary label", async () => {
		const report = await evaluate(['{"text":"a","labels":{"constructor":1,"any":0}}'], createFakeModerator());
		assert.deepEqual(report.unmeasured, ["constructor"]);
	});
});
