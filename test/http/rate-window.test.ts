import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { createRateWindow, type Standing } from "../../src/http/rate-window.ts";

/** The same numbers every time. */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

describe("windows of a process", () => {
	it("count as rate-limiter-flexible does where what is over the limit is given back", async () => {
		const window = createRateWindow({ points: 100, durationMs: 60_000 });
		const limiter = new RateLimiterMemory({ points: 100, duration: 60 });
		const random = createRandom(3);
		const ask = async (key: string, points: number): Promise<[boolean, number]> => {
			try {
				return [false, (await limiter.consume(key, points)).remainingPoints];
			} catch (thrown) {
				assert.ok(thrown instanceof RateLimiterRes);
				await limiter.reward(key, points);
				return [true, 100 - (thrown.consumedPoints - points)];
			}
		};
		for (let i = 0; i < 300; i++) {
			const key = `key ${Math.floor(random() * 5)}`;
			const points = 1 + Math.floor(random() * 20);
			const { isOver, left } = window.consume(key, points) as Standing;
			assert.deepEqual([isOver, left], await ask(key, points));
		}
	});
	it("begin when a key first asks, and anew when they are over", () => {
		let nowMs = 1000;
		const window = createRateWindow({ points: 2, durationMs: 60_000, now: () => nowMs });
		assert.deepEqual(window.consume("a", 2), { isOver: false, left: 0, msBeforeNext: 60_000 });
		nowMs += 59_999;
		assert.deepEqual(window.consume("a", 1), { isOver: true, left: 0, msBeforeNext: 1 });
		assert.deepEqual(window.consume("b", 1), { isOver: false, left: 1, msBeforeNext: 60_000 });
		nowMs += 1;
		assert.deepEqual(window.consume("a", 1), { isOver: false, left: 1, msBeforeNext: 60_000 });
	});
});
