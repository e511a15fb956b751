import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GoogleError } from "../../../src/http/protocols/google-status.ts";
import { ROUTES } from "../../../src/http/routes/index.ts";
import { createHarness } from "../harness.ts";

const { app } = createHarness();

interface Discovery {
	rootUrl: string;
	schemas: Record<string, { id: string }>;
	resources: {
		comments: {
			methods: Record<
				string,
				{ path: string; httpMethod: string; request: { $ref: string }; response: { $ref: string } }
			>;
		};
	};
}

describe("GET /$discovery/rest", () => {
	it("200 names routes that exist at the address it was asked at, and schemas that it has", async () => {
		const response = await app.request("http://sluice.internal:8080/$discovery/rest?version=v1alpha1");
		assert.equal(response.status, 200);
		const { rootUrl, schemas, resources } = (await response.json()) as Discovery;
		assert.equal(rootUrl, "http://sluice.internal:8080/");
		const methods = Object.values(resources.comments.methods);
		assert.equal(methods.length, 2);
		for (const { path, httpMethod, request, response: answer } of methods) {
			assert.ok(ROUTES.some(({ config }) => config.path === `/${path}` && config.method.toUpperCase() === httpMethod));
			for (const { $ref } of [request, answer]) assert.equal(schemas[$ref]?.id, $ref);
		}
	});
	it("404 another version, in Google's error body", async () => {
		const response = await app.request("/$discovery/rest?version=v9");
		assert.equal(response.status, 404);
		assert.equal(((await response.json()) as GoogleError).error.status, "NOT_FOUND");
	});
});
