import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPace } from "../../src/scorers/pace.ts";
import { beforeDeadlineMs } from "../../src/scorers/reserve.ts";

describe("pace", () => {
	it("expects nothing of a scorer it knows nothing of, so that it is tried", () => {
		assert.equal(createPace().expectMs("yes-no:online", 1e9), 0);
	});
	it("expects time in proportion to work, with a margin, scorer by scorer", () => {
		const pace = createPace();
		pace.record("yes-no:online", 100, 200);
		assert.equal(pace.expectMs("yes-no:online", 50), 125);
		assert.equal(pace.expectMs("yes-no:offline", 50), 0);
	});
	it("follows a scorer that becomes slower or faster, and is not thrown off by one call", () => {
		const pace = createPace();
		pace.record("remote:guard", 1, 100);
		pace.record("remote:guard", 1, 200);
		const after = pace.expectMs("remote:guard", 1);
		assert.ok(after > 125 && after < 250, `${after}`);
		for (let i = 0; i < 30; i++) pace.record("remote:guard", 1, 10);
		assert.ok(Math.abs(pace.expectMs("remote:guard", 1) - 12.5) < 0.1);
	});
	it("a call without work teaches nothing", () => {
		const pace = createPace();
		pace.record("head", 0, 500);
		assert.equal(pace.expectMs("head", 1), 0);
	});
	it("work that was not started for want of time makes it more willing, until it is tried again", () => {
		const pace = createPace();
		pace.ease("head");
		pace.record("head", 1, 1000);
		for (let i = 0; i < 50; i++) pace.ease("head");
		const eased = pace.expectMs("head", 1);
		assert.ok(eased > 0 && eased < 10, `${eased}`);
	});
});

describe("beforeDeadlineMs", () => {
	it("keeps a tenth of the time, at most 50 ms, and never more than there is", () => {
		assert.deepEqual([100, 500, 30_000, 0, -7].map(beforeDeadlineMs), [90, 450, 29_950, 0, -7]);
		assert.equal(beforeDeadlineMs(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
	});
});
