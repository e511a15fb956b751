import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Problem } from "../../src/http/problem.ts";
import { type ClassifyResponse, ClassifyResponseSchema } from "../../src/http/protocols/sluice.ts";
import { createHarness } from "./harness.ts";

const h = createHarness();

async function classify(body: unknown): Promise<ClassifyResponse> {
	const response = await h.post("/v1/classify", body);
	assert.equal(response.status, 200);
	return ClassifyResponseSchema.parse(await response.json());
}

describe("POST /v1/classify", () => {
	it("200 says everything of a verdict, in snake_case", async () => {
		const answer = await classify({ input: "very bad" });
		assert.deepEqual(answer.model, { id: "fake-guard", hash: "sha256:0000" });
		const [result] = answer.results;
		assert.equal(result!.action, "block");
		assert.equal(result!.risk, 0.95);
		assert.equal(result!.latency_ms, 1.235);
		assert.deepEqual(result!.coverage, { characters: 8, tokens: 2, complete: true });
		assert.deepEqual(result!.policies[1], {
			policy: "hate",
			risk: 0.95,
			thresholds: { flag: 0.5, block: 0.9 },
			action: "block",
			spans: [{ start: 0, end: 8, weight: 1 }],
			decision: { scorer: "head", stages: 1, ms: 1.235, tokens: 2 },
		});
	});
	it("200 judges by the wanted policies only: action and risk are theirs", async () => {
		const { results } = await classify({ input: ["bad"], policies: ["violence", "any"] });
		assert.deepEqual(
			results[0]!.policies.map((p) => p.policy),
			["any", "violence"],
		);
		assert.equal(results[0]!.action, "allow");
		assert.equal(results[0]!.risk, 0.01);
	});
	it("400 names the known policies when one is unknown, without repeating it", async () => {
		const response = await h.post("/v1/classify", { input: "a", policies: ["hate", "mystery"] });
		const problem = (await response.json()) as Problem;
		assert.equal(response.status, 400);
		assert.equal(problem.pointer, "/policies/1");
		assert.match(problem.detail, /any, hate, self-harm, violence/);
		assert.doesNotMatch(problem.detail, /mystery/);
	});
	it("400 refuses no policies, unknown fields and parts", async () => {
		for (const body of [
			{ input: "a", policies: [] },
			{ input: "a", policy: ["hate"] },
			{ input: [{ type: "text", text: "a" }] },
		])
			assert.equal((await h.post("/v1/classify", body)).status, 400);
	});
});
