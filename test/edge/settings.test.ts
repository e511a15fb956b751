import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EdgeEnv, readSettings } from "../../src/edge/settings.ts";
import { isSluiceError } from "../../src/errors.ts";
import { SECRET } from "./fake-parts.ts";

const GOOD: EdgeEnv = { SLUICE_ORIGIN: "https://origin.example", SLUICE_EDGE_SECRET: SECRET };

function refusal(env: Record<string, unknown>): string {
	try {
		readSettings({ ...GOOD, ...env } as EdgeEnv);
	} catch (error) {
		assert.ok(isSluiceError(error) && error.code === "invalid_config");
		return error.detail;
	}
	assert.fail(`taken: ${JSON.stringify(env)}`);
}

describe("settings of an edge", () => {
	it("have defaults for all but origin and secret: keys are asked for, nothing is remembered, outages are said", () => {
		assert.deepEqual(readSettings(GOOD), {
			...{ origin: "https://origin.example", secret: SECRET, requireKeys: true, cacheSeconds: 0, onFailure: "refuse" },
			limits: { maxBodyBytes: 1_048_576, maxInputs: 1024, deadlineMs: 30_000 },
			retrySeconds: 5,
		});
	});

	it("take an address with a path, and the first of two secrets", () => {
		const two = `${"n".repeat(32)} , ${SECRET}`;
		const { origin, secret } = readSettings({
			SLUICE_ORIGIN: "http://10.0.0.1:8080/sluice//",
			SLUICE_EDGE_SECRET: two,
		});
		assert.deepEqual([origin, secret], ["http://10.0.0.1:8080/sluice", "n".repeat(32)]);
	});

	it("that are wrong are refused by the variable's name", () => {
		const wrong: Partial<Record<keyof EdgeEnv, readonly (string | undefined)[]>> = {
			SLUICE_ORIGIN: [undefined, "", "origin.example", "ftp://a", "https://u:p@a", "https://a?b", "https://a#b", "a b"],
			SLUICE_EDGE_SECRET: [undefined, "", "x".repeat(31), `${SECRET},short`],
			SLUICE_REQUIRE_KEYS: ["", "true", "2"],
			SLUICE_ON_FAILURE: ["", "Block", "fail"],
			SLUICE_CACHE_SECONDS: ["-1", "1.5", "86401", "a", "1s"],
			SLUICE_MAX_BODY_BYTES: ["", "0", "1e99", "NaN"],
			SLUICE_MAX_INPUTS: ["0", "many"],
			SLUICE_DEADLINE_MS: ["0", "600001"],
			SLUICE_RETRY_SECONDS: ["601", "soon"],
		};
		for (const [name, values] of Object.entries(wrong))
			for (const value of values) assert.match(refusal({ [name]: value }), new RegExp(`^${name} must `), String(value));
	});

	it("whose name is none are refused, for a default would stand in silently", () => {
		assert.match(refusal({ SLUICE_CACHE_SECOND: "60" }), /^SLUICE_CACHE_SECOND is no variable/);
		assert.equal(readSettings({ ...GOOD, OTHER: "x" } as EdgeEnv).secret, SECRET);
	});

	it("appear in no message", () => {
		const value = "sluice-value-that-nobody-shall-see";
		for (const name of Object.keys({ ...GOOD, SLUICE_ON_FAILURE: "", SLUICE_MAX_INPUTS: "", SLUICE_REQUIRE_KEYS: "" }))
			assert.equal(refusal({ [name]: name === "SLUICE_EDGE_SECRET" ? `${value},x` : value }).includes(value), false);
	});
});
