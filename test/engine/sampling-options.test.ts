import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSamplingOptions, type SamplingOptions } from "../../src/engine/sampling.ts";

const parse = (options: SamplingOptions): ReturnType<typeof parseSamplingOptions> =>
	parseSamplingOptions(options, 1000);

describe("parseSamplingOptions", () => {
	it("is greedy unless a temperature or a filter is given", () => {
		assert.equal(parse({}).temperature, 0);
		assert.equal(parse({ seed: 1, repetitionPenalty: 1.1, topLogprobs: 2 }).temperature, 0);
		for (const options of [{ topK: 5 }, { topP: 0.5 }, { minP: 0.1 }]) assert.equal(parse(options).temperature, 1);
		assert.equal(parse({ topP: 0.5, temperature: 0 }).temperature, 0);
	});
	it("fills in what changes nothing, and a seed", () => {
		const { seed, ...rest } = parse({});
		assert.ok(Number.isSafeInteger(seed));
		assert.notEqual(seed, parse({}).seed);
		assert.deepEqual(rest, {
			temperature: 0,
			topK: 1000,
			topP: 1,
			minP: 0,
			repetitionPenalty: 1,
			biasIds: new Int32Array(),
			biases: new Float64Array(),
			topLogprobs: 0,
		});
		assert.equal(parse({ topK: 5000 }).topK, 1000);
		assert.equal(parse({ seed: -3 }).seed, -3);
	});
	it("is data that another thread can be sent", () => {
		const plan = parse({ topP: 0.5, logitBias: { 3: 1, 999: -100 } });
		assert.deepEqual(structuredClone(plan), plan);
		assert.deepEqual([...plan.biasIds], [3, 999]);
		assert.deepEqual([...plan.biases], [1, Number.NEGATIVE_INFINITY]);
	});
	it("names the field that does not fit and what it must be", () => {
		const wrong: [SamplingOptions, string, RegExp][] = [
			[{ temperature: -0.1 }, "/temperature", /finite number from 0 up/],
			[{ temperature: Number.NaN }, "/temperature", /finite/],
			[{ temperature: Number.POSITIVE_INFINITY }, "/temperature", /finite/],
			[{ temperature: "1" as unknown as number }, "/temperature", /number/],
			[{ topK: 0 }, "/topK", /whole number from 1/],
			[{ topK: 1.5 }, "/topK", /whole/],
			[{ topP: 1.01 }, "/topP", /from 0 to 1/],
			[{ minP: -0.5 }, "/minP", /from 0 to 1/],
			[{ repetitionPenalty: 0 }, "/repetitionPenalty", /from 0.01 to 100/],
			[{ seed: 2 ** 60 }, "/seed", /whole/],
			[{ seed: 0.5 }, "/seed", /whole/],
			[{ topLogprobs: 21 }, "/topLogprobs", /from 0 to 20/],
			[{ logitBias: { 1000: 1 } }, "/logitBias/1000", /from 0 to 999/],
			[{ logitBias: { [-1]: 1 } }, "/logitBias/-1", /no token id/],
			[{ logitBias: { "a/b": 1 } as Record<number, number> }, "/logitBias/a~1b", /no token id/],
			[{ logitBias: { 1: 101 } }, "/logitBias/1", /from -100 to 100, or -Infinity/],
			[{ logitBias: { 1: Number.NaN } }, "/logitBias/1", /from -100/],
			[{ logitBias: [1] as unknown as Record<number, number> }, "/logitBias", /object/],
		];
		for (const [options, pointer, detail] of wrong)
			assert.throws(() => parse(options), { code: "invalid_request", pointer, detail }, JSON.stringify(options));
	});
});
