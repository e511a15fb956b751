/**
 * Requests as the services' own clients send them, recorded from the packages named, over a real port. The packages are not
 * dependencies: Google's alone is 57 MB.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { AnalyzeTextResponse } from "../../../src/http/protocols/azure.ts";
import type { ModerateTextResponse } from "../../../src/http/protocols/google.ts";
import type { AnalyzeCommentResponse } from "../../../src/http/protocols/perspective.ts";
import { type HttpServer, listen } from "../../../src/http/server.ts";
import { fakePolicy } from "../../fake-moderator.ts";
import { createHarness } from "../harness.ts";

const policies = [
	fakePolicy("toxicity", [], { perspective: ["TOXICITY"], google: ["Toxic"] }),
	fakePolicy("hate", [], { perspective: ["IDENTITY_ATTACK"], google: ["Derogatory"], azure: ["Hate"] }),
];
const { app } = createHarness({ policies, risk: (text, policy) => (text.includes(policy) ? 0.99 : 0.01) });

describe("recorded requests of other services' clients", () => {
	let server: HttpServer;
	before(async () => {
		server = await listen(app, { host: "127.0.0.1", port: 0 });
	});
	after(() => server.close());
	const send = async (path: string, headers: Record<string, string>, body: string): Promise<unknown> => {
		const response = await fetch(server.url + path, { method: "POST", headers, body });
		const text = await response.text();
		assert.equal(response.status, 200, text);
		return JSON.parse(text);
	};

	it("@google-cloud/language 7.2.3 over REST (google-gax 5.0.8): enums are numbers, and the query says so", async () => {
		const headers = {
			accept: "*/*",
			authorization: "Bearer x",
			"content-type": "application/json",
			"user-agent": "google-api-nodejs-client/10.5.0",
			"x-goog-api-client": "gax/5.0.8-fallback gapic/7.2.3 gl-node/24.21.0 rest/5.0.8 grpc-web/5.0.8-fallback",
		};
		const body = '{"document":{"type":1,"content":"hate"},"modelVersion":2}';
		const path = "/v2/documents:moderateText?$alt=json%3Benum-encoding=int";
		const { moderationCategories } = (await send(path, headers, body)) as ModerateTextResponse;
		assert.deepEqual(
			moderationCategories.map(({ name, confidence, severity }) => [name, confidence, severity! >= 0.5]),
			[
				["Toxic", 0.01, false],
				["Derogatory", 0.99, true],
			],
		);
	});
	it("@azure-rest/ai-content-safety 1.0.1", async () => {
		const headers = {
			accept: "application/json",
			"content-type": "application/json",
			"user-agent": "azsdk-js-ai-content-safety-rest/1.0.1 core-rest-pipeline/1.24.0 Node/24.21.0 (Linux; x64)",
			"x-ms-client-request-id": "7a5dbbf4-f66e-40e1-87df-e809181bf95e",
			"ocp-apim-subscription-key": "k",
		};
		const body =
			'{"text":"hate","categories":["Hate"],"outputType":"EightSeverityLevels","haltOnBlocklistHit":false,"blocklistNames":[]}';
		const answer = await send("/contentsafety/text:analyze?api-version=2023-10-01", headers, body);
		assert.deepEqual((answer as AnalyzeTextResponse).categoriesAnalysis, [{ category: "Hate", severity: 7 }]);
	});
	it("perspective-api-client 3.1.0", async () => {
		const headers = {
			accept: "application/json, text/plain, */*",
			"content-type": "application/json;charset=utf-8",
			"user-agent": "axios/0.18.1",
		};
		const body = '{"comment":{"text":"toxicity"},"requestedAttributes":{"TOXICITY":{}},"doNotStore":true}';
		const { attributeScores } = (await send(
			"/v1alpha1/comments:analyze?key=none",
			headers,
			body,
		)) as AnalyzeCommentResponse;
		assert.equal(attributeScores!.TOXICITY!.summaryScore!.value, 0.99);
	});
	it("google-api-python-client (discovery's names and query), as in Perspective's own sample", async () => {
		const headers = { accept: "application/json", "content-type": "application/json", "user-agent": "(gzip)" };
		const body = JSON.stringify({
			comment: { text: "friendly greetings from python" },
			requestedAttributes: { TOXICITY: {} },
		});
		const path = "/v1alpha1/comments:analyze?key=none&alt=json";
		const { attributeScores } = (await send(path, headers, body)) as AnalyzeCommentResponse;
		assert.equal(attributeScores!.TOXICITY!.summaryScore!.value, 0.01);
	});
});
