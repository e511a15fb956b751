import assert from "node:assert/strict";
import { test } from "node:test";
import { createHoldTimes } from "../../src/guard/hold-times.ts";

test("quantiles are exact to a twentieth, over any number of times", () => {
	const times = createHoldTimes();
	for (let i = 1; i <= 10_000; i++) times.add(i / 100);
	const { count, mean, p50, p99, max } = times.times();
	assert.deepEqual([count, max], [10_000, 100]);
	assert.ok(Math.abs(mean - 50) < 0.1 && Math.abs(p50 / 50 - 1) < 0.05 && Math.abs(p99 / 99 - 1) < 0.05);
});

test("nothing counted, zero and very long times have a place", () => {
	const times = createHoldTimes();
	assert.deepEqual(times.times(), { count: 0, mean: 0, p50: 0, p99: 0, max: 0 });
	times.add(0);
	times.add(1e12);
	assert.equal(times.times().max, 1e12);
});
