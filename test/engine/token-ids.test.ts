import assert from "node:assert/strict";
import { test } from "node:test";
import { toPositions, toTokenIds } from "../../src/engine/token-ids.ts";

test("ids and positions are copied from any array", () => {
	const given = Int32Array.of(0, 9);
	const ids = toTokenIds(given, 10);
	given[0] = 5;
	assert.deepEqual(ids, Int32Array.of(0, 9));
	assert.deepEqual(toPositions([-1, 0, 1], 3), Int32Array.of(-1, 0, 1));
});

test("the first entry that does not fit is named, its value is not", () => {
	assert.throws(
		() => toTokenIds([1, 4711, 4712], 10),
		(error: Error & { detail?: string; pointer?: string }) => {
			assert.equal(error.pointer, "/ids/1");
			assert.doesNotMatch(error.detail!, /4711/);
			return true;
		},
	);
	assert.throws(() => toTokenIds([], 10), { code: "invalid_request" });
	assert.throws(() => toPositions([0, 2 ** 31], 2), { pointer: "/positions/1" });
	assert.throws(() => toPositions([0], 2), { pointer: "/positions" });
});
