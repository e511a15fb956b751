/**
 * Tiny models of every architecture with random weights, as Hugging Face directories.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors } from "../../src/weights/safetensors-writer.ts";
import { toConfig as toRecurrentConfig, toShapes as toRecurrentShapes } from "../architectures/subjects.ts";
import { createRandomSource } from "./architecture.ts";

/** A tiny model; its tensors by name. */
export interface TinyModel {
	readonly name: string;
	readonly config: Readonly<Record<string, unknown>>;
	readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Of one hidden size, with windows of 8 tokens where there are any. */
const SIZES = { vocab_size: 60, hidden_size: 32, intermediate_size: 48, num_attention_heads: 4, head_dim: 16 };

function createDecoder(modelType: "gemma" | "gemma2", keyHeads: number, layers: number): TinyModel {
	const { vocab_size: vocab, hidden_size: width, intermediate_size: mlp, num_attention_heads: heads } = SIZES;
	const size = SIZES.head_dim;
	const norms = ["input_layernorm", "post_attention_layernorm"];
	if (modelType === "gemma2") norms.push("pre_feedforward_layernorm", "post_feedforward_layernorm");
	const shapes: Record<string, readonly number[]> = {
		"model.embed_tokens.weight": [vocab, width],
		"model.norm.weight": [width],
	};
	for (let layer = 0; layer < layers; layer++) {
		const path = `model.layers.${layer}`;
		for (const norm of norms) shapes[`${path}.${norm}.weight`] = [width];
		for (const name of ["q", "k", "v"])
			shapes[`${path}.self_attn.${name}_proj.weight`] = [(name === "q" ? heads : keyHeads) * size, width];
		shapes[`${path}.self_attn.o_proj.weight`] = [width, heads * size];
		for (const name of ["gate", "up"]) shapes[`${path}.mlp.${name}_proj.weight`] = [mlp, width];
		shapes[`${path}.mlp.down_proj.weight`] = [width, mlp];
	}
	const own = { sliding_window: 8, attn_logit_softcapping: 50, final_logit_softcapping: 30, query_pre_attn_scalar: 12 };
	const config = {
		model_type: modelType,
		...SIZES,
		num_key_value_heads: keyHeads,
		num_hidden_layers: layers,
		max_position_embeddings: 700,
		...(modelType === "gemma2" && own),
	};
	return { name: `${modelType} with ${keyHeads} key heads`, config, shapes };
}

function createRecurrent(block_types: readonly ("recurrent" | "attention")[]): TinyModel {
	const tiny = {
		vocab_size: 60,
		hidden_size: 32,
		num_attention_heads: 2,
		head_dim: 16,
		lru_width: 24,
		intermediate_size: 96,
		attention_window_size: 8,
		block_types,
	};
	const shapes = Object.entries(toRecurrentShapes(tiny, 1)).filter(([name]) => !name.startsWith("heads."));
	return {
		name: `recurrent_gemma, ${block_types.join(" ")}`,
		config: toRecurrentConfig(tiny),
		shapes: Object.fromEntries(shapes),
	};
}

/** At least one per architecture of the registry. */
export const TINY_MODELS: readonly TinyModel[] = [
	createDecoder("gemma", 1, 2),
	createDecoder("gemma2", 2, 3),
	createRecurrent(["recurrent", "attention", "recurrent"]),
	createRecurrent(["recurrent", "recurrent"]),
];

/** Writes config.json and model.safetensors into a new directory of `root` and returns it. */
export function writeTinyModel(root: string, { name, config, shapes }: TinyModel): string {
	const directory = join(root, name.replaceAll(/\W+/g, "-"));
	mkdirSync(directory, { recursive: true });
	writeFileSync(join(directory, "config.json"), JSON.stringify(config));
	const source = createRandomSource(shapes);
	const tensors = Object.entries(shapes).map(([tensor, shape]) => ({
		name: tensor,
		dtype: "F32" as const,
		shape,
		data: source.readF32(tensor),
	}));
	writeSafetensors(join(directory, "model.safetensors"), tensors);
	return directory;
}
