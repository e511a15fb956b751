/** The scorer on the tiny ShieldGemma: its numbers against goldens and against separate full prompts, its limits. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SluiceError } from "../../../src/errors.ts";
import {
	createPromptRenderer,
	createYesNoScorer,
	type YesNoScorerParts,
	yesProbability,
} from "../../../src/scorers/yes-no/index.ts";
import type { Content, Policy, Score, YesNoSpec } from "../../../src/types.ts";
import { readGolden } from "../../conformance/golden.ts";
import { openFixture, watchModel } from "./fixture-model.ts";
import { createWordTokenizer, TOKENS } from "./word-tokenizer.ts";
import { somePolicies, yesNoPolicy } from "./yes-no-policy.ts";

const { model, close } = await openFixture();
after(close);
const tokenizer = createWordTokenizer();
/** How much a risk may differ from that of a separate full prompt, in float32. */
const TOLERANCE = 2e-4;
const CONTENTS: Content[] = [
	"How do I bake sourdough bread?",
	"",
	{ prompt: "How do I bake bread?", response: `Mix flour, water and salt. ${"Then wait and fold it. ".repeat(20)}` },
	{ prompt: "", response: "a text without a conversation" },
	"so it goes on and on. ".repeat(60),
];

function createScorer(parts: Partial<YesNoScorerParts> = {}): ReturnType<typeof createYesNoScorer> {
	return createYesNoScorer({ model: { ...model, close: async () => {} }, tokenizer, ...parts });
}

/** The risk by one full prompt. */
async function separateRisk(content: Content, policy: Policy): Promise<number> {
	const spec = policy.scorer as YesNoSpec;
	const guideline = typeof content === "string" ? policy.guideline : (spec.responseGuideline ?? policy.guideline);
	const { ids } = createPromptRenderer(tokenizer)(content, { ...spec, guideline });
	const [yes, no] = await model.score(ids, [TOKENS.Yes!, TOKENS.No!]);
	return yesProbability(yes!, no!, spec);
}

async function checkEqualsSeparate(
	contents: readonly Content[],
	policies: readonly Policy[],
	scores: readonly Score[],
) {
	for (const [i, content] of contents.entries()) {
		for (const policy of policies) {
			const difference = Math.abs(scores[i]!.risks[policy.id]! - (await separateRisk(content, policy)));
			assert.ok(difference < TOLERANCE, `content ${i}, ${policy.id}: ${difference}`);
		}
	}
}

test("P(Yes) of the golden cases is within 2e-4", async () => {
	interface Scoring {
		readonly yes_token_id: number;
		readonly no_token_id: number;
		readonly cases: readonly { readonly tokens: readonly number[]; readonly p_yes: number }[];
	}
	const { scoring } = readGolden("shieldgemma") as unknown as { scoring: Scoring };
	for (const { tokens, p_yes } of scoring.cases) {
		const [yes, no] = await model.score(tokens, [scoring.yes_token_id, scoring.no_token_id]);
		const risk = yesProbability(yes!, no!, { alpha: 0, temperature: 1 });
		assert.ok(Math.abs(risk - p_yes) < 2e-4, `${risk} instead of ${p_yes}`);
	}
	assert.equal(scoring.cases.length, 6);
});

for (const order of ["content-first", "policy-first"] as const) {
	test(`${order}: risks equal those of separate full prompts, cold, kept and without keeping`, async () => {
		const policies = [
			...somePolicies(6, { order, temperature: 8 }), // the fixture's logits are far apart
			...somePolicies(2, { order, wording: "notebook", temperature: 5, alpha: 0.2 }).map((p) => ({
				...p,
				id: `${p.id}-n`,
			})),
		];
		for (const maxPrefixBytes of [undefined, 0]) {
			const scorer = createScorer({ maxPrefixBytes });
			for (let round = 0; round < 2; round++) {
				await checkEqualsSeparate(CONTENTS, policies, await scorer.score(CONTENTS, policies));
			}
			await scorer.close();
			assert.equal(model.stats().sessions, 0);
		}
	});
}

test("a content is read once for all policies, a guideline once for all contents", async () => {
	const watched = watchModel(model);
	const scorer = createScorer({ model: watched.model });
	const content = "one two three ".repeat(40);
	await scorer.score([content], somePolicies(4));
	assert.equal(watched.reads.whole.length, 0);
	assert.equal(watched.reads.shared.length, 1);
	assert.equal(watched.reads.own.length, 4);
	assert.ok(watched.reads.shared[0]! > 120 && Math.max(...watched.reads.own) < 120);
	const policies = somePolicies(3, { order: "policy-first" });
	await scorer.score(["a"], policies);
	assert.equal(watched.reads.shared.length, 4);
	await scorer.score(["b", "c"], policies);
	assert.equal(watched.reads.shared.length, 4, "the guidelines' states are kept");
	await scorer.close();
});

test("one policy is one full prompt", async () => {
	const watched = watchModel(model);
	const scorer = createScorer({ model: watched.model });
	await scorer.score(["a text", "another"], somePolicies(1));
	assert.deepEqual([watched.reads.whole.length, watched.reads.shared.length], [2, 0]);
	await scorer.close();
});

test("risks come per policy id whatever the order, with what each cost", async () => {
	const scorer = createScorer();
	const policies = somePolicies(3);
	const [forth] = await scorer.score(["some text to judge ".repeat(30)], policies);
	const [back] = await scorer.score(["some text to judge ".repeat(30)], policies.toReversed());
	for (const { id } of policies) {
		assert.ok(Math.abs(forth!.risks[id]! - back!.risks[id]!) < TOLERANCE);
		const { scorer: kind, stages, windows, tokens, ms } = forth!.decisions![id]!;
		assert.deepEqual([kind, stages, windows], ["yes-no", 1, 1]);
		assert.ok(tokens! > 0 && tokens! < 120 && ms > 0);
		assert.deepEqual(forth!.spans[id], []);
	}
	assert.equal(forth!.tokens, tokenizer.encode("some text to judge ".repeat(30)).ids.length);
	await scorer.close();
});

test("answers are asked with the guideline for answers", async () => {
	const scorer = createScorer();
	const answer = { prompt: "p", response: "r" };
	const spec = { temperature: 8 };
	const responseGuideline = "The chatbot shall not lie.";
	const both = yesNoPolicy("both", "The prompt shall not lie.", { ...spec, responseGuideline });
	const other = yesNoPolicy("other", responseGuideline, spec);
	const [score] = await scorer.score([answer], [both, other]);
	assert.ok(Math.abs(score!.risks.both! - score!.risks.other!) < TOLERANCE);
	const [prompt] = await scorer.score(["p"], [both, other]);
	assert.ok(Math.abs(prompt!.risks.both! - prompt!.risks.other!) > TOLERANCE);
	await scorer.close();
});

test("deadline, signal and priority reach every call of the engine", async () => {
	const watched = watchModel(model);
	const scorer = createScorer({ model: watched.model });
	const deadlineMs = performance.now() + 60_000;
	await scorer.score(["a ".repeat(100), "b"], somePolicies(3), { deadlineMs, priority: 7 });
	await scorer.score(["c"], somePolicies(1), { deadlineMs, priority: 7 });
	for (const call of watched.reads.calls) assert.equal(call.priority, 7);
	assert.equal(watched.reads.calls.filter((call) => call.deadlineMs === deadlineMs).length, 3 + 3 + 1);
	await scorer.close();
});

test("a deadline that passed, an abort and an overload reject as such and leave no session open", async () => {
	const call = (options: object): Promise<unknown> =>
		createScorer({ maxPrefixBytes: 0 }).score(["x ".repeat(200)], somePolicies(4), options);
	const rejects = (promise: Promise<unknown>, code: string): Promise<void> =>
		assert.rejects(promise, (error) => error instanceof SluiceError && error.code === code);
	await rejects(call({ deadlineMs: performance.now() - 1 }), "deadline_exceeded");
	await rejects(call({ signal: AbortSignal.abort() }), "aborted");
	const stop = new AbortController();
	const running = call({ signal: stop.signal });
	setImmediate(() => stop.abort());
	await rejects(running, "aborted");
	await new Promise(setImmediate);
	const full = { score: overload, session: overload };
	const scorer = createScorer({ model: { ...model, ...full, close: async () => {} } });
	await rejects(scorer.score(["x ".repeat(200)], somePolicies(4)), "overloaded");
	assert.equal(model.stats().sessions, 0);
	assert.equal(model.stats().queued + model.stats().running, 0);
});

function overload(): Promise<never> {
	return Promise.reject(new SluiceError("overloaded", { detail: "full" }));
}

function tooLarge(): Promise<never> {
	return Promise.reject(new SluiceError("invalid_request", { detail: "too large" }));
}

test("where no state fits into the model's memory, prompts are read whole", async () => {
	const watched = watchModel(model, { session: tooLarge });
	const scorer = createScorer({ model: watched.model });
	const policies = somePolicies(3, { temperature: 8 });
	await checkEqualsSeparate(CONTENTS, policies, await scorer.score(CONTENTS, policies));
	assert.equal(watched.reads.whole.length, CONTENTS.length * 3);
});

test("a text beyond the context is read in windows, and harm in any place counts", async () => {
	const context = 512;
	const scorer = createScorer({ model: { ...model, contextSize: context, close: async () => {} } });
	const policies = somePolicies(2);
	const text = Array.from({ length: 900 }, (_, i) => `word${i}`).join(" ");
	const [score] = await scorer.score([text], policies);
	const render = createPromptRenderer(tokenizer);
	for (const policy of policies) {
		const { windows } = score!.decisions![policy.id]!;
		assert.ok(windows! >= 3);
		const { ids } = render(text, { wording: "hub", order: "content-first", guideline: policy.guideline });
		assert.ok(ids.length > context);
	}
	assert.equal(score!.tokens, 900);
	await scorer.close();
});

test("a window's prompt never exceeds the context, and the risk is the highest of the windows'", async () => {
	const prompts: number[][] = [];
	const answer = (ids: ArrayLike<number>): Promise<Float32Array> => {
		prompts.push(Array.from(ids));
		return Promise.resolve(Float32Array.of(prompts.length === 2 ? 4 : -4, 0));
	};
	const fake = { ...model, contextSize: 256, score: answer, session: tooLarge, close: async () => {} };
	const scorer = createScorer({ model: fake });
	const text = Array.from({ length: 500 }, (_, i) => `w${i}`).join(" ");
	const [score] = await scorer.score([text], [yesNoPolicy("p", "Do no harm.")]);
	assert.ok(prompts.length >= 4 && prompts.every((ids) => ids.length <= 256));
	assert.equal(score!.decisions!.p!.windows, prompts.length);
	assert.ok(Math.abs(score!.risks.p! - 1 / (1 + Math.exp(-4))) < 1e-6);
	const read = new Set(prompts.flat());
	for (const id of tokenizer.encode(text).ids) assert.ok(read.has(id));
});

test("a policy that another scorer measures, or whose guideline fills the context, is refused", () => {
	const scorer = createScorer();
	scorer.check(yesNoPolicy("fine", "Do no harm."));
	const isRefused = (error: unknown): boolean => error instanceof SluiceError && error.code === "invalid_policy";
	const head: Policy = { ...yesNoPolicy("head", "g"), scorer: { kind: "head", head: "hate" } };
	assert.throws(() => scorer.check(head), isRefused);
	assert.throws(() => scorer.check(yesNoPolicy("long", "very long ".repeat(4000))), isRefused);
});

test("a vocabulary without turns or answers is refused", () => {
	for (const missing of ["<start_of_turn>", "<end_of_turn>", "Yes", "No"]) {
		const without = { ...tokenizer, idOf: (token: string) => (token === missing ? undefined : TOKENS[token]) };
		assert.throws(
			() => createScorer({ tokenizer: without }),
			(error) => error instanceof SluiceError && error.code === "invalid_model" && error.detail.includes(missing),
		);
	}
});
