/**
 * What config.json may leave out or spell in another way, and what is refused because it would change the numbers.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { planModel } from "../../src/architectures/index.ts";
import { openModel } from "../../src/engine/index.ts";
import { randomIds } from "../conformance/architecture.ts";
import { maxDifference } from "../conformance/golden.ts";
import { TINY_MODELS, writeTinyModel } from "../conformance/tiny-models.ts";
import { invalid } from "../convert/model-files.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-config-"));
after(() => rmSync(root, { recursive: true }));

type Changes = Readonly<Record<string, unknown>>;

function tinyModel(modelType: string): (typeof TINY_MODELS)[number] {
	return TINY_MODELS.find(({ config }) => config.model_type === modelType)!;
}

/** Logits of a tiny model with some keys of its config changed, undefined leaving a key out. */
async function logitsOf(modelType: string, changes: Changes): Promise<Float32Array> {
	const model = tinyModel(modelType);
	const directory = writeTinyModel(mkdtempSync(join(root, "model-")), {
		...model,
		config: { ...model.config, ...changes },
	});
	const open = await openModel(directory, { cacheDir: join(root, "cache") });
	try {
		return (await open.forward(randomIds(40, open.vocabSize, 1))).logits;
	} finally {
		await open.close();
	}
}

/** Keys, the changes that say the same, and those that say something else. */
const SPELLINGS: readonly {
	readonly modelType: string;
	readonly what: string;
	readonly same: readonly Changes[];
	readonly other: Changes;
}[] = [
	{
		modelType: "gemma2",
		what: "a soft cap of the scores that is left out is 50, null is none",
		same: [{ attn_logit_softcapping: undefined }, { attn_logit_softcapping: 50 }],
		other: { attn_logit_softcapping: null },
	},
	{
		modelType: "gemma2",
		what: "a soft cap of the logits that is left out is 30, null is none",
		same: [{ final_logit_softcapping: undefined }, { final_logit_softcapping: 30 }],
		other: { final_logit_softcapping: null },
	},
	{
		modelType: "gemma2",
		what: "a window that is null, or longer than the text, hides nothing",
		same: [{ sliding_window: undefined }, { sliding_window: null }],
		other: { sliding_window: 8 },
	},
	{
		modelType: "recurrent_gemma",
		what: "a soft cap of the logits that is left out is 30, null and 0 are none",
		same: [{ logits_soft_cap: undefined }, { logits_soft_cap: 30 }],
		other: { logits_soft_cap: 0 },
	},
	{
		modelType: "recurrent_gemma",
		what: "key heads that are left out are one",
		same: [{ num_key_value_heads: undefined }, { num_key_value_heads: 1 }],
		other: { rope_theta: 100 },
	},
	...["gemma", "gemma2", "recurrent_gemma"].map((modelType) => ({
		modelType,
		what: "rope_parameters say what rope_theta says, and win",
		same: [
			{ rope_theta: 500 },
			{ rope_theta: undefined, rope_parameters: { rope_type: "default", rope_theta: 500 } },
			{ rope_theta: 7, rope_parameters: { rope_theta: 500 } },
		],
		other: { rope_theta: 7 },
	})),
	{
		modelType: "recurrent_gemma",
		what: "rope_parameters say which part of a head is rotated",
		same: [{ partial_rotary_factor: 0.25 }, { rope_parameters: { partial_rotary_factor: 0.25 } }],
		other: {},
	},
];

for (const { modelType, what, same, other } of SPELLINGS) {
	test(`${modelType}: ${what}`, async () => {
		const [first, ...rest] = await Promise.all(same.map((changes) => logitsOf(modelType, changes)));
		for (const logits of rest) assert.deepEqual(logits, first);
		assert.ok(maxDifference(await logitsOf(modelType, other), first!) > 1e-3);
	});
}

test("what would change the numbers and is not built is refused naming the key", () => {
	const cases: [string, Changes, RegExp][] = [
		["gemma", { use_bidirectional_attention: true }, /use_bidirectional_attention/],
		["gemma", { rope_scaling: { type: "linear", factor: 2 } }, /rope_scaling: is not supported/],
		["gemma2", { rope_parameters: { rope_type: "yarn" } }, /rope_parameters\.rope_type: is not supported/],
		["recurrent_gemma", { rope_parameters: { rope_type: "linear" } }, /rope_parameters\.rope_type: is not supported/],
		["gemma2", { hidden_activation: "gelu" }, /hidden_activation/],
		["gemma2", { tie_word_embeddings: false }, /tie_word_embeddings/],
		["gemma2", { attention_bias: true }, /attention_bias/],
	];
	for (const [modelType, changes, pattern] of cases) {
		const { config } = tinyModel(modelType);
		assert.throws(() => planModel({ ...config, ...changes }), invalid("invalid_model", pattern));
	}
});
