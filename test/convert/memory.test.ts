import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openWeights } from "../../src/weights/safetensors.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-memory-"));
after(() => rmSync(root, { recursive: true }));

const MIB = 1 << 20;
const CONFIG = {
	model_type: "gemma2",
	vocab_size: 160_000,
	hidden_size: 1024,
	intermediate_size: 32_768,
	num_hidden_layers: 1,
	num_attention_heads: 1,
	num_key_value_heads: 1,
	head_dim: 256,
};

/** A model of zeros, whose file takes no space. */
function writeZeros(): number {
	const { vocab_size, hidden_size: width, intermediate_size: wide, head_dim } = CONFIG;
	const at = "model.layers.0";
	const shapes: Record<string, number[]> = {
		"model.embed_tokens.weight": [vocab_size, width],
		"model.norm.weight": [width],
		...Object.fromEntries(["q", "k", "v"].map((name) => [`${at}.self_attn.${name}_proj.weight`, [head_dim, width]])),
		[`${at}.self_attn.o_proj.weight`]: [width, head_dim],
		[`${at}.mlp.gate_proj.weight`]: [wide, width],
		[`${at}.mlp.up_proj.weight`]: [wide, width],
		[`${at}.mlp.down_proj.weight`]: [width, wide],
	};
	for (const name of ["input", "post_attention", "pre_feedforward", "post_feedforward"])
		shapes[`${at}.${name}_layernorm.weight`] = [width];
	let end = 0;
	const entries = Object.entries(shapes).map(([name, shape]) => {
		const begin = end;
		end += 2 * shape.reduce((product, size) => product * size, 1);
		return [name, { dtype: "BF16", shape, data_offsets: [begin, end] }];
	});
	const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
	const prefix = Buffer.alloc(8);
	prefix.writeBigUInt64LE(BigInt(json.length));
	writeFileSync(join(root, "config.json"), JSON.stringify(CONFIG));
	writeFileSync(join(root, "model.safetensors"), Buffer.concat([prefix, json]));
	truncateSync(join(root, "model.safetensors"), 8 + json.length + end);
	return end;
}

test("a model of half a gigabyte is converted in 300 MiB, Node included", async () => {
	assert.ok(writeZeros() > 500 * MIB);
	const weights = openWeights(root);
	const largest = Math.max(...[...weights.tensors.values()].map(({ length }) => length));
	weights.close();
	assert.ok(2 * largest > 600 * MIB, "as float32 the largest tensor would not fit");
	const script = join(import.meta.dirname, "convert-process.ts");
	const child = spawn(process.execPath, [script, root, join(root, "out"), "q8"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const [[peak]] = await Promise.all([once(child.stdout, "data"), once(child, "close")]);
	assert.ok(Number(peak) > 0 && Number(peak) < 300 * MIB, `${(Number(peak) / MIB).toFixed(0)} MiB`);
});
