import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPace, type Pace } from "../../src/scan/pace.ts";

/** A pace at work on `servers` that take `ms` for a group each, in made-up time; how many groups were done, and the limits there were. */
function work(of: { servers: number; ms: number; groups: number; queued: number; running?: number }): {
	limits: number[];
	pace: Pace;
} {
	let now = 0;
	const pace = createPace(64, () => now);
	const free = new Array<number>(of.servers).fill(0);
	let ends: number[] = [];
	const limits: number[] = [];
	for (let done = 0; done < of.groups; done++) {
		while (pace.mayStart(ends.length, ends.length)) {
			const server = free.indexOf(Math.min(...free));
			free[server] = Math.max(now, free[server]!) + of.ms;
			ends.push(free[server]!);
			pace.begin(1000);
		}
		now = Math.min(...ends);
		ends = ends.toSpliced(ends.indexOf(now), 1);
		pace.judged(1000, { queued: of.queued, running: of.running ?? 0 });
		pace.end(1000);
		limits.push(pace.limit);
	}
	return { limits, pace };
}

describe("createPace", () => {
	it("lets more run while the model has little waiting, up to a bound, and fewer after an overload", () => {
		const { pace } = work({ servers: 1, ms: 1, groups: 200, queued: 0 });
		assert.equal(pace.limit, 32);
		pace.overloaded();
		assert.equal(pace.limit, 16);
		for (let i = 0; i < 10; i++) pace.overloaded();
		assert.equal(pace.limit, 1);
	});
	it("finds out how many groups a fleet takes at once by what they get done, fast or slow", () => {
		for (const ms of [5, 3000])
			for (const [servers, least, most] of [
				[2, 2, 4],
				[8, 6, 14],
				[20, 16, 32],
			] as const) {
				const { limits } = work({ servers, ms, groups: 4000, queued: 64 });
				const late = limits.slice(-2000).toSorted((a, b) => a - b);
				const middle = late[1000]!;
				assert.ok(middle >= least && middle <= most, `${servers} servers of ${ms} ms: ${middle}`);
			}
	});
	it("does not try more where the model says that enough waits", () => {
		const { limits } = work({ servers: 20, ms: 5, groups: 4000, queued: 64, running: 8 });
		assert.deepEqual(new Set(limits), new Set([2]));
	});
	it("does not grow where it holds nothing back", () => {
		const pace = createPace(64);
		assert.equal(pace.mayStart(1, 1), true);
		for (let i = 0; i < 100; i++) pace.judged(1000, { queued: 0, running: 0 });
		assert.equal(pace.limit, 2);
	});
	it("bounds the bytes that are held, but lets one group through whatever its size", () => {
		const pace = createPace(64);
		pace.begin(100 * 2 ** 20);
		assert.equal(pace.mayStart(1, 1), false);
		assert.equal(pace.mayStart(0, 0), true);
		pace.end(100 * 2 ** 20);
		assert.equal(pace.mayStart(1, 1), true);
	});
});
