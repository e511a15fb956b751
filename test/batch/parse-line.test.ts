import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isBlank, parseLine } from "../../src/batch/parse-line.ts";

const OF = { endpoint: "/v1/moderations", maxLineBytes: 1000 };
const good = { custom_id: "a", method: "POST", url: "/v1/moderations", body: { input: "text" } };

function parse(value: unknown): ReturnType<typeof parseLine> {
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return parseLine({ number: 3, bytes: Buffer.from(text) }, OF);
}

describe("a line of a batch", () => {
	it("is a request with its id and body", () => {
		assert.deepEqual(parse(good), { customId: "a", body: { input: "text" } });
		assert.deepEqual(parse(`\ufeff${JSON.stringify(good)}\r`), { customId: "a", body: { input: "text" } });
	});
	it("is refused with the field that is wrong", () => {
		const cases: [unknown, string, string | null][] = [
			["", "invalid_json_line", null],
			["nul", "invalid_json_line", null],
			["null", "invalid_json_line", null],
			["[]", "invalid_json_line", null],
			[{ ...good, custom_id: "" }, "missing_custom_id", "custom_id"],
			[{ ...good, custom_id: null }, "missing_custom_id", "custom_id"],
			[{ ...good, custom_id: "x".repeat(513) }, "invalid_custom_id", "custom_id"],
			['{"custom_id":"\\ud800"}', "invalid_custom_id", "custom_id"],
			[{ ...good, method: "post" }, "invalid_method", "method"],
			[{ ...good, url: "/v1/moderations/" }, "invalid_url", "url"],
			[{ ...good, body: "text" }, "invalid_body", "body"],
			[{ ...good, body: [] }, "invalid_body", "body"],
		];
		for (const [value, code, param] of cases) {
			const { error } = parse(value);
			assert.deepEqual([error?.code, error?.param, error?.line], [code, param, 3], JSON.stringify(value));
		}
	});
	it("is refused when its body could not be written again, and quotes nothing of it", () => {
		const deep = `{"custom_id":"deep","method":"POST","url":"/v1/moderations","body":{"input":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
		assert.deepEqual(parse(deep).error?.code, "invalid_body");
		assert.equal(parse(deep).customId, "deep");
		assert.doesNotMatch(JSON.stringify(parse('{"custom_id":"very secret", oops').error), /secret/);
	});
	it("counts as blank with nothing but white space", () => {
		assert.deepEqual(
			["", " \t\r", " x", "\u00a0"].map((text) => isBlank(Buffer.from(text))),
			[true, true, false, false],
		);
	});
});
