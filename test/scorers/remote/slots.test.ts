import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSlots } from "../../../src/scorers/remote/slots.ts";

describe("createSlots", () => {
	const signal = new AbortController().signal;

	it("gives places by priority, then in order, never more than there are", async () => {
		const slots = createSlots({ concurrency: 1, maxQueue: 9 });
		const order: string[] = [];
		const releaseFirst = await slots.take({ priority: 0, signal });
		const jobs = (
			[
				["a", 0],
				["b", 0],
				["c", 5],
				["d", 5],
				["e", 1],
			] as const
		).map(async ([name, priority]) => {
			const release = await slots.take({ priority, signal });
			assert.equal(slots.taken, 1);
			order.push(name);
			release();
		});
		assert.deepEqual([slots.taken, slots.waiting], [1, 5]);
		releaseFirst();
		await Promise.all(jobs);
		assert.equal(order.join(""), "cdeab");
		assert.deepEqual([slots.taken, slots.waiting], [0, 0]);
	});
	it("giving a place back twice frees one", async () => {
		const slots = createSlots({ concurrency: 2, maxQueue: 0 });
		const release = await slots.take({ priority: 0, signal });
		await slots.take({ priority: 0, signal });
		release();
		release();
		assert.equal(slots.taken, 1);
	});
	it("refuses what exceeds the queue", async () => {
		const slots = createSlots({ concurrency: 1, maxQueue: 0 });
		await slots.take({ priority: 0, signal });
		await assert.rejects(slots.take({ priority: 9, signal }), { code: "overloaded" });
	});
	it("who leaves the queue gets the signal's reason and keeps no place", async () => {
		const slots = createSlots({ concurrency: 1, maxQueue: 9 });
		const release = await slots.take({ priority: 0, signal });
		const caller = new AbortController();
		const left = slots.take({ priority: 0, signal: caller.signal });
		const other = slots.take({ priority: 0, signal });
		caller.abort(new Error("gone"));
		await assert.rejects(left, /gone/);
		await assert.rejects(slots.take({ priority: 0, signal: caller.signal }), /gone/);
		release();
		(await other)();
		assert.deepEqual([slots.taken, slots.waiting], [0, 0]);
	});
});
