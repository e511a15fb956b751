import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decide, type Labelled, rank } from "../../src/evaluate/index.ts";

const close = (a: number | null, b: number): void =>
	assert.ok(a !== null && Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

/** mulberry32: the same numbers on every run. */
function createRandom(seed: number): () => number {
	let s = seed;
	return () => {
		s = (s + 0x6d2b79f5) | 0;
		let t = Math.imul(s ^ (s >>> 15), 1 | s);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
}

/** The definitions, word by word and in O(n²). */
function rankByDefinition({ risks, truth }: Labelled): { auPrc: number; rocAuc: number; bestF1: number } {
	const r = Array.from(risks);
	const positives = r.filter((_, i) => truth[i] === 1);
	const negatives = r.filter((_, i) => truth[i] === 0);
	let [auPrc, recallBefore, bestF1] = [0, 0, 0];
	for (const threshold of [...new Set(r)].sort((a, b) => b - a)) {
		const tp = positives.filter((x) => x >= threshold).length;
		const precision = tp / r.filter((x) => x >= threshold).length;
		const recall = tp / positives.length;
		auPrc += precision * (recall - recallBefore);
		recallBefore = recall;
		if (tp > 0) bestF1 = Math.max(bestF1, (2 * precision * recall) / (precision + recall));
	}
	let wins = 0;
	for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0;
	return { auPrc, rocAuc: wins / (positives.length * negatives.length), bestF1 };
}

describe("rank", () => {
	it("agrees with figures worked out by hand", () => {
		// scikit-learn's example: precision 1/1 at recall 1/2, then 2/3 at recall 1
		const result = rank({ risks: [0.1, 0.4, 0.35, 0.8], truth: [0, 0, 1, 1] });
		close(result.auPrc, 0.5 * 1 + 0.5 * (2 / 3));
		close(result.rocAuc, 0.75);
		close(result.bestF1, 0.8);
		assert.equal(result.bestThreshold, 0.35);
	});
	it("a tie is one step: all texts of a risk enter together", () => {
		const result = rank({ risks: [0.5, 0.5, 0.5, 0.5], truth: [1, 0, 0, 0] });
		close(result.auPrc, 0.25);
		close(result.rocAuc, 0.5);
		close(result.bestF1, 0.4);
	});
	it("does not depend on the order of the rows", () => {
		const a = rank({ risks: [0.9, 0.9, 0.2, 0.2, 0.1], truth: [1, 0, 1, 0, 0] });
		const b = rank({ risks: [0.1, 0.2, 0.9, 0.2, 0.9], truth: [0, 0, 0, 1, 1] });
		assert.deepEqual(a, b);
	});
	it("perfect and reversed orders give the extremes", () => {
		assert.deepEqual(rank({ risks: [0.9, 0.8, 0.1], truth: [1, 1, 0] }), {
			auPrc: 1,
			rocAuc: 1,
			bestF1: 1,
			bestThreshold: 0.8,
		});
		assert.equal(rank({ risks: [0.1, 0.9], truth: [1, 0] }).rocAuc, 0);
	});
	it("of equally good thresholds takes the highest", () => {
		assert.equal(rank({ risks: [0.9, 0.5, 0.4, 0.3], truth: [1, 0, 0, 1] }).bestThreshold, 0.9);
	});
	it("says null where the data cannot say", () => {
		assert.deepEqual(rank({ risks: [0.5], truth: [0] }), {
			auPrc: null,
			rocAuc: null,
			bestF1: null,
			bestThreshold: null,
		});
		assert.equal(rank({ risks: [0.5, 0.4], truth: [1, 1] }).rocAuc, null);
		close(rank({ risks: [0.5, 0.4], truth: [1, 1] }).auPrc, 1);
		assert.equal(rank({ risks: [], truth: [] }).auPrc, null);
	});
	it("agrees with the definitions on 300 random sets with and without ties", () => {
		const random = createRandom(7);
		for (let round = 0; round < 300; round++) {
			const levels = [3, 10, 1e9][round % 3]!;
			const n = 2 + Math.floor(random() * 60);
			const risks = Array.from({ length: n }, () => Math.floor(random() * levels) / levels);
			const truth = Array.from({ length: n }, (_, i) => (i === 0 ? 1 : i === 1 ? 0 : random() < 0.3 ? 1 : 0));
			const expected = rankByDefinition({ risks, truth });
			const result = rank({ risks, truth });
			close(result.auPrc, expected.auPrc);
			close(result.rocAuc, expected.rocAuc);
			close(result.bestF1, expected.bestF1);
		}
	});
});

describe("decide", () => {
	it("agrees with figures worked out by hand", () => {
		const result = decide([1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0]);
		close(result.precision, 2 / 3);
		close(result.recall, 2 / 3);
		close(result.f1, 2 / 3);
		close(result.fpr, 1 / 4);
	});
	it("says null where nothing can be divided", () => {
		assert.deepEqual(decide([0, 0], [0, 0]), { f1: null, precision: null, recall: null, fpr: 0 });
		assert.deepEqual(decide([1], [1]), { f1: 1, precision: 1, recall: 1, fpr: null });
	});
});
