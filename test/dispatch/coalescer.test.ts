import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type Coalescer, type CoalescerOptions, createCoalescer } from "../../src/dispatch/coalescer.ts";

interface Bench {
	readonly groups: string[][];
	readonly failures: [string[], unknown][];
	readonly coalescer: Coalescer<string>;
	/** Ends the oldest send. */
	end(error?: Error): Promise<void>;
}

/** Items of one byte per character whose sends end when the test says so. */
function createBench(options: Partial<CoalescerOptions<string>> = {}): Bench {
	const groups: string[][] = [];
	const failures: [string[], unknown][] = [];
	const sends: { resolve(): void; reject(error: Error): void }[] = [];
	const coalescer = createCoalescer<string>({
		send(items) {
			groups.push([...items]);
			return new Promise((resolve, reject) => sends.push({ resolve, reject }));
		},
		failed: (items, error) => void failures.push([[...items], error]),
		sizeOf: (item) => ({ count: 1, bytes: item.length }),
		...{ maxCount: 3, maxBytes: 10, maxInFlight: 2 },
		...options,
	});
	const end = async (error?: Error): Promise<void> => {
		const send = sends.shift()!;
		if (error === undefined) send.resolve();
		else send.reject(error);
		await turn();
	};
	return { groups, failures, coalescer, end };
}

describe("the coalescer", () => {
	it("sends what comes in one turn together, and what comes while sends are under way with the next", async () => {
		const { groups, coalescer, end } = createBench();
		for (const item of ["a", "b"]) coalescer.add(item);
		await turn();
		coalescer.add("c");
		await turn();
		for (const item of ["d", "e", "f", "g"]) coalescer.add(item);
		await turn();
		assert.deepEqual(groups, [["a", "b"], ["c"]]);
		assert.equal(coalescer.size, 4);
		await end();
		assert.deepEqual(groups.slice(2), [["d", "e", "f"]]);
		await end();
		assert.deepEqual(groups.slice(3), [["g"]]);
	});
	it("bounds a group by bytes; an item above the bound goes alone", async () => {
		const { groups, coalescer, end } = createBench({ maxInFlight: 1 });
		for (const item of ["123456", "1234", "1", "x".repeat(50), "2"]) coalescer.add(item);
		await turn();
		for (let i = 0; i < 4; i++) await end();
		assert.deepEqual(
			groups.map((group) => group.map(({ length }) => length)),
			[[6, 4], [1], [50], [1]],
		);
	});
	it("does not send what was removed in time", async () => {
		const { groups, coalescer } = createBench();
		for (const item of ["a", "b"]) coalescer.add(item);
		assert.equal(coalescer.remove("a"), true);
		await turn();
		assert.equal(coalescer.remove("b"), false);
		assert.deepEqual(groups, [["b"]]);
	});
	it("a failed send fails its own group and no other", async () => {
		const { groups, failures, coalescer, end } = createBench({ maxInFlight: 1 });
		coalescer.add("a");
		await turn();
		coalescer.add("b");
		const error = new Error("away");
		await end(error);
		await end();
		assert.deepEqual(failures, [[["a"], error]]);
		assert.deepEqual(groups, [["a"], ["b"]]);
	});
	it("is idle when nothing waits and nothing is under way", async () => {
		const { coalescer, end } = createBench();
		await coalescer.idle();
		coalescer.add("a");
		let idle = false;
		const done = coalescer.idle().then(() => {
			idle = true;
		});
		await turn();
		assert.equal(idle, false);
		await end();
		await done;
	});
});
