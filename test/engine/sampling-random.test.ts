import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomSeed, threefry, uniformAt } from "../../src/engine/sampling-random.ts";

describe("uniformAt", () => {
	it("is Threefry-2x32-20: the known answers of its authors' library Random123", () => {
		const cases: [[number, number], [number, number], [number, number]][] = [
			[
				[0, 0],
				[0, 0],
				[0x6b200159, 0x99ba4efe],
			],
			[
				[-1, -1],
				[-1, -1],
				[0x1cb996fc, 0xbb002be7],
			],
			[
				[0x13198a2e, 0x03707344],
				[0x243f6a88, 0x85a308d3],
				[0xc4923a9c, 0x483df7a0],
			],
		];
		for (const [key, counter, answer] of cases)
			assert.deepEqual(
				threefry(key, counter).map((word) => word >>> 0),
				answer,
			);
	});
	it("is uniform over steps and over seeds, and independent of the step before", () => {
		const draws = 100_000;
		for (const at of [
			(i: number) => uniformAt(1, i),
			(i: number) => uniformAt(i, 0),
			(i: number) => uniformAt(-i * 2 ** 30, 3),
		]) {
			const cells = new Array(256).fill(0) as number[];
			for (let i = 0; i < draws; i++) {
				const [u, v] = [at(i), at(i + 1)];
				assert.ok(u >= 0 && u < 1);
				cells[Math.floor(u * 16) * 16 + Math.floor(v * 16)]!++;
			}
			const expected = draws / cells.length;
			const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
			assert.ok(chiSquare > 180 && chiSquare < 345, `chi-square ${chiSquare} of 255 degrees of freedom`);
		}
	});
	it("uses every bit of seed and index", () => {
		const seen = new Set<number>();
		for (let bit = 0; bit < 53; bit++) {
			seen.add(uniformAt(2 ** bit, 0));
			seen.add(uniformAt(0, 2 ** bit));
		}
		seen.add(uniformAt(-1, 0));
		assert.equal(seen.size, 107);
	});
	it("chosen seeds are safe integers and differ", () => {
		const seeds = Array.from({ length: 100 }, () => randomSeed());
		assert.ok(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0));
		assert.equal(new Set(seeds).size, 100);
	});
});
