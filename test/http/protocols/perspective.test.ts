import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GoogleError } from "../../../src/http/protocols/google-status.ts";
import { type AnalyzeCommentResponse, toAttributeMap } from "../../../src/http/protocols/perspective.ts";
import { type Content, judgedText } from "../../../src/types.ts";
import { fakePolicy } from "../../fake-moderator.ts";
import { createHarness, type Harness } from "../harness.ts";

const ANALYZE = "/v1alpha1/comments:analyze?key=none";
const SUGGEST = "/v1alpha1/comments:suggestscore?key=none";
const policies = [
	fakePolicy("toxicity", [], { perspective: ["TOXICITY"] }),
	fakePolicy("threat", [], { perspective: ["THREAT", "SEVERE_TOXICITY"] }),
	fakePolicy("hate", [], { perspective: ["IDENTITY_ATTACK", "SEVERE_TOXICITY"] }),
];
const risk = (text: string, policy: string): number => (text.includes(policy) ? 0.8 : 0.1);

/** An app, and the contents its moderator was asked about. */
function open(limits = {}): { h: Harness; seen: Content[][] } {
	const seen: Content[][] = [];
	return { seen, h: createHarness({ policies, risk, limits, before: (contents) => void seen.push([...contents]) }) };
}

async function analyze(body: object, { h } = open()): Promise<AnalyzeCommentResponse> {
	const response = await h.post(ANALYZE, body);
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return JSON.parse(text) as AnalyzeCommentResponse;
}

async function refusal(body: object, path = ANALYZE): Promise<{ message: string; errorType: unknown }> {
	const response = await open().h.post(path, body);
	assert.equal(response.status, 400);
	const { error } = (await response.json()) as GoogleError;
	return { message: error.message, errorType: error.details[0]!.errorType };
}

describe("POST /v1alpha1/comments:analyze", () => {
	it("200 mirrors the client token and the languages, and says of the language that it is not detected", async () => {
		const request = { comment: { text: "a" }, requestedAttributes: { TOXICITY: {} } };
		assert.deepEqual(await analyze({ ...request, languages: ["en", "pt-BR"], clientToken: "c1" }), {
			attributeScores: { TOXICITY: { summaryScore: { value: 0.1, type: "PROBABILITY" } } },
			languages: ["en", "pt-BR"],
			detectedLanguages: ["und"],
			clientToken: "c1",
		});
		const { languages, clientToken } = await analyze(request);
		assert.deepEqual([languages, clientToken], [["und"], undefined]);
	});
	it("200 an attribute of several policies has the highest of their risks", async () => {
		const { attributeScores } = await analyze({
			comment: { text: "hate" },
			requestedAttributes: { SEVERE_TOXICITY: {}, THREAT: {}, IDENTITY_ATTACK: {} },
		});
		const values = Object.entries(attributeScores!).map(([name, s]) => [name, s.summaryScore!.value]);
		assert.deepEqual(values, [
			["SEVERE_TOXICITY", 0.8],
			["THREAT", 0.1],
			["IDENTITY_ATTACK", 0.8],
		]);
	});
	it("200 takes every field of the API, and names as in the .proto file", async () => {
		const { attributeScores } = await analyze({
			comment: { text: "a", type: "PLAIN_TEXT" },
			context: { entries: [{ text: "before", type: "PLAIN_TEXT" }] },
			requested_attributes: { TOXICITY: { score_type: "PROBABILITY", score_threshold: 0 } },
			span_annotations: true,
			do_not_store: true,
			session_id: "s",
			community_id: "c",
			client_token: null,
		});
		assert.deepEqual(attributeScores!.TOXICITY!.spanScores, [
			{ begin: 0, end: 1, score: { value: 0.1, type: "PROBABILITY" } },
		]);
	});
	it("200 spans are scored on their own, in one call; a comment of one sentence is scored once", async () => {
		const opened = open();
		const requestedAttributes = { THREAT: {} };
		const text = "All is well. This is a threat!";
		const { attributeScores } = await analyze(
			{ comment: { text }, requestedAttributes, spanAnnotations: true },
			opened,
		);
		assert.deepEqual(attributeScores!.THREAT!.spanScores, [
			{ begin: 0, end: 12, score: { value: 0.1, type: "PROBABILITY" } },
			{ begin: 13, end: 30, score: { value: 0.8, type: "PROBABILITY" } },
		]);
		await analyze({ comment: { text: "A threat!" }, requestedAttributes, spanAnnotations: true }, opened);
		await analyze({ comment: { text }, requestedAttributes }, opened);
		assert.deepEqual(opened.seen, [[text, "All is well.", "This is a threat!"], ["A threat!"], [text]]);
	});
	it("200 has no more spans than the limit on parts of a text; together they cover it", async () => {
		const opened = open({ maxInputs: 3 });
		const text = Array.from({ length: 9 }, (_, i) => `Number ${i}.`).join(" ");
		await analyze({ comment: { text }, requestedAttributes: { THREAT: {} }, spanAnnotations: true }, opened);
		assert.deepEqual(opened.seen[0]!.slice(1).map(judgedText).join(" "), text);
		assert.equal(opened.seen[0]!.length, 4);
	});
	it("200 scores below an attribute's threshold are not shown, summary and spans each; nothing shown is no field", async () => {
		const ask = async (scoreThreshold: number, text: string) =>
			analyze({ comment: { text }, requestedAttributes: { THREAT: { scoreThreshold } }, spanAnnotations: true });
		const { THREAT } = (await ask(0.5, "All is well. This is a threat!")).attributeScores!;
		assert.deepEqual([THREAT!.summaryScore!.value, THREAT!.spanScores!.length], [0.8, 1]);
		assert.equal((await ask(0.8, "a threat")).attributeScores!.THREAT!.summaryScore!.value, 0.8);
		assert.deepEqual(await ask(0.81, "a threat"), { languages: ["und"], detectedLanguages: ["und"] });
	});
	it("400 an attribute that no policy measures is refused, dropped where the request allows that, and never scored", async () => {
		const both = { comment: { text: "a" }, requestedAttributes: { TOXICITY: {}, SPAM: {} } };
		const { message, errorType } = await refusal(both);
		assert.match(message, /^Unknown requested attribute: SPAM .* TOXICITY, SEVERE_TOXICITY, IDENTITY_ATTACK, THREAT$/);
		assert.equal(errorType, "INVALID_REQUEST");
		const { attributeScores } = await analyze({ ...both, dropUnsupportedAttributes: true });
		assert.deepEqual(Object.keys(attributeScores!), ["TOXICITY"]);
		const unknown = { ...both, requestedAttributes: { RUDENESS: {} }, dropUnsupportedAttributes: true };
		assert.match((await refusal(unknown)).message, /^Unknown requested attribute: Perspective has TOXICITY/);
	});
	it("400 says in Perspective's words and kinds what is wrong", async () => {
		const requestedAttributes = { TOXICITY: {} };
		const cases: [object, RegExp, string][] = [
			[{ requestedAttributes }, /^Comment must be non-empty\.$/, "COMMENT_EMPTY"],
			[{ comment: {}, requestedAttributes }, /^Comment must be non-empty\.$/, "COMMENT_EMPTY"],
			[{ comment: { text: "a" } }, /^Missing requested_attributes/, "NO_REQUESTED_ATTRIBUTES"],
			[{ comment: { text: "a".repeat(1001) }, requestedAttributes }, /limit is 1000/, "COMMENT_TOO_LONG"],
			[{ comment: { text: "a", type: "HTML" }, requestedAttributes }, /only 'PLAIN_TEXT'/, "INVALID_REQUEST"],
			[
				{ comment: { text: "a" }, requestedAttributes: { TOXICITY: { scoreType: "RAW" } } },
				/^Requested score type RAW is not supported by attribute TOXICITY$/,
				"INVALID_REQUEST",
			],
		];
		for (const [body, message, errorType] of cases) {
			const refused = await refusal(body);
			assert.match(refused.message, message);
			assert.equal(refused.errorType, errorType);
		}
	});
	it("a policy mapped to an attribute Perspective does not have stops the start", () => {
		assert.throws(() => toAttributeMap([fakePolicy("rude", [], { perspective: ["RUDE"] })]), {
			code: "invalid_policy",
		});
	});
});

describe("POST /v1alpha1/comments:suggestscore", () => {
	it("200 takes a suggestion, judges nothing and logs nothing of it", async () => {
		const { h, seen } = open();
		const response = await h.post(SUGGEST, {
			comment: { text: "busy dying" },
			attributeScores: { TOXICITY: { summaryScore: { value: 0 } } },
			communityId: "/forum/movies",
			languages: ["en"],
			clientToken: "comment-53922",
		});
		assert.equal(response.status, 200);
		assert.deepEqual(await response.json(), { clientToken: "comment-53922", requestedLanguages: ["en"] });
		assert.deepEqual(seen, []);
		assert.doesNotMatch(h.lines.join(""), /busy|movies|53922/);
	});
	it("400 one without scores, with unknown attributes, or without a comment", async () => {
		const comment = { text: "a" };
		for (const attributeScores of [undefined, {}, { TOXICITY: {} }, { RUDENESS: { summaryScore: { value: 1 } } }])
			await refusal({ comment, attributeScores }, SUGGEST);
		const without = await refusal({ attributeScores: { TOXICITY: { summaryScore: { value: 0 } } } }, SUGGEST);
		assert.equal(without.errorType, "COMMENT_EMPTY");
	});
});
