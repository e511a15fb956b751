import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createThroughput, type Throughput } from "../../src/dispatch/throughput.ts";

function createBench(): { throughput: Throughput; pass(ms: number): void } {
	let now = 1000;
	const pass = (ms: number): void => {
		now += ms;
	};
	return { throughput: createThroughput(() => now), pass };
}

describe("a worker's throughput", () => {
	it("is texts over busy time: rests do not count, and jobs at once count as one time", () => {
		const { throughput, pass } = createBench();
		const end = throughput.begin(10);
		const endOther = throughput.begin(10);
		assert.deepEqual(throughput.rate(), {});
		for (let i = 0; i < 20; i++) throughput.judged(1);
		pass(0.001);
		end();
		endOther();
		pass(60_000);
		const { textsPerMs, textsPerJob } = throughput.rate();
		assert.deepEqual([Math.round(textsPerMs!), textsPerJob], [20_000, 10]);
	});
	it("follows a change within seconds", () => {
		const { throughput, pass } = createBench();
		const judge = (ms: number): void => {
			const end = throughput.begin(1);
			pass(ms);
			throughput.judged(1);
			end();
		};
		for (let i = 0; i < 1000; i++) judge(10);
		assert.ok(Math.abs(throughput.rate().textsPerMs! - 0.1) < 0.005);
		for (let i = 0; i < 200; i++) judge(100);
		assert.ok(Math.abs(throughput.rate().textsPerMs! - 0.01) < 0.005);
	});
});
