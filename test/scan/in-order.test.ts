import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type InOrderOptions, mapInOrder } from "../../src/scan/in-order.ts";
import { createRandom } from "./workplace.ts";

async function* count(to: number): AsyncGenerator<number> {
	for (let i = 0; i < to; i++) yield i;
}

/** Waits some turns of the event loop, as the seed says. */
function dawdle(random: (n: number) => number): Promise<void> {
	const turns = random(5);
	return (async () => {
		for (let i = 0; i < turns; i++) await turn();
	})();
}

const never = new AbortController().signal;
const few: InOrderOptions<number, number>["mayStart"] = (running, held) => running < 4 && held < 10;

describe("mapInOrder", () => {
	it("keeps the order under random delays, and both bounds", async () => {
		const random = createRandom(7);
		let running = 0;
		const most = { running: 0, ahead: 0 };
		let begun = 0;
		let taken = 0;
		const results: number[] = [];
		for await (const result of mapInOrder<number, number>(count(500), {
			signal: never,
			mayStart: few,
			async work(n) {
				begun++;
				most.running = Math.max(most.running, ++running);
				most.ahead = Math.max(most.ahead, begun - taken);
				await dawdle(random);
				running--;
				return n;
			},
		})) {
			results.push(result);
			await dawdle(random);
			taken++;
		}
		assert.deepEqual(
			results,
			Array.from({ length: 500 }, (_, n) => n),
		);
		assert.equal(most.running, 4);
		assert.equal(most.ahead, 10);
	});
	it("throws a failure in its place and begins nothing after it", async () => {
		const random = createRandom(3);
		const results: number[] = [];
		let begun = 0;
		const failing = async (): Promise<void> => {
			for await (const result of mapInOrder<number, number>(count(500), {
				signal: never,
				mayStart: few,
				async work(n) {
					begun++;
					await dawdle(random);
					if (n === 100) throw new Error("at 100");
					return n;
				},
			}))
				results.push(result);
		};
		await assert.rejects(failing(), /at 100/);
		assert.equal(results.length, 100);
		assert.ok(begun <= 110);
	});
	it("throws what the source throws after the results before it", async () => {
		const results: number[] = [];
		const failing = async (): Promise<void> => {
			const source = (async function* () {
				yield* count(20);
				throw new Error("source");
			})();
			for await (const n of mapInOrder(source, { signal: never, mayStart: few, work: async (n: number) => n }))
				results.push(n);
		};
		await assert.rejects(failing(), /source/);
		assert.equal(results.length, 20);
	});
	it("an abort ends work that hangs and a source that hangs", async () => {
		for (const hanging of ["work", "source"]) {
			const stop = new AbortController();
			const source = (async function* () {
				yield 1;
				if (hanging === "source") await new Promise(() => {});
			})();
			const all = mapInOrder<number, number>(source, {
				signal: stop.signal,
				mayStart: few,
				work: (n, signal) =>
					hanging === "source"
						? Promise.resolve(n)
						: new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
			});
			if (hanging === "source") assert.equal((await all.next()).value, 1);
			const next = all.next();
			stop.abort(new Error("enough"));
			await assert.rejects(next, /enough/);
		}
	});
	it("a reader who stops early aborts what runs and closes the source", async () => {
		let closed = false;
		let aborted = 0;
		const source = (async function* () {
			try {
				yield* count(100);
			} finally {
				closed = true;
			}
		})();
		for await (const first of mapInOrder<number, number>(source, {
			signal: never,
			mayStart: few,
			work: (n, signal) =>
				n === 0
					? Promise.resolve(0)
					: new Promise((_, reject) =>
							signal.addEventListener("abort", () => {
								aborted++;
								reject(signal.reason);
							}),
						),
		})) {
			assert.equal(first, 0);
			await turn();
			break;
		}
		assert.ok(closed);
		assert.ok(aborted > 0);
	});
});
