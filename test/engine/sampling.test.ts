import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LOGIT_BLOCK } from "../../src/architectures/index.ts";
import { parseSamplingOptions, type SamplingOptions, sampleToken } from "../../src/engine/sampling.ts";
import { uniformAt } from "../../src/engine/sampling-random.ts";
import { distribution, edit, logSoftmax, pick } from "./sampling-reference.ts";

const random = (index: number): number => uniformAt(20_250_101, index);

/** Seeded logits: normal, with a few far ahead where `peaked`, on a coarse grid, full of ties, where `tied`. */
function makeRow(length: number, { seed = 0, peaked = false, tied = false } = {}): Float32Array {
	return Float32Array.from({ length }, (_, i) => {
		const at = 2 * (seed * 100_003 + i);
		const value = 2 * Math.sqrt(-2 * Math.log(1 - random(at))) * Math.cos(2 * Math.PI * random(at + 1));
		const raised = peaked && i % 97 === 5 ? value + 9 : value;
		return tied ? Math.round(raised) : raised;
	});
}

/** What architectures/readout.ts computes: largest, sum of exponentials, sum of each block. */
function toBlocks(logits: Float32Array): Float32Array {
	const blocks = Array.from({ length: logits.length / LOGIT_BLOCK }, (_, block) => {
		const values = [...logits.subarray(block * LOGIT_BLOCK, (block + 1) * LOGIT_BLOCK)];
		const largest = Math.max(...values);
		const mass = values.reduce((sum, value) => sum + Math.exp(value - largest), 0);
		return [largest, mass, values.reduce((sum, value) => sum + value, 0)];
	});
	return Float32Array.from(blocks.flat());
}

function sample(
	logits: Float32Array,
	options: SamplingOptions,
	step: { index?: number; history?: number[]; forbid?: number[] } = {},
): ReturnType<typeof sampleToken> {
	return sampleToken(logits, parseSamplingOptions(options, logits.length), { index: 0, history: [], ...step });
}

const FILTERS: Omit<SamplingOptions, "seed">[] = [
	{ temperature: 1 },
	{ temperature: 0.3 },
	{ temperature: 2.5 },
	{ topK: 1 },
	{ topK: 7, temperature: 0.8 },
	{ topK: 40, topP: 0.9 },
	{ topK: 500, topP: 0.5, temperature: 1.7 },
	{ topP: 0.95 },
	{ topP: 0.2, temperature: 0.6 },
	{ topP: 0.999, temperature: 3 },
	{ minP: 0.1 },
	{ minP: 0.02, topP: 0.97, topK: 300, temperature: 1.2 },
	{ topK: 20, repetitionPenalty: 1.3 },
	{ topP: 0.9, repetitionPenalty: 0.7, logitBias: { 3: 5, 11: -100, 12: -4 } },
];

describe("sampleToken", () => {
	it("draws what a full sort with the same random number draws, for every mix of filters", () => {
		for (const length of [1000, 777, 130, 128, 5]) {
			for (const [seed, shape] of [{}, { peaked: true }, { tied: true }, { peaked: true, tied: true }].entries()) {
				const logits = makeRow(length, { seed, ...shape });
				for (const filters of FILTERS) {
					const options = length > 12 ? filters : { ...filters, logitBias: undefined };
					const temperature = options.temperature ?? 1;
					const history = [0, 1, 3, 3, 4];
					const probabilities = distribution(edit(logits, { ...options, temperature }, { history }), {
						...options,
						temperature,
					});
					for (let index = 0; index < 25; index++) {
						const { id } = sample(logits, { ...options, seed }, { index, history });
						const context = JSON.stringify({ length, shape, options, index });
						assert.equal(id, pick(probabilities, uniformAt(seed, index)), context);
					}
				}
			}
		}
	});
	it("draws each token as often as its probability says", () => {
		const logits = Float32Array.of(1, 0.5, 0, -0.5, -1, 2, Number.NEGATIVE_INFINITY, 0.2);
		for (const options of [{ temperature: 1 }, { topK: 5 }, { topP: 0.8 }, { minP: 0.2, temperature: 1.5 }]) {
			const draws = 20_000;
			const counts = new Array(logits.length).fill(0) as number[];
			for (let index = 0; index < draws; index++) counts[sample(logits, { ...options, seed: 7 }, { index }).id]!++;
			const expected = distribution([...logits], { temperature: 1, ...options });
			let chiSquare = 0;
			for (const [id, probability] of expected.entries()) {
				if (probability === 0) assert.equal(counts[id], 0);
				else chiSquare += (counts[id]! - draws * probability) ** 2 / (draws * probability);
			}
			assert.ok(chiSquare < 24, `chi-square ${chiSquare} of at most 7 degrees of freedom`); // p = 0.001
		}
	});
	it("is greedy without a choice, with temperature 0 and with k = 1; equal logits go to the lowest id", () => {
		const logits = Float32Array.of(0, 3, -1, 3, 2);
		for (const options of [{}, { temperature: 0 }, { temperature: 0, topP: 0.1 }, { topK: 1 }, { seed: 5 }])
			assert.equal(sample(logits, options).id, 1);
		assert.equal(sample(new Float32Array(1000).fill(-2), {}).id, 0);
		assert.equal(sample(new Float32Array(1000).fill(-2), { topP: 0.0001, seed: 3 }).id, 0);
	});
	it("filters keep lower ids among equal logits, also where all of a large row are equal", () => {
		const logits = new Float32Array(20_000).fill(1);
		for (const options of [{ topK: 100 }, { topP: 0.004975 }]) {
			const seen = Array.from({ length: 300 }, (_, index) => sample(logits, { ...options, seed: 1 }, { index }).id);
			assert.ok(Math.max(...seen) < 100, JSON.stringify(options));
			assert.ok(new Set(seen).size > 80);
		}
	});
	it("tiny temperatures are greedy, huge ones near uniform", () => {
		const logits = makeRow(300);
		const greedy = sample(logits, {}).id;
		for (const temperature of [1e-6, 5e-324])
			for (let index = 0; index < 20; index++)
				assert.equal(sample(logits, { temperature, seed: 2 }, { index }).id, greedy);
		const seen = Array.from({ length: 600 }, (_, index) => sample(logits, { temperature: 1e9, seed: 2 }, { index }).id);
		assert.ok(new Set(seen).size > 220);
	});
	it("reports log-probabilities of the model, whatever penalty, bias, temperature and filters do", () => {
		const logits = makeRow(1000, { peaked: true });
		const expected = logSoftmax(logits);
		const likeliest = expected
			.map((logprob, id) => ({ id, logprob }))
			.sort((a, b) => b.logprob - a.logprob || a.id - b.id);
		for (const filters of FILTERS) {
			const { id, logprob, top } = sample(logits, { ...filters, seed: 3, topLogprobs: 20 }, { history: [1, 2, 3] });
			assert.ok(Math.abs(logprob - expected[id]!) < 1e-7);
			assert.deepEqual(
				top.map((token) => token.id),
				likeliest.slice(0, 20).map((token) => token.id),
			);
			for (const token of top) assert.ok(Math.abs(token.logprob - expected[token.id]!) < 1e-7);
		}
	});
	it("log-probabilities are stable for huge, tiny and impossible logits", () => {
		const huge = sample(Float32Array.of(1e30, -1e30, 1e30), { topLogprobs: 3 });
		assert.ok(Math.abs(huge.logprob + Math.LN2) < 1e-8);
		const shifted = sample(Float32Array.of(-50_000, -50_001), {});
		assert.ok(Math.abs(shifted.logprob + Math.log1p(Math.exp(-1))) < 1e-8);
		const sparse = sample(Float32Array.of(Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY), { topLogprobs: 3 });
		assert.equal(sparse.top.length, 1);
		assert.ok(Math.abs(sparse.logprob) < 1e-8);
		assert.equal(sample(Float32Array.of(4), { topLogprobs: 5 }).top.length, 1);
	});
	it("the same step gives the same token whatever was sampled before, and leaves the logits alone", () => {
		const logits = makeRow(4000, { peaked: true });
		const copy = logits.slice();
		const options = { topP: 0.98, repetitionPenalty: 1.2, logitBias: { 5: -100 }, seed: 99, topLogprobs: 5 };
		const forwards = Array.from({ length: 40 }, (_, index) => sample(logits, options, { index, history: [102] }));
		sample(makeRow(50), { topK: 3, seed: 1 });
		for (let index = 39; index >= 0; index--)
			assert.deepEqual(sample(logits, options, { index, history: [102] }), forwards[index]);
		assert.deepEqual(logits, copy);
		assert.ok(new Set(forwards.map(({ id }) => id)).size > 5);
	});
	it("reads a part of a larger array", () => {
		const all = makeRow(3003);
		const part = all.subarray(1001, 2002);
		assert.deepEqual(sample(part, { topK: 9, seed: 4 }), sample(part.slice(), { topK: 9, seed: 4 }));
	});
	it("the penalty applies once to a token that occurred often, also to negative logits", () => {
		const logits = Float32Array.of(2, 1.5, -1, -1.2);
		assert.equal(sample(logits, { repetitionPenalty: 1.2 }, { history: [0, 0, 0] }).id, 0);
		assert.equal(sample(logits, { repetitionPenalty: 1.5 }, { history: [0] }).id, 1);
		assert.equal(sample(logits.subarray(2), { repetitionPenalty: 1.5 }, { history: [0] }).id, 1);
	});
	it("never chooses a forbidden token, for the step or by bias", () => {
		const logits = Float32Array.of(9, 8, 0, -30);
		assert.equal(sample(logits, {}, { forbid: [0, 1, 0] }).id, 2);
		assert.equal(sample(logits, { logitBias: { 0: -100, 1: Number.NEGATIVE_INFINITY, 2: -100 } }).id, 3);
		for (let index = 0; index < 50; index++)
			assert.ok(sample(logits, { temperature: 100, seed: 1 }, { index, forbid: [1, 3] }).id % 2 === 0);
	});
	it("rejects bias and forbidden tokens that leave nothing", () => {
		const error = { code: "invalid_request", detail: /no token/ };
		assert.throws(() => sample(Float32Array.of(1, 2), { logitBias: { 0: -100 } }, { forbid: [1] }), error);
		assert.throws(() => sample(Float32Array.of(1, 2), { topK: 1 }, { forbid: [1, 0] }), error);
	});
	it("broken logits are an error, never a token", () => {
		for (const length of [3, 128, 1000]) {
			for (const value of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY]) {
				for (const place of [0, length >> 1, length - 1]) {
					const logits = makeRow(length);
					logits[place] = value;
					for (const options of [{}, { topK: 2 }, { topP: 0.5 }, { temperature: 1 }])
						assert.throws(() => sample(logits, options, { forbid: [place] }), { code: "inference_failed" });
				}
			}
		}
		const nothing = new Float32Array(10).fill(Number.NEGATIVE_INFINITY);
		assert.throws(() => sample(nothing, { temperature: 1 }), { code: "inference_failed", detail: /nothing finite/ });
	});
	it("with the sums of blocks from the graph it chooses what it chooses from the whole row, also behind broken sums", () => {
		for (const [seed, shape] of [{}, { peaked: true }, { tied: true }].entries()) {
			const logits = makeRow(1024, { seed, ...shape });
			const blocks = toBlocks(logits);
			const broken = blocks.map((value, i) => (i === 4 ? Number.NaN : value));
			for (const options of FILTERS) {
				for (let index = 0; index < 10; index++) {
					const plan = parseSamplingOptions({ ...options, seed, topLogprobs: 3 }, logits.length);
					const expected = sampleToken(logits, plan, { index, history: [1, 2] });
					for (const given of [blocks, broken]) {
						const { id, logprob, top } = sampleToken(logits, plan, { index, history: [1, 2], blocks: given });
						assert.equal(id, expected.id, JSON.stringify({ shape, options, index }));
						assert.ok(Math.abs(logprob - expected.logprob) < 1e-6);
						assert.deepEqual(
							top.map((token) => token.id),
							expected.top.map((token) => token.id),
						);
					}
				}
			}
		}
	});
	it("broken logits are an error behind sums of blocks too; impossible ones are not", () => {
		const plan = parseSamplingOptions({}, 256);
		for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
			const logits = makeRow(256).fill(value, 0, 128);
			const choose = () => sampleToken(logits, plan, { index: 0, history: [], blocks: toBlocks(logits) });
			if (value < 0) assert.equal(choose().id, sample(logits, {}).id);
			else assert.throws(choose, { code: "inference_failed" });
		}
	});
	it("agrees with a full sort on a vocabulary of real size", () => {
		const logits = makeRow(256_000, { peaked: true });
		const edited = [...logits];
		for (const options of [{ topK: 64, topP: 0.95 }, { topP: 0.9 }, { topK: 5000, temperature: 0.7 }]) {
			const probabilities = distribution(edited, { temperature: 1, ...options });
			for (let index = 0; index < 20; index++)
				assert.equal(sample(logits, { ...options, seed: 8 }, { index }).id, pick(probabilities, uniformAt(8, index)));
		}
	});
});
