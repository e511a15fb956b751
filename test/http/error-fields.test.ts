import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { toErrorFields } from "../../src/http/error-fields.ts";

describe("toErrorFields", () => {
	it("names the chain of causes and where, but repeats no foreign message", () => {
		const cause = Object.assign(new RangeError("user text"), { code: "ERR_X" });
		const fields = toErrorFields(new SluiceError("inference_failed", { detail: "the model stopped", cause }));
		assert.equal(fields.error, "SluiceError(inference_failed) <- RangeError(ERR_X)");
		assert.equal(fields.code, "inference_failed");
		assert.equal(fields.detail, "the model stopped");
		assert.match(String(fields.stack), /error-fields\.test\.ts/);
		assert.doesNotMatch(JSON.stringify(fields), /user text/);
	});
	it("keeps a message of several lines out of the stack", () => {
		assert.doesNotMatch(JSON.stringify(toErrorFields(new Error("one\nuser text"))), /user text/);
	});
	it("describes what is not an error by its type", () => {
		assert.equal(toErrorFields("user text").error, "string");
	});
});
