/** What bench/engine.ts makes of its samples. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Sample } from "../../bench/engine/measure.ts";
import { SHAPES } from "../../bench/engine/shapes.ts";
import type { SideSpec } from "../../bench/engine/sides.ts";
import { toMemoryRatios, toRatios, toRows } from "../../bench/engine/summary.ts";

const limits = { int8PerSecond: 4e11, bytesPerSecond: 3e10 };
const model = { shape: SHAPES["gemma-2-2b"]!, layers: 6, limits };
const sides = [
	["sluice q8", 8],
	["llama Q8_0", 8.5],
	["llama Q4_0", 4.5],
].map(([name, bits]): SideSpec => {
	return { name: name as string, bits: bits as number, module: new URL("file:///side.ts"), path: "", options: {} };
});

function sample(side: string, ms: number, round: number, clean = true): Sample {
	return { kind: "prefill", tokens: 128, side, ms, round, raw: [ms], otherCpu: clean ? 0 : 1, clean };
}

test("ratios are taken within a round, where both sides saw the same clock", () => {
	const clocks = [1, 1.3, 0.9];
	const samples = clocks.flatMap((slow, round) => [
		sample("sluice q8", 100 * slow, round),
		sample("llama Q8_0", 450 * slow, round),
		sample("llama Q4_0", 230 * slow, round),
	]);
	const ratios = toRatios(samples, toRows(samples, sides, model));
	assert.deepEqual(
		ratios.map(({ what, ratio, met }) => [what, Number(ratio.toFixed(3)), met]),
		[
			["prefill 128: sluice q8 over llama Q8_0", 4.5, true],
			["prefill 128: sluice q8 over llama Q4_0", 2.3, true], // the fastest of any width
		],
	);
});

test("samples that others disturbed do not count once three clean ones are there, and count before", () => {
	const clean = [100, 101, 102].map((ms, round) => sample("sluice q8", ms, round));
	const disturbed = [300, 300, 300, 300].map((ms, i) => sample("sluice q8", ms, 3 + i, false));
	const rowOf = (samples: Sample[]): unknown[] =>
		toRows(samples, sides, model).map((row) => [row.ms, row.cleanSamples, row.samples]);
	assert.deepEqual(rowOf([...clean, ...disturbed]), [[101, 3, 7]]);
	assert.deepEqual(rowOf([...clean.slice(1), ...disturbed]), [[300, 2, 6]]);
});

test("the floor of a prefill is its multiply-adds at the int8 rate, that of a step its bytes at the bandwidth", () => {
	const layer = 2304 * 256 * (8 + 8 + 4 + 4) + 3 * 2304 * 9216;
	const head = 256_000 * 2304;
	const attention = 2 * 8 * 256 * ((128 * 129) / 2);
	const prefill = toRows([sample("llama Q4_0", 500, 0)], sides, model)[0]!;
	assert.equal(prefill.floorMs, (1000 * (6 * (128 * layer + attention) + head)) / 4e11);
	const decode = toRows([{ ...sample("llama Q4_0", 20, 0), kind: "decode" }], sides, model)[0]!;
	assert.equal(decode.floorMs, (1000 * (((6 * layer + head) * 4.5) / 8 + 2 * 6 * 2 * 4 * 256 * 128)) / 3e10);
});

test("memory is compared at equal bits", () => {
	const ratios = toMemoryRatios(
		new Map([
			["sluice q8", 1100],
			["llama Q8_0", 1000],
			["sluice q4", 900],
			["llama Q4_0", 800],
		]),
	);
	assert.deepEqual(
		ratios.map(({ ratio, met }) => [ratio, met]),
		[
			[1.1, true],
			[1.125, false],
		],
	);
});
