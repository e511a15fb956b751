/** What the description says of keys, held against what the routes do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROUTES } from "../../src/http/routes/index.ts";
import { scopeOf } from "../../src/http/scopes.ts";
import { createHarness } from "./harness.ts";

interface Described {
	components: { securitySchemes: Record<string, object> };
	paths: Record<string, Record<string, { security?: object[]; responses: Record<string, { description: string }> }>>;
}

describe("GET /openapi.json", () => {
	it("names the scope and the refusals of every route that asks for a key, and none for the others", async () => {
		const document = (await (await createHarness().app.request("/openapi.json")).json()) as Described;
		const places = Object.keys(document.components.securitySchemes);
		assert.deepEqual(places, ["bearer", "header", "azure", "google", "service"]);
		const ofKeys = [{}, ...places.slice(0, -1).map((place) => ({ [place]: [] }))];
		for (const { config } of ROUTES) {
			const { security, responses } = document.paths[config.path]![config.method]!;
			const scope = scopeOf(config);
			if (scope === "public") {
				assert.equal(security, undefined, config.path);
				continue;
			}
			assert.deepEqual(security, scope === "service" ? [{ service: [] }] : ofKeys, config.path);
			for (const status of ["401", "403", "429"])
				assert.match(responses[status]!.description, new RegExp(`the scope is ${scope}$`), `${config.path} ${status}`);
		}
	});
});
