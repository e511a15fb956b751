import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSkipped } from "../../src/dispatch/skipped.ts";

describe("pieces taken back", () => {
	it("are told when they are being judged, and known when they come later; others are left alone", () => {
		const skipped = createSkipped();
		const running = skipped.begin("gw", 1);
		const other = skipped.begin("gx", 1);
		skipped.add("gw", [1, 2]);
		assert.equal(running.aborted, true);
		assert.equal(other.aborted, false);
		assert.equal(skipped.begin("gw", 2).aborted, true);
		assert.equal(skipped.begin("gw", 3).aborted, false);
	});
	it("are remembered up to a number, the newest ones", () => {
		const skipped = createSkipped();
		skipped.add(
			"gw",
			Array.from({ length: 12_000 }, (_, i) => i),
		);
		assert.equal(skipped.begin("gw", 0).aborted, false);
		assert.equal(skipped.begin("gw", 11_999).aborted, true);
	});
	it("all end when the worker gives up waiting", () => {
		const skipped = createSkipped();
		const running = skipped.begin("gw", 1);
		skipped.abortAll();
		assert.equal(running.aborted, true);
	});
});
