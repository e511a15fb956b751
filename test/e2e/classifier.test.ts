/** The embedded classifier as shipped: real weights, real engine, the shipped policies. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import { createModerator, type Moderator } from "../../src/moderator.ts";
import { loadPolicies } from "../../src/policies/index.ts";
import { createHeadPool, createHeadScorer, type HeadsFile, readHeadsFile } from "../../src/scorers/index.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";
import { normalizeText } from "../../src/tokenizer/normalize.ts";
import type { HeadSpec } from "../../src/types.ts";

const root = new URL("../..", import.meta.url).pathname;
const directory = join(root, "models/sluice-guard");
const cacheDir = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
const policies = await loadPolicies(join(root, "policies"));

let model: Model;
let moderator: Moderator;
let tokenizer: Tokenizer;
let heads: HeadsFile;

before(async () => {
	model = await openModel(directory, { weights: "q8", threads: 2, cacheDir });
	tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
	heads = await readHeadsFile(directory);
	const scorer = createHeadScorer({ model, tokenizer, heads });
	moderator = createModerator({ policies, scorer, maxCharacters: scorer.maxCharacters });
	await moderator.ready();
});
after(async () => {
	await model.close();
	await rm(cacheDir, { recursive: true });
});

for (const policy of policies)
	for (const { text, violates } of policy.examples)
		test(`${policy.id}: the ${violates ? "violating" : "harmless"} example "${text.slice(0, 40)}…" comes out right`, async () => {
			const [verdict] = await moderator.moderate([text]);
			const own = verdict!.policies.find((p) => p.policy === policy.id)!;
			assert.equal(own.action !== "allow", violates, `risk ${own.risk}, flag at ${own.thresholds.flag}`);
		});

/** Risk per label after each token, read one token at a time on a session. */
async function tokenByToken(text: string): Promise<number[]> {
	const session = await model.session({ outputs: "heads" });
	const pool = createHeadPool(heads.labels.length, heads.score_clip);
	const encoded = tokenizer.encode(normalizeText(text).text).ids;
	for (const id of [tokenizer.bosId, ...encoded]) pool.push((await session.append([id])).heads!, 0);
	await session.close();
	const logits = pool.logits();
	return policies.map((policy) => {
		assert.equal(policy.scorer.kind, "head");
		const { head } = policy.scorer as HeadSpec;
		const { scale, offset } = heads.calibration[head]!;
		return 1 / (1 + Math.exp(-(scale * logits[heads.labels.indexOf(head)]! + offset)));
	});
}

test("one request, 50 concurrent requests and token-by-token reading give the same risks (1e-4)", async () => {
	const texts = policies.flatMap((p) => p.examples.map((e) => e.text));
	const long = texts.join(" ").repeat(2);
	for (const text of [texts[0]!, texts[5]!, long]) {
		const [single] = await moderator.moderate([text]);
		const risks = single!.policies.map((p) => p.risk!);
		const crowd = await Promise.all(
			Array.from({ length: 50 }, (_, i) => moderator.moderate([i % 2 === 0 ? text : texts[i % texts.length]!])),
		);
		for (const [i, [verdict]] of crowd.entries())
			if (i % 2 === 0)
				for (const [k, own] of verdict!.policies.entries()) assert.ok(Math.abs(own.risk! - risks[k]!) <= 1e-4);
		for (const [k, risk] of (await tokenByToken(text)).entries())
			assert.ok(Math.abs(risk - risks[k]!) <= 1e-4, `${policies[k]!.id}: ${risk} against ${risks[k]}`);
	}
});

test("100,000 characters are read whole, and a sentence at their very end still changes the risk", async () => {
	const filler = "The committee met on Tuesday and talked about the new bridge over the river. ";
	const benign = filler.repeat(Math.ceil(100_000 / filler.length));
	const [calm] = await moderator.moderate([benign]);
	assert.equal(calm!.coverage.characters, benign.length);
	assert.ok(calm!.coverage.tokens > 10_000 && calm!.coverage.complete);
	const [ended] = await moderator.moderate([`${benign}I am going to kill you, you worthless piece of shit.`]);
	const risk = (v: typeof calm): number => v!.policies.find((p) => p.policy === "toxicity")!.risk!;
	assert.ok(risk(ended) > risk(calm), `${risk(ended)} after the sentence, ${risk(calm)} before`);
});

test("evidence points at the words of the original text, through disguises", async () => {
	const text = "Dear all, you are a bunch of f\u200bucking 1d1ots, best regards";
	const [verdict] = await moderator.moderate([text]);
	const spans = verdict!.policies.find((p) => p.policy === "toxicity")!.spans;
	assert.ok(spans.length > 0 && spans.length <= 3);
	for (const { start, end, weight } of spans) {
		assert.ok(start >= 0 && end <= text.length && start < end && weight > 0 && weight <= 1);
		assert.doesNotMatch(text.slice(start, end), /\s/);
	}
});
