import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Problem } from "../../src/http/problem.ts";
import {
	type ModerationResponse,
	ModerationResponseSchema,
	OPENAI_CATEGORIES,
	toCategoryMap,
} from "../../src/http/protocols/openai.ts";
import { judgedText } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createHarness } from "./harness.ts";

const h = createHarness();
const moderate = async (body: unknown): Promise<ModerationResponse> => {
	const response = await h.post("/v1/moderations", body);
	assert.equal(response.status, 200);
	return ModerationResponseSchema.parse(await response.json());
};
const refusal = async (body: unknown): Promise<Problem> => {
	const response = await h.post("/v1/moderations", body);
	assert.equal(response.status, 400);
	return (await response.json()) as Problem;
};

describe("POST /v1/moderations", () => {
	it("200 answers a string with one result over all thirteen categories", async () => {
		const answer = await moderate({ input: "something bad" });
		assert.match(answer.id, /^modr-[0-9a-f]{32}$/);
		assert.equal(answer.model, "fake-guard");
		assert.equal(answer.results.length, 1);
		const [result] = answer.results;
		assert.equal(result!.flagged, true);
		for (const part of [result!.categories, result!.category_scores, result!.category_applied_input_types])
			assert.deepEqual(Object.keys(part), [...OPENAI_CATEGORIES]);
		assert.equal(result!.categories.hate, true);
		assert.equal(result!.category_scores.hate, 0.95);
		assert.deepEqual(result!.category_applied_input_types.hate, ["text"]);
	});
	it("200 a category no policy measures is false, 0 and without applied input types", async () => {
		const { results } = await moderate({ input: "something bad" });
		assert.equal(results[0]!.categories["sexual/minors"], false);
		assert.equal(results[0]!.category_scores["sexual/minors"], 0);
		assert.deepEqual(results[0]!.category_applied_input_types["sexual/minors"], []);
	});
	it("200 a measured category below its threshold is false with its real score", async () => {
		const { results } = await moderate({ input: "all good" });
		assert.equal(results[0]!.flagged, false);
		assert.equal(results[0]!.categories.hate, false);
		assert.equal(results[0]!.category_scores.hate, 0.01);
		assert.deepEqual(results[0]!.category_applied_input_types.hate, ["text"]);
	});
	it("200 answers an array of strings with one result each, in order", async () => {
		const { results } = await moderate({ input: ["good", "bad", "good"] });
		assert.deepEqual(
			results.map((r) => r.flagged),
			[false, true, false],
		);
	});
	it("200 takes an array of text parts as one input, joined by line breaks", async () => {
		const seen: string[] = [];
		const parts = createHarness({ before: (texts) => void seen.push(...texts.map(judgedText)) });
		const input = [
			{ type: "text", text: "one" },
			{ type: "text", text: "two" },
		];
		const response = await parts.post("/v1/moderations", { input });
		assert.equal(((await response.json()) as ModerationResponse).results.length, 1);
		assert.deepEqual(seen, ["one\ntwo"]);
	});
	it("400 refuses an image part, by pointer", async () => {
		const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
		const problem = await refusal({ input: [{ type: "text", text: "a" }, image] });
		assert.equal(problem.error.code, "unsupported_input");
		assert.equal(problem.error.param, "input[1]");
		assert.equal(problem.pointer, "/input/1");
		assert.equal(problem.error.type, "invalid_request_error");
	});
	it("400 points into broken parts", async () => {
		assert.equal((await refusal({ input: [{ type: "text" }] })).pointer, "/input/0/text");
		assert.equal((await refusal({ input: [{ type: "text", text: 1 }] })).pointer, "/input/0/text");
		assert.equal((await refusal({ input: [{ type: "text", text: "" }] })).pointer, "/input/0/text");
		assert.equal((await refusal({ input: [{ type: "audio", text: "a" }] })).pointer, "/input/0/type");
		assert.equal((await refusal({ input: [{ type: "text", text: "a\ud800" }] })).pointer, "/input/0/text");
		assert.match((await refusal({ input: [{ type: "text", text: "a" }, "b"] })).pointer ?? "", /^\/input\/[01]$/);
	});
	it("200 accepts OpenAI's model names and our own, and always reports ours", async () => {
		for (const model of [
			"omni-moderation-latest",
			"omni-moderation-2024-09-26",
			"text-moderation-stable",
			"openai/omni-moderation-latest",
			"fake-guard",
		])
			assert.equal((await moderate({ input: "a", model })).model, "fake-guard");
	});
	it("400 refuses a model it does not serve, naming what it serves", async () => {
		const problem = await refusal({ input: "a", model: "gpt-99" });
		assert.equal(problem.error.param, "model");
		assert.match(problem.detail, /fake-guard/);
	});
	it("200 several policies on one category: the highest risk, true when any of them acts", async () => {
		const both = createHarness({
			policies: [fakePolicy("insult", ["harassment"]), fakePolicy("threat", ["harassment", "harassment/threatening"])],
			risk: (_text, policy) => (policy === "threat" ? 0.7 : 0.2),
		});
		const response = await both.post("/v1/moderations", { input: "a" });
		const [result] = ((await response.json()) as ModerationResponse).results;
		assert.equal(result!.category_scores.harassment, 0.7);
		assert.equal(result!.categories.harassment, true);
		assert.equal(result!.categories["harassment/threatening"], true);
	});
	it("200 a policy without a category flags nothing here", async () => {
		const unmapped = createHarness({ risk: (_text, policy) => (policy === "any" ? 0.99 : 0.1) });
		const response = await unmapped.post("/v1/moderations", { input: "a" });
		assert.equal(((await response.json()) as ModerationResponse).results[0]!.flagged, false);
	});
	it("a policy mapped to a category OpenAI does not have stops the start", () => {
		assert.throws(() => toCategoryMap([fakePolicy("rude", ["rudeness"])]), { code: "invalid_policy" });
	});
});
