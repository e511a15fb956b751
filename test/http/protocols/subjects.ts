/** The wire formats that judge one text, as subjects of the conformance suite. */
import assert from "node:assert/strict";
import { ERRORS, type ErrorCode } from "../../../src/errors.ts";
import type { Problem } from "../../../src/http/problem.ts";
import { type AnalyzeTextResponse, AnalyzeTextResponseSchema } from "../../../src/http/protocols/azure.ts";
import { type AzureError, AzureErrorSchema } from "../../../src/http/protocols/azure-error.ts";
import { type ModerateTextResponse, ModerateTextResponseSchema } from "../../../src/http/protocols/google.ts";
import { type GoogleError, GoogleErrorSchema } from "../../../src/http/protocols/google-status.ts";
import { type ModerationResponse, ModerationResponseSchema } from "../../../src/http/protocols/openai.ts";
import { type AnalyzeCommentResponse, AnalyzeCommentResponseSchema } from "../../../src/http/protocols/perspective.ts";
import { type ClassifyResponse, ClassifyResponseSchema } from "../../../src/http/protocols/sluice.ts";
import type { ProtocolSubject } from "../../conformance/protocol.ts";
import { fakePolicy } from "../../fake-moderator.ts";

type AssertError = ProtocolSubject["assertError"];

const assertProblem: AssertError = (response, body, { code, pointer }) => {
	const problem = body as Problem;
	assert.equal(response.status, ERRORS[code].status, problem.detail);
	assert.equal(response.headers.get("content-type"), "application/problem+json");
	assert.deepEqual(
		[problem.status, problem.error.code, problem.type],
		[response.status, code, `urn:sluice:error:${code}`],
	);
	if (pointer !== undefined) assert.equal(problem.pointer, pointer);
};

/** HTTP status and google.rpc code that Google's clients expect of each kind of failure. */
const GOOGLE: Partial<Record<ErrorCode, [number, string]>> = {
	method_not_allowed: [405, "UNIMPLEMENTED"],
	not_configured: [501, "UNIMPLEMENTED"],
	deadline_exceeded: [504, "DEADLINE_EXCEEDED"],
	internal: [500, "INTERNAL"],
	inference_failed: [500, "INTERNAL"],
	overloaded: [503, "UNAVAILABLE"],
	not_ready: [503, "UNAVAILABLE"],
	remote_failed: [503, "UNAVAILABLE"],
	no_score: [503, "UNAVAILABLE"],
};

/** Checks an error of Google's. */
export const assertGoogleError: AssertError = (response, body, { code, pointer }) => {
	const { error } = GoogleErrorSchema.parse(body) as GoogleError;
	assert.deepEqual(Object.keys(body as object), ["error"]);
	assert.equal(response.headers.get("content-type"), "application/json");
	assert.deepEqual([response.status, error.status], GOOGLE[code] ?? [400, "INVALID_ARGUMENT"], error.message);
	assert.equal(error.code, response.status);
	const detail = (type: string) => error.details.find((d) => d["@type"] === `type.googleapis.com/google.rpc.${type}`);
	assert.equal(detail("ErrorInfo")?.reason, code.toUpperCase());
	assert.equal(detail("RequestInfo")?.requestId, response.headers.get("x-request-id"));
	if (pointer === undefined) return;
	const field = pointer.slice(1).replaceAll("/", ".");
	assert.deepEqual(detail("BadRequest")?.fieldViolations, [{ field, description: error.message }]);
};

const assertPerspectiveError: AssertError = (response, body, of) => {
	assertGoogleError(response, body, of);
	const [first] = (body as GoogleError).error.details;
	const isBadRequest = response.status === 400;
	assert.equal(first!["@type"] === "type.googleapis.com/google.commentanalyzer.v1alpha1.Error", isBadRequest);
	if (of.code === "text_too_long") assert.equal(first!.errorType, "COMMENT_TOO_LONG");
};

/** HTTP status and code that Azure's clients expect of each kind of failure. */
const AZURE: Partial<Record<ErrorCode, [number, string]>> = {
	method_not_allowed: [405, "MethodNotAllowed"],
	not_configured: [501, "NotConfigured"],
	deadline_exceeded: [504, "ServerBusy"],
	internal: [500, "InternalError"],
	inference_failed: [500, "InternalError"],
	overloaded: [503, "ServerBusy"],
	not_ready: [503, "ServerBusy"],
	remote_failed: [503, "ServerBusy"],
	no_score: [503, "ServerBusy"],
};

const assertAzureError: AssertError = (response, body, { code, pointer }) => {
	const { error } = AzureErrorSchema.parse(body) as AzureError;
	assert.deepEqual(Object.keys(body as object), ["error"]);
	assert.equal(response.headers.get("content-type"), "application/json");
	const [status, name] = AZURE[code] ?? [
		400,
		error.target === "api-version" ? "UnsupportedApiVersionValue" : "InvalidRequestBody",
	];
	assert.deepEqual([response.status, error.code, error.innererror.code], [status, name, code]);
	assert.equal(response.headers.get("x-ms-error-code"), error.code);
	if (pointer !== undefined) assert.equal(error.target, pointer.slice(1).replaceAll("/", "."));
};

const perspectiveBody = (text: string): object => ({
	comment: { text },
	requestedAttributes: { THREAT: {}, INSULT: {} },
});

const perspective: ProtocolSubject = {
	name: "Perspective comments:analyze",
	path: "/v1alpha1/comments:analyze?key=none",
	pointer: "/comment/text",
	policies: [
		fakePolicy("threat", [], { perspective: ["THREAT"] }),
		fakePolicy("insult", [], { perspective: ["INSULT"] }),
	],
	names: { threat: "THREAT", insult: "INSULT" },
	high: 0.9,
	shows: "names",
	body: perspectiveBody,
	askUnmeasured: (text) => ({ comment: { text }, requestedAttributes: { TOXICITY: {} } }),
	risks(answer) {
		const { attributeScores } = AnalyzeCommentResponseSchema.parse(answer) as AnalyzeCommentResponse;
		return Object.fromEntries(Object.entries(attributeScores!).map(([name, s]) => [name, s.summaryScore!.value]));
	},
	malformed: [
		{ comment: { text: "a" } },
		{ comment: { text: "a" }, requestedAttributes: {} },
		{ comment: { text: "a" }, requestedAttributes: [] },
		{ comment: { text: "a" }, requestedAttributes: { THREAT: null } },
		{ comment: { text: "a" }, requestedAttributes: { THREAT: { scoreType: "RAW" } } },
		{ comment: { text: "a" }, requestedAttributes: { THREAT: { scoreThreshold: "high" } } },
		{ comment: { text: "a" }, requestedAttributes: { RUDENESS: {} } },
		{ comment: { text: "a" }, requestedAttributes: { THREAT: {} }, languages: ["<script>"] },
		{ comment: { text: "a" }, requestedAttributes: { THREAT: {} }, spanAnnotations: "yes" },
		{
			comment: { text: "a" },
			requestedAttributes: { THREAT: {} },
			context: { entries: [], articleAndParentComment: {} },
		},
		{ comment: { text: "a", type: "HTML" }, requestedAttributes: { THREAT: {} } },
		{ comment: { text: "a", type: 7 }, requestedAttributes: { THREAT: {} } },
	],
	instead: { block: "no_score", flag: "no_score", allow: "no_score" },
	spans: {
		body: (text) => ({ ...perspectiveBody(text), spanAnnotations: true }),
		read: (answer) => (answer as AnalyzeCommentResponse).attributeScores!.THREAT!.spanScores!,
	},
	assertError: assertPerspectiveError,
};

const google = (version: 1 | 2): ProtocolSubject => ({
	name: `Google v${version} documents:moderateText`,
	path: `/v${version}/documents:moderateText`,
	pointer: "/document/content",
	policies: [fakePolicy("threat", [], { google: ["Violent"] }), fakePolicy("insult", [], { google: ["Insult"] })],
	names: { threat: "Violent", insult: "Insult" },
	high: 0.9,
	shows: "names",
	body: (content) => ({ document: { type: "PLAIN_TEXT", content } }),
	risks(answer) {
		const { moderationCategories } = ModerateTextResponseSchema.parse(answer) as ModerateTextResponse;
		return Object.fromEntries(moderationCategories.map(({ name, confidence }) => [name, confidence]));
	},
	malformed: [
		{ document: { content: "a" } },
		{ document: { type: "TYPE_UNSPECIFIED", content: "a" } },
		{ document: { type: "HTML", content: "<p>a</p>" } },
		{ document: { type: 2, content: "a" } },
		{ document: { type: 3, content: "a" } },
		{ document: { type: "PLAIN_TEXT", gcsContentUri: "gs://bucket/file" } },
		{ document: { type: "PLAIN_TEXT", content: ["a"] } },
		{ document: { type: "PLAIN_TEXT", content: "a", [version === 1 ? "languageCode" : "language"]: "en" } },
		{ document: "a" },
		...(version === 1
			? [{ document: { type: "PLAIN_TEXT", content: "a" }, modelVersion: "MODEL_VERSION_2" }]
			: [{ document: { type: "PLAIN_TEXT", content: "a" }, modelVersion: "MODEL_VERSION_9" }]),
	],
	instead: { block: "no_score", flag: "no_score", allow: "no_score" },
	assertError: assertGoogleError,
});

const azure: ProtocolSubject = {
	name: "Azure text:analyze",
	path: "/contentsafety/text:analyze?api-version=2024-09-01",
	pointer: "/text",
	policies: [fakePolicy("threat", [], { azure: ["Violence"] }), fakePolicy("insult", [], { azure: ["Hate"] })],
	names: { threat: "Violence", insult: "Hate" },
	high: 6,
	shows: "names",
	body: (text) => ({ text, outputType: "EightSeverityLevels" }),
	askUnmeasured: (text) => ({ text, categories: ["Sexual"] }),
	risks(answer) {
		const { categoriesAnalysis } = AnalyzeTextResponseSchema.parse(answer) as AnalyzeTextResponse;
		return Object.fromEntries(categoriesAnalysis.map(({ category, severity }) => [category, severity]));
	},
	malformed: [
		{ text: ["a"] },
		{ text: "a", categories: ["Rudeness"] },
		{ text: "a", categories: "Hate" },
		{ text: "a", blocklistNames: ["mine"] },
		{ text: "a", haltOnBlocklistHit: "no" },
		{ text: "a", outputType: "NineSeverityLevels" },
		{ text: "a", Text: "a" },
	],
	instead: { block: 7, flag: 3, allow: "no_score" },
	assertError: assertAzureError,
};

const openai: ProtocolSubject = {
	name: "OpenAI moderations",
	path: "/v1/moderations",
	pointer: "/input",
	policies: [fakePolicy("threat", ["violence"]), fakePolicy("insult", ["harassment"])],
	names: { threat: "violence", insult: "harassment" },
	high: 0.9,
	shows: "names",
	body: (input) => ({ input }),
	risks(answer) {
		const [result] = (ModerationResponseSchema.parse(answer) as ModerationResponse).results;
		const { category_scores, category_applied_input_types: types } = result!;
		const measured = Object.entries(category_scores).filter(([name]) => types[name as keyof typeof types].length > 0);
		return Object.fromEntries(measured);
	},
	malformed: [{ input: 5 }, { input: [] }, { input: "a", model: "gpt-99" }],
	instead: { block: 1, flag: 1, allow: 0 },
	assertError: assertProblem,
};

const sluice: ProtocolSubject = {
	name: "Sluice classify",
	path: "/v1/classify",
	pointer: "/input",
	policies: [fakePolicy("threat"), fakePolicy("insult")],
	names: { threat: "threat", insult: "insult" },
	high: 0.9,
	shows: "policies",
	body: (input) => ({ input }),
	askUnmeasured: (input) => ({ input, policies: ["rudeness"] }),
	risks(answer) {
		const [result] = (ClassifyResponseSchema.parse(answer) as ClassifyResponse).results;
		const shown = result!.policies.map((p) => [p.policy, p.risk ?? { allow: 0, flag: 1, block: 1 }[p.action]]);
		return Object.fromEntries(shown);
	},
	malformed: [{ input: 5 }, { input: "a", policies: [] }, { input: "a", budget: { max_escalations: -1 } }],
	instead: { block: 1, flag: 1, allow: 0 },
	assertError: assertProblem,
};

/** Every wire format. */
export const SUBJECTS: readonly ProtocolSubject[] = [perspective, google(2), google(1), azure, openai, sluice];
