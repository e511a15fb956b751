import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toEndpoint } from "../../../src/scorers/remote/endpoint.ts";

const endpoint = (baseUrl: string, apiKey?: string): string =>
	toEndpoint({ service: "guard", baseUrl, path: "v1/chat/completions", apiKey });

describe("toEndpoint", () => {
	it("takes base addresses with and without /v1, as OpenAI clients do", () => {
		const url = "https://host.example/llm/v1/chat/completions";
		for (const tail of ["", "/", "/v1", "/v1/"]) assert.equal(endpoint(`https://host.example/llm${tail}`, "sk"), url);
	});
	it("sends no key over http, except to this machine", () => {
		for (const host of ["127.0.0.1:8000", "localhost", "[::1]:1", "127.9.9.9"]) endpoint(`http://${host}`, "sk");
		endpoint("http://guard.internal:8000");
		for (const host of ["guard.internal", "10.0.0.1", "127.0.0.1.example", "localhost.example", "[::2]"])
			assert.throws(() => endpoint(`http://${host}`, "sk-1"), { code: "invalid_config", message: /https only/ });
	});
	it("refuses addresses and keys that cannot be meant, without showing the key", () => {
		for (const url of ["host.example", "ftp://host.example", "https://me:pw@host.example", "https://h.example/?a=1"])
			assert.throws(() => endpoint(url), { code: "invalid_config" });
		const hidden = (error: Error): boolean => /API key must/.test(error.message) && !error.message.includes("sk-1");
		for (const key of ["sk-1\r\nx: y", "sk-1 ", "", "sk-1ü"])
			assert.throws(() => endpoint("https://h.example", key), hidden);
	});
});
