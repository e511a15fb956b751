import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTurns } from "../../src/batch/turns.ts";

const { signal } = new AbortController();

/** Asks for turns of one batch, again and again, writing down each one it gets. */
function contend(turns: ReturnType<typeof createTurns>, order: string[], tenant: string, batch: number): void {
	const again = (): void => {
		void turns.take({ tenant, batch, signal }).then(() => {
			order.push(`${tenant}${batch}`);
			again();
		});
	};
	again();
}
const settled = (): Promise<void> => new Promise(setImmediate);

describe("turns", () => {
	it("are as many as there are places, and one more for each that is freed", async () => {
		const turns = createTurns({ all: 3, perBatch: 3 });
		const order: string[] = [];
		contend(turns, order, "a", 1);
		await settled();
		assert.equal(order.length, 3);
		turns.release({ tenant: "a", batch: 1 });
		await settled();
		assert.equal(order.length, 4);
	});
	it("a batch never has more out than one batch may", async () => {
		const turns = createTurns({ all: 10, perBatch: 2 });
		const order: string[] = [];
		contend(turns, order, "a", 1);
		contend(turns, order, "a", 2);
		await settled();
		assert.deepEqual(order.toSorted(), ["a1", "a1", "a2", "a2"]);
	});
	it("freed places go to the tenant with fewest out, and within it to the batch with fewest out", async () => {
		const turns = createTurns({ all: 4, perBatch: 4 });
		const order: string[] = [];
		contend(turns, order, "a", 1);
		await settled();
		contend(turns, order, "a", 2);
		contend(turns, order, "b", 3);
		for (let i = 0; i < 4; i++) {
			turns.release({ tenant: "a", batch: 1 });
			await settled();
		}
		assert.deepEqual(order, ["a1", "a1", "a1", "a1", "b3", "b3", "a2", "a1"]);
	});
	it("tenants alternate over one place, however many batches each has", async () => {
		const turns = createTurns({ all: 1, perBatch: 1 });
		const order: string[] = [];
		for (const [tenant, batch] of [
			["a", 1],
			["a", 2],
			["b", 3],
		] as const)
			contend(turns, order, tenant, batch);
		for (let i = 0; i < 5; i++) {
			await settled();
			const last = order.at(-1)!;
			turns.release({ tenant: last[0]!, batch: Number(last.slice(1)) });
		}
		await settled();
		assert.deepEqual(
			order.map((name) => name[0]),
			["a", "b", "a", "b", "a", "b"],
		);
		assert.deepEqual(new Set(order), new Set(["a1", "a2", "b3"]));
	});
	it("who leaves takes no place", async () => {
		const turns = createTurns({ all: 1, perBatch: 1 });
		turns.adopt({ tenant: "a", batch: 1 });
		const leaving = new AbortController();
		const left = turns.take({ tenant: "b", batch: 2, signal: leaving.signal });
		const stays = turns.take({ tenant: "c", batch: 3, signal });
		leaving.abort(new Error("left"));
		await assert.rejects(left, /left/);
		turns.release({ tenant: "a", batch: 1 });
		await stays;
		await assert.rejects(turns.take({ tenant: "b", batch: 2, signal: leaving.signal }), /left/);
	});
});
