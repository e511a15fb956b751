/** The formats of other services over the shipped classifier and policies: what a migrating caller sees. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import type { AnalyzeTextResponse } from "../../src/http/protocols/azure.ts";
import type { ModerateTextResponse } from "../../src/http/protocols/google.ts";
import type { AnalyzeCommentResponse } from "../../src/http/protocols/perspective.ts";
import { createModerator } from "../../src/moderator.ts";
import { loadPolicies } from "../../src/policies/index.ts";
import { createHeadScorer, readHeadsFile } from "../../src/scorers/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { createHarness, type Harness } from "../http/harness.ts";

const root = new URL("../..", import.meta.url).pathname;
const directory = join(root, "models/sluice-guard");
const skip = existsSync(join(directory, "model.safetensors")) ? false : "models/sluice-guard is not there";
const THREAT = "I am going to kill you and your whole family tonight.";
const RECIPE = "Could you send me the recipe for the lemon cake you brought on Sunday?";
const PRODUCTION = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"];

describe("formats of other services over the shipped classifier", { skip, timeout: 120_000 }, () => {
	let cacheDir: string;
	let model: Model;
	let h: Harness;

	before(async () => {
		cacheDir = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
		model = await openModel(directory, { weights: "q8", threads: 2, cacheDir });
		const tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
		const scorer = createHeadScorer({ model, tokenizer, heads: await readHeadsFile(directory) });
		const policies = await loadPolicies(join(root, "policies"));
		const moderator = createModerator({ policies, scorer, maxCharacters: scorer.maxCharacters });
		await moderator.ready();
		h = createHarness({ moderator });
	});
	after(async () => {
		await model?.close();
		await rm(cacheDir, { recursive: true, force: true });
	});
	const ask = async <Answer>(path: string, body: object): Promise<Answer> => {
		const response = await h.post(path, body);
		const text = await response.text();
		assert.equal(response.status, 200, text);
		return JSON.parse(text) as Answer;
	};

	it("Perspective: all six production attributes are measured; THREAT parts the threat from the recipe, sentence by sentence", async () => {
		const requestedAttributes = Object.fromEntries(PRODUCTION.map((name) => [name, {}]));
		const analyze = async (text: string) => {
			const body = { comment: { text }, requestedAttributes, spanAnnotations: true };
			return (await ask<AnalyzeCommentResponse>("/v1alpha1/comments:analyze?key=none", body)).attributeScores!;
		};
		const threat = await analyze(THREAT);
		assert.deepEqual(Object.keys(threat), PRODUCTION);
		assert.ok(threat.THREAT!.summaryScore!.value > 0.5 && threat.TOXICITY!.summaryScore!.value > 0.8);
		const recipe = await analyze(RECIPE);
		for (const name of PRODUCTION) assert.ok(recipe[name]!.summaryScore!.value < 0.1, name);
		const text = `\u{1f370} ${RECIPE} ${THREAT}`;
		const spans = (await analyze(text)).THREAT!.spanScores!;
		assert.deepEqual(
			spans.map(({ begin, end, score }) => [text.slice(begin, end).trim(), score.value > 0.5]),
			[
				[`\u{1f370} ${RECIPE}`, false],
				[THREAT, true],
			],
		);
	});
	it("Google: Violent parts them, and severities say what the policies do", async () => {
		const violent = async (content: string) => {
			const body = { document: { type: "PLAIN_TEXT", content }, modelVersion: "MODEL_VERSION_2" };
			const answer = await ask<ModerateTextResponse>("/v2/documents:moderateText", body);
			return answer.moderationCategories.find(({ name }) => name === "Violent")!;
		};
		const [threat, recipe] = [await violent(THREAT), await violent(RECIPE)];
		assert.ok(threat.confidence > 0.5 && threat.severity! >= 0.5);
		assert.ok(recipe.confidence < 0.1 && recipe.severity! < 0.25);
	});
	it("Azure: Violence parts them, all four categories are measured", async () => {
		const analyze = async (text: string) =>
			(await ask<AnalyzeTextResponse>("/contentsafety/text:analyze?api-version=2024-09-01", { text }))
				.categoriesAnalysis;
		const threat = await analyze(THREAT);
		assert.deepEqual(
			threat.map(({ category }) => category),
			["Hate", "SelfHarm", "Sexual", "Violence"],
		);
		assert.ok(threat[3]!.severity >= 4);
		assert.ok((await analyze(RECIPE)).every(({ severity }) => severity === 0));
	});
});
