/**
 * A tiny configuration, with the shapes of its tensors, for every architecture of the registry.
 */
import { planModel, type WeightSource } from "../../src/architectures/index.ts";
import { createRandomSource, type Subject } from "../conformance/architecture.ts";

/** What shapes a tiny RecurrentGemma. */
export interface TinyConfig {
	readonly vocab_size: number;
	readonly hidden_size: number;
	readonly num_attention_heads: number;
	readonly head_dim: number;
	readonly lru_width: number;
	readonly intermediate_size: number;
	readonly attention_window_size: number;
	readonly block_types: readonly ("recurrent" | "attention")[];
	/** Default 4. */
	readonly conv1d_width?: number;
}

const TINY: TinyConfig = {
	vocab_size: 50,
	hidden_size: 32,
	num_attention_heads: 2,
	head_dim: 16,
	lru_width: 24,
	intermediate_size: 96,
	attention_window_size: 8,
	block_types: ["recurrent", "attention", "recurrent"],
};

/** config.json of a tiny RecurrentGemma with one layer per block type. */
export function toConfig(tiny: TinyConfig): Record<string, unknown> {
	return { model_type: "recurrent_gemma", num_key_value_heads: 1, num_hidden_layers: tiny.block_types.length, ...tiny };
}

/** Random weights for a tiny RecurrentGemma, with `headRows` rows of heads. */
export function toSource(tiny: TinyConfig, headRows: number): WeightSource {
	return createRandomSource(toShapes(tiny, headRows));
}

/** Tensor names and shapes of a tiny RecurrentGemma in Hugging Face's layout. */
export function toShapes(tiny: TinyConfig, headRows: number): Record<string, readonly number[]> {
	const { vocab_size: vocab, hidden_size: width } = tiny;
	const layers = tiny.block_types.flatMap((type, layer) =>
		Object.entries(layerShapes(tiny, type)).map(([name, shape]) => [`model.layers.${layer}.${name}`, shape] as const),
	);
	return {
		"model.embed_tokens.weight": [vocab, width],
		"model.final_norm.weight": [width],
		"heads.weight": [headRows, width],
		"heads.bias": [headRows],
		...Object.fromEntries(layers),
	};
}

function layerShapes(tiny: TinyConfig, type: "recurrent" | "attention"): Record<string, readonly number[]> {
	const { hidden_size: width, num_attention_heads: heads, head_dim: size, lru_width: lru } = tiny;
	const linear = (name: string, outputs: number, inputs: number): Record<string, readonly number[]> => {
		return { [`${name}.weight`]: [outputs, inputs], [`${name}.bias`]: [outputs] };
	};
	const mlp = tiny.intermediate_size / 2;
	const share = lru / heads;
	const shared = {
		"temporal_pre_norm.weight": [width],
		"channel_pre_norm.weight": [width],
		...linear("mlp_block.gate_proj", mlp, width),
		...linear("mlp_block.up_proj", mlp, width),
		...linear("mlp_block.down_proj", width, mlp),
	};
	if (type === "attention") {
		return {
			...shared,
			"temporal_block.q_proj.weight": [heads * size, width],
			"temporal_block.k_proj.weight": [size, width],
			"temporal_block.v_proj.weight": [size, width],
			...linear("temporal_block.o_proj", width, heads * size),
		};
	}
	return {
		...shared,
		...linear("temporal_block.linear_y", lru, width),
		...linear("temporal_block.linear_x", lru, width),
		...linear("temporal_block.linear_out", width, lru),
		"temporal_block.conv_1d.weight": [lru, 1, tiny.conv1d_width ?? 4],
		"temporal_block.conv_1d.bias": [lru],
		"temporal_block.rg_lru.input_gate_weight": [heads, share, share],
		"temporal_block.rg_lru.input_gate_bias": [heads, share],
		"temporal_block.rg_lru.recurrent_gate_weight": [heads, share, share],
		"temporal_block.rg_lru.recurrent_gate_bias": [heads, share],
		"temporal_block.rg_lru.recurrent_param": [lru],
	};
}

/** A subject of the conformance suite. */
export function createSubject(name: string, changes: Partial<TinyConfig> = {}, length = 40): Subject {
	const tiny = { ...TINY, ...changes };
	return { name, plan: planModel(toConfig(tiny)), source: toSource(tiny, 6), headRows: 6, length };
}

/** Subjects by `model_type`. */
export const SUBJECTS: Readonly<Record<string, readonly Subject[]>> = {
	recurrent_gemma: [
		createSubject("recurrent_gemma"),
		createSubject("recurrent_gemma without attention", { block_types: ["recurrent", "recurrent"] }),
		createSubject("recurrent_gemma with attention first", { block_types: ["attention", "recurrent"], lru_width: 40 }),
		createSubject("recurrent_gemma without attention, whose heads no rotation would fit", {
			block_types: ["recurrent", "recurrent"],
			hidden_size: 34,
			head_dim: 17,
		}),
		createSubject("recurrent_gemma of attention alone, whose lru_width no gates would fit", {
			block_types: ["attention", "attention"],
			lru_width: 33,
		}),
		createSubject("recurrent_gemma with a convolution of one tap", { conv1d_width: 1 }),
		createSubject("recurrent_gemma with a convolution of two taps and a window of one", {
			conv1d_width: 2,
			attention_window_size: 1,
		}),
	],
};
