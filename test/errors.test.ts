import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSluiceError, SluiceError } from "../src/errors.ts";

describe("SluiceError", () => {
	it("an error carries what its code says", () => {
		const error = new SluiceError("overloaded", { detail: "full", pointer: "/input" });
		assert.equal(error.status, 503);
		assert.equal(error.retryable, true);
		assert.equal(error.message, "full");
		assert.ok(isSluiceError(error));
		assert.ok(!isSluiceError(new Error("full")));
	});
});
