import assert from "node:assert/strict";
import { it } from "node:test";
import { parseRetryAfter } from "../../../src/scorers/remote/attempt.ts";

it("Retry-After is read as seconds, as a date and as OpenAI's milliseconds; anything else asks for nothing", () => {
	const now = Date.UTC(2026, 0, 1);
	const cases: [Record<string, string>, number | undefined][] = [
		[{}, undefined],
		[{ "retry-after": "3" }, 3000],
		[{ "retry-after": "0" }, 0],
		[{ "retry-after": "Thu, 01 Jan 2026 00:00:05 GMT" }, 5000],
		[{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
		[{ "retry-after": "3", "retry-after-ms": "120" }, 120],
		[{ "retry-after": "soon" }, undefined],
		[{ "retry-after": "-1e3" }, undefined],
	];
	for (const [headers, ms] of cases)
		assert.equal(parseRetryAfter(new Headers(headers), now), ms, JSON.stringify(headers));
});
