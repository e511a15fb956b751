import assert from "node:assert/strict";
import { test } from "node:test";
import { type BuildOptions, planModel } from "../../src/architectures/index.ts";
import { SluiceError } from "../../src/errors.ts";
import type { RowRange } from "../../src/weights/safetensors.ts";
import { randomIds } from "../conformance/architecture.ts";
import { maxDifference } from "../conformance/golden.ts";
import { createRunner } from "../conformance/runner.ts";
import { createSubject, type TinyConfig, toConfig, toSource } from "./subjects.ts";

const TINY: TinyConfig = {
	vocab_size: 50,
	hidden_size: 32,
	num_attention_heads: 2,
	head_dim: 16,
	lru_width: 24,
	intermediate_size: 96,
	attention_window_size: 8,
	block_types: ["recurrent", "attention"],
};
const F32: BuildOptions = { outputs: "logits", weights: "f32" };

function invalid(code: string, pattern: RegExp): (error: unknown) => boolean {
	return (error) => error instanceof SluiceError && error.code === code && pattern.test(error.detail);
}

function cacheNames(config: unknown): string[] {
	return planModel(config).caches.map(({ input }) => input);
}

test("block types are cycled over the layers; _block_types is read where block_types is missing", () => {
	const { block_types: blocks, ...rest } = toConfig(TINY);
	const names = ["past.layers.0.state", "past.layers.0.conv", "past.layers.1.keys", "past.layers.1.values"];
	const third = ["past.layers.2.state", "past.layers.2.conv"];
	assert.deepEqual(cacheNames({ ...rest, num_hidden_layers: 3, block_types: blocks }), [...names, ...third]);
	assert.deepEqual(cacheNames({ ...rest, num_hidden_layers: 3, _block_types: blocks }), [...names, ...third]);
	const published = cacheNames({ ...rest, num_hidden_layers: 26 }).filter((name) => name.endsWith("keys"));
	assert.deepEqual(
		published,
		[2, 5, 8, 11, 14, 17, 20, 23].map((layer) => `past.layers.${layer}.keys`),
	);
});

test("caches have the sizes of the configuration, attention at most its window", () => {
	assert.deepEqual(
		planModel(toConfig(TINY)).caches.map(({ shape, maxPast }) => [shape, maxPast]),
		[
			[["batch", 24], undefined],
			[["batch", 3, 24], undefined],
			[["batch", "past", 16], 8],
			[["batch", "past", 16], 8],
		],
	);
});

test("a config that does not fit is rejected naming the field", () => {
	const config = toConfig(TINY);
	const cases: [Record<string, unknown>, RegExp][] = [
		[{ hidden_size: undefined }, /config\.json: hidden_size/],
		[{ num_key_value_heads: 2 }, /num_key_value_heads/],
		[{ intermediate_size: 95 }, /intermediate_size/],
		[{ lru_width: 25 }, /lru_width: must be a multiple of num_attention_heads/],
		[{ head_dim: undefined, hidden_size: 33 }, /hidden_size: must be a multiple of num_attention_heads/],
		[{ partial_rotary_factor: 0.3 }, /partial_rotary_factor/],
		[{ block_types: ["mamba"] }, /block_types\.0/],
		[{ hidden_activation: "gelu" }, /hidden_activation/],
	];
	for (const [change, pattern] of cases) {
		assert.throws(() => planModel({ ...config, ...change }), invalid("invalid_model", pattern));
	}
});

test("an unknown model_type is rejected listing the known ones", () => {
	assert.throws(
		() => planModel({ model_type: "gpt2" }),
		invalid("invalid_model", /"gpt2" is not known; known: gemma, gemma2, recurrent_gemma/),
	);
	assert.throws(
		() => planModel({}),
		invalid("invalid_model", /model_type is missing; known: gemma, gemma2, recurrent_gemma/),
	);
	assert.throws(() => planModel(undefined), invalid("invalid_model", /model_type is missing/));
});

test("missing, misshapen and non-finite tensors are named", () => {
	const plan = planModel(toConfig(TINY));
	const source = toSource(TINY, 6);
	const name = "model.layers.0.temporal_block.rg_lru.recurrent_param";
	const without = new Map([...source.tensors].filter(([key]) => key !== name));
	assert.throws(
		() => plan.build({ ...source, tensors: without }, F32),
		invalid("invalid_weights", /tensor model\.layers\.0\.temporal_block\.rg_lru\.recurrent_param is missing/),
	);
	const other = new Map([...source.tensors, [name, { shape: [23] }]] as const);
	assert.throws(
		() => plan.build({ ...source, tensors: other }, F32),
		invalid("invalid_weights", /recurrent_param has shape \[23\], not \[24\]/),
	);
	const broken = {
		...source,
		readF32: (key: string, rows?: RowRange) => source.readF32(key, rows).fill(Number.NaN, 2, 3),
	};
	const [group] = plan.build(broken, F32).weightGroups();
	assert.throws(
		() => [...group!.produce()],
		invalid("invalid_weights", /tensor model\.embed_tokens\.weight holds NaN at 2/),
	);
});

test("the embedding multiplier is the root of the width rounded to bfloat16", async () => {
	const wide = { ...TINY, hidden_size: 80, block_types: ["recurrent"] as const };
	const plain = await hiddenStates({ ...toConfig(wide), embeddings_scale_by_sqrt_dim: false }, wide);
	const scaled = await hiddenStates(toConfig(wide), wide);
	assert.ok(
		maxDifference(
			scaled,
			plain.map((value) => value * 8.9375),
		) < 1e-6,
	); // √80 = 8.94427
});

async function hiddenStates(config: unknown, tiny: TinyConfig): Promise<Float32Array> {
	const runner = await createRunner(planModel(config), toSource(tiny, 6), F32);
	const { outputs } = await runner.run([[1, 2, 3]], { fetch: ["hidden.0"] });
	await runner.close();
	return outputs["hidden.0"]!;
}

test("heads are Wᵀ final_norm(h) + b of the last hidden state, whatever the weights", async () => {
	const { plan, source, headRows } = createSubject("heads");
	for (const weights of ["f32", "q8", "q4"] as const) {
		const [logits, heads] = await Promise.all([
			createRunner(plan, source, { outputs: "logits", weights }),
			createRunner(plan, source, { outputs: "heads", weights, heads: { rows: headRows } }),
		]);
		const ids = [randomIds(7, plan.vocabSize, 3)];
		const hidden = (await logits.run(ids)).outputs[`hidden.${plan.layers}`]!;
		const actual = (await heads.run(ids)).outputs.heads!;
		await Promise.all([logits.close(), heads.close()]);
		const [scale, weight, bias] = ["model.final_norm.weight", "heads.weight", "heads.bias"].map((n) =>
			source.readF32(n),
		);
		const expected = actual.map((_, at) => {
			const h = hidden.subarray(Math.floor(at / headRows) * plan.hiddenSize).subarray(0, plan.hiddenSize);
			const root = Math.sqrt(h.reduce((sum, v) => sum + v * v, 0) / plan.hiddenSize + 1e-6);
			const row = weight!.subarray((at % headRows) * plan.hiddenSize);
			return h.reduce((sum, v, i) => sum + (v / root) * (1 + scale![i]!) * row[i]!, bias![at % headRows]!);
		});
		assert.ok(maxDifference(actual, expected) < 1e-5, weights);
	}
});

test("a state that hardly decays is exact: a recurrence gate that is nearly shut counts by its own size", async () => {
	const tiny: TinyConfig = { ...TINY, block_types: ["recurrent"] };
	const source = toSource(tiny, 6);
	const bias = (channel: number): number => -4 - channel / 2;
	// the input of the recurrence is 1 at every token, and the gates do not look at it
	const values: [RegExp, (at: number) => number][] = [
		[/linear_x\.weight|conv_1d\.bias|gate_weight|input_gate_bias/, () => 0],
		[/linear_x\.bias|recurrent_param/, () => 1],
		[/conv_1d\.weight/, (at) => (at % 4 === 3 ? 1 : 0)],
		[/recurrent_gate_bias/, bias],
	];
	const readF32 = (name: string, rows?: RowRange): Float32Array => {
		const read = source.readF32(name, rows);
		const of = values.find(([pattern]) => pattern.test(name))?.[1];
		return of === undefined ? read : read.map((_, at) => of(at));
	};
	const runner = await createRunner(planModel(toConfig(tiny)), { ...source, readF32 }, F32);
	const { caches } = await runner.run([randomIds(40, 50, 5)]);
	await runner.close();
	for (const [channel, actual] of (caches["past.layers.0.state"]!.data as Float32Array).entries()) {
		const logA = (-8 * Math.log1p(Math.E)) / (1 + Math.exp(-bias(channel)));
		let expected = 0.5;
		for (let t = 1; t < 40; t++) expected = Math.exp(logA) * expected + Math.sqrt(-Math.expm1(2 * logA)) * 0.5;
		assert.ok(
			Math.abs(actual / expected - 1) < 1e-5,
			`${actual}, not ${expected} where the gate's input is ${bias(channel)}`,
		);
	}
});

test("int8 numbers do not move when a text longer than the window is cut elsewhere", async () => {
	const size = { attention_window_size: 128, head_dim: 64, hidden_size: 64, lru_width: 64 };
	const { plan, source, headRows } = createSubject("long", { ...size, intermediate_size: 128 });
	const runner = await createRunner(plan, source, { outputs: "heads", weights: "q8", heads: { rows: headRows } });
	const ids = randomIds(300, plan.vocabSize, 4);
	const whole = (await runner.run([ids])).outputs.heads!;
	for (const chunk of [1, 37, 128]) {
		let caches = runner.freshCaches();
		for (let at = 0; at < ids.length; at += chunk) {
			const part = await runner.run([ids.slice(at, at + chunk)], { start: at, caches });
			caches = part.caches;
			const expected = whole.subarray(at * headRows, (at + chunk) * headRows);
			assert.ok(maxDifference(part.outputs.heads!, expected) < 1e-5, `chunks of ${chunk}, token ${at}`);
		}
	}
	await runner.close();
});
