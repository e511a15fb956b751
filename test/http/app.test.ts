import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import type { Problem } from "../../src/http/problem.ts";
import { ROUTES } from "../../src/http/routes/index.ts";
import { createHarness } from "./harness.ts";

const h = createHarness();

interface Document {
	openapi: string;
	paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
	components: { schemas: Record<string, { properties: Record<string, unknown> }> };
}

describe("the app", () => {
	it("200 GET /healthz and, once the model is loaded, GET /readyz", async () => {
		for (const path of ["/healthz", "/readyz"]) {
			const response = await h.app.request(path);
			assert.equal(response.status, 200);
			assert.deepEqual(await response.json(), { status: "ok" });
		}
	});
	it("503 GET /readyz until the model is loaded, while /healthz answers", async () => {
		const loading = createHarness({ ready: false });
		const response = await loading.app.request("/readyz");
		assert.equal(response.status, 503);
		assert.equal(response.headers.get("retry-after"), "1");
		assert.equal(((await response.json()) as Problem).error.code, "not_ready");
		assert.equal((await loading.app.request("/healthz")).status, 200);
	});
	it("404 an unknown route, without repeating its path", async () => {
		const response = await h.app.request("/v1/secret-path");
		const problem = (await response.json()) as Problem;
		assert.equal(response.status, 404);
		assert.equal(problem.error.code, "not_found");
		assert.doesNotMatch(JSON.stringify(problem) + h.lines.at(-1), /secret-path/);
	});
	it("405 a wrong method, with Allow", async () => {
		for (const [path, method, allow] of [
			["/v1/moderations", "GET", "POST"],
			["/v1/classify", "DELETE", "POST"],
			["/v1/classify", "OPTIONS", "POST"],
			["/healthz", "POST", "GET, HEAD"],
			["/openapi.json", "PUT", "GET, HEAD"],
		] as const) {
			const response = await h.app.request(path, { method });
			assert.equal(response.status, 405, `${method} ${path}`);
			assert.equal(response.headers.get("allow"), allow);
			assert.equal(((await response.json()) as Problem).error.code, "method_not_allowed");
		}
	});
	it("200 HEAD where GET answers", async () => {
		const response = await h.app.request("/healthz", { method: "HEAD" });
		assert.equal(response.status, 200);
		assert.equal(await response.text(), "");
	});
	it("every answer has an x-request-id: the client's if harmless, else a new one", async () => {
		const ask = async (path: string, id?: string): Promise<string | null> =>
			(await h.app.request(path, id === undefined ? {} : { headers: { "x-request-id": id } })).headers.get(
				"x-request-id",
			);
		for (const path of ["/healthz", "/nowhere", "/v1/moderations", "/openapi.json"]) {
			assert.equal(await ask(path, "trace-1:a.b"), "trace-1:a.b");
			assert.match((await ask(path)) ?? "", /^[0-9a-f-]{36}$/);
			assert.notEqual(await ask(path, "no spaces"), "no spaces");
			assert.notEqual(await ask(path, "x".repeat(129)), "x".repeat(129));
		}
	});
	it("logs one line per request: what, how, how long, how much; never content", async () => {
		const fresh = createHarness();
		await fresh.post("/v1/classify", { input: ["bad words", "more"] }, { "x-request-id": "r1" });
		assert.equal(fresh.lines.length, 1);
		const line = JSON.parse(fresh.lines[0]!) as Record<string, unknown>;
		assert.deepEqual(
			{ ...line, time: 0, ms: 0 },
			{
				level: "info",
				time: 0,
				request_id: "r1",
				method: "POST",
				route: "/v1/classify",
				status: 200,
				ms: 0,
				inputs: 2,
				characters: 13,
				msg: "request",
			},
		);
		assert.equal(typeof line.ms, "number");
	});
	it("folder and registry agree: one file per route", () => {
		const files = readdirSync(new URL("../../src/http/routes/", import.meta.url)).filter((f) => f !== "index.ts");
		assert.equal(files.length, ROUTES.length);
	});
});

describe("GET /openapi.json", () => {
	it("200 describes every route in OpenAPI 3.1, from the schemas in use", async () => {
		const response = await h.app.request("/openapi.json");
		const document = (await response.json()) as Document;
		assert.equal(response.headers.get("content-type"), "application/json");
		assert.equal(document.openapi, "3.1.0");
		const described = Object.entries(document.paths).flatMap(([path, methods]) =>
			Object.keys(methods).map((method) => `${method} ${path}`),
		);
		assert.deepEqual(described.sort(), ROUTES.map((r) => `${r.config.method} ${r.config.path}`).sort());
		assert.deepEqual(Object.keys(document.components.schemas).sort(), [
			"AnalyzeCommentRequest",
			"AnalyzeCommentResponse",
			"AnalyzeTextRequest",
			"AnalyzeTextResponse",
			"AzureError",
			"Batch",
			"BatchRequest",
			"ChatCompletion",
			"ChatCompletionRequest",
			"ClassifyRequest",
			"ClassifyResponse",
			"Completion",
			"CompletionModeration",
			"CompletionRequest",
			"Decision",
			"EdgeLines",
			"EdgeManifest",
			"EdgeVerdicts",
			"EdgeVerdictsRequest",
			"Exchange",
			"File",
			"FileDeleted",
			"GoogleError",
			"ModelList",
			"ModerateTextRequest",
			"ModerateTextRequestV1",
			"ModerateTextResponse",
			"ModerationRequest",
			"ModerationResponse",
			"Policy",
			"PolicyList",
			"PolicyRollback",
			"PolicyText",
			"PolicyVersion",
			"PolicyVersions",
			"Problem",
			"Ready",
			"Status",
			"SuggestScoreRequest",
			"SuggestScoreResponse",
			"Upload",
		]);
		const statuses = Object.keys(document.paths["/v1/moderations"]!.post!.responses);
		assert.deepEqual(statuses, ["200", "400", "401", "403", "413", "415", "429", "500", "502", "503", "504"]);
		assert.deepEqual(Object.keys(document.components.schemas.ClassifyRequest!.properties), [
			"input",
			"policies",
			"budget",
		]);
	});
});
