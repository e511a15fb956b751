/** The random models of the benchmarks have the tensors that the published ones have. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { SHAPES, type Shape } from "../../bench/engine/shapes.ts";
import { toConfig, toTensors } from "../../bench/engine/synthetic-tensors.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");

interface Header {
	readonly [name: string]: { readonly shape: readonly number[] };
}

function readHeader(fixture: string): Header {
	const bytes = readFileSync(join(FIXTURES, fixture, "model.safetensors"));
	const { __metadata__, ...tensors } = JSON.parse(bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE())));
	return tensors;
}

/** The shape of a fixture, from its config. */
function shapeOf(fixture: string): Shape {
	const config = JSON.parse(readFileSync(join(FIXTURES, fixture, "config.json"), "utf8"));
	const isRecurrent = config.model_type === "recurrent_gemma";
	return {
		modelType: config.model_type,
		hidden: config.hidden_size,
		layers: config.num_hidden_layers,
		heads: config.num_attention_heads,
		kvHeads: config.num_key_value_heads,
		headDim: config.head_dim,
		intermediate: isRecurrent ? config.intermediate_size / 2 : config.intermediate_size,
		vocab: config.vocab_size,
	};
}

for (const fixture of ["gemma1-mqa", "gemma1-mha", "recurrentgemma"]) {
	test(`a random model of the shape of ${fixture} has its tensors, and the sizes of its config`, () => {
		const shape = shapeOf(fixture);
		const expected = Object.entries(readHeader(fixture)).map(([name, tensor]) => [name, tensor.shape]);
		const made = toTensors(shape).map((tensor) => [tensor.name, tensor.shape]);
		assert.deepEqual(Object.fromEntries(made), Object.fromEntries(expected));
		const config = JSON.parse(readFileSync(join(FIXTURES, fixture, "config.json"), "utf8"));
		for (const [key, value] of Object.entries(toConfig(shape))) {
			if (key.endsWith("_size") && key !== "attention_window_size") assert.equal(config[key], value, key);
		}
	});
}

test("the shapes have as many weights as their publishers count", () => {
	const billions = (name: string): number => {
		const sizes = toTensors(SHAPES[name]!).map((tensor) => tensor.shape.reduce((a, b) => a * b, 1));
		return Number((sizes.reduce((a, b) => a + b, 0) / 1e9).toFixed(2));
	};
	const counts = Object.keys(SHAPES).map((name) => [name, billions(name)]);
	assert.deepEqual(Object.fromEntries(counts), {
		"gemma-2b": 2.51,
		"gemma-7b": 8.54,
		"gemma-2-2b": 2.61,
		"gemma-2-9b": 9.24,
		"recurrentgemma-2b": 2.68,
		"transformer-2b-global": 2.56,
	});
});
