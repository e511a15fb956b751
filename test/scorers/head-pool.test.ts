import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeadPool } from "../../src/scorers/head-pool.ts";

const ROWS = Float32Array.from([0.5, -1, 2, 3, 0.1, 0.2, 1.5, 0, -1, 1, -0.3, 0.4, 20, -20, 0.25, 0.75, 1, -1]);

/** The formula written out, without any running state. */
function direct(rows: Float32Array, count: number, labels: number, clip: number): number[] {
	return Array.from({ length: labels }, (_, k) => {
		let above = 0;
		let below = 0;
		for (let t = 0; t < count; t++) {
			const s = Math.exp(Math.max(-clip, Math.min(clip, rows[t * 3 * labels + k]!)));
			above += s * rows[t * 3 * labels + labels + k]!;
			below += s;
		}
		return above / below + rows[(count - 1) * 3 * labels + 2 * labels + k]!;
	});
}

test("the pool's logit of every prefix equals the formula over that prefix", () => {
	const pool = createHeadPool(2, 8);
	for (let t = 0; t < 3; t++) {
		pool.push(ROWS, t * 6);
		const expected = direct(ROWS, t + 1, 2, 8);
		for (const [k, value] of pool.logits().entries()) assert.ok(Math.abs(value - expected[k]!) < 1e-12);
	}
});

test("a fork goes its own way and leaves the original unchanged", () => {
	const pool = createHeadPool(2, 8);
	pool.push(ROWS, 0);
	const before = [...pool.logits()];
	const fork = pool.fork();
	fork.push(ROWS, 6);
	assert.deepEqual([...pool.logits()], before);
	assert.notDeepEqual([...fork.logits()], before);
});
