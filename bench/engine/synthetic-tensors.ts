/**
 * Names, shapes and spread of the tensors of Gemma, Gemma 2 and RecurrentGemma as published, and their config.json.
 * Norms weigh nothing (1 + 0) and decays lie near 0.95, so that activations stay in range at any depth.
 */
import type { Shape } from "./shapes.ts";

/** A tensor to fill with normal numbers. */
export interface SyntheticTensor {
	readonly name: string;
	readonly shape: readonly number[];
	readonly mean: number;
	readonly deviation: number;
}

const DEVIATION = 0.02;
/** softplus of it, times 8 and half open gates, decays by exp(-0.05) a token. */
const DECAY = -4.35;
const CONV_TAPS = 4;
const PATTERN = ["recurrent", "recurrent", "attention"];

function normal(name: string, ...shape: number[]): SyntheticTensor {
	return { name, shape, mean: 0, deviation: DEVIATION };
}

function norm(name: string, width: number): SyntheticTensor {
	return { name: `${name}.weight`, shape: [width], mean: 0, deviation: 0 };
}

/** Every tensor of the model; the head is the embedding. */
export function toTensors(shape: Shape): SyntheticTensor[] {
	const { hidden, layers, vocab, modelType } = shape;
	const layer = modelType === "recurrent_gemma" ? toRecurrentGemmaLayer : toGemmaLayer;
	return [
		normal("model.embed_tokens.weight", vocab, hidden),
		...Array.from({ length: layers }, (_, i) => layer(shape, i)).flat(),
		norm(modelType === "recurrent_gemma" ? "model.final_norm" : "model.norm", hidden),
	];
}

function toGemmaLayer(shape: Shape, index: number): SyntheticTensor[] {
	const { modelType, hidden, intermediate } = shape;
	const at = `model.layers.${index}`;
	const norms = ["input_layernorm", "post_attention_layernorm"];
	if (modelType === "gemma2") norms.push("pre_feedforward_layernorm", "post_feedforward_layernorm");
	return [
		...norms.map((name) => norm(`${at}.${name}`, hidden)),
		...toAttention(`${at}.self_attn`, shape),
		normal(`${at}.mlp.gate_proj.weight`, intermediate, hidden),
		normal(`${at}.mlp.up_proj.weight`, intermediate, hidden),
		normal(`${at}.mlp.down_proj.weight`, hidden, intermediate),
	];
}

function toAttention(at: string, { hidden, heads, kvHeads, headDim }: Shape): SyntheticTensor[] {
	return [
		normal(`${at}.q_proj.weight`, heads * headDim, hidden),
		normal(`${at}.k_proj.weight`, kvHeads * headDim, hidden),
		normal(`${at}.v_proj.weight`, kvHeads * headDim, hidden),
		normal(`${at}.o_proj.weight`, hidden, heads * headDim),
	];
}

function toRecurrentGemmaLayer(shape: Shape, index: number): SyntheticTensor[] {
	const { hidden, intermediate } = shape;
	const at = `model.layers.${index}`;
	const linear = (name: string, outputs: number, inputs: number): SyntheticTensor[] => {
		return [normal(`${at}.${name}.weight`, outputs, inputs), normal(`${at}.${name}.bias`, outputs)];
	};
	const isAttention = PATTERN[index % PATTERN.length] === "attention";
	const temporal = isAttention
		? [...toAttention(`${at}.temporal_block`, shape), normal(`${at}.temporal_block.o_proj.bias`, hidden)]
		: [
				...["linear_x", "linear_y", "linear_out"].flatMap((name) => linear(`temporal_block.${name}`, hidden, hidden)),
				{ ...normal(`${at}.temporal_block.conv_1d.weight`, hidden, 1, CONV_TAPS), deviation: 0.3 },
				normal(`${at}.temporal_block.conv_1d.bias`, hidden),
				...toGates(`${at}.temporal_block.rg_lru`, shape),
			];
	return [
		norm(`${at}.temporal_pre_norm`, hidden),
		norm(`${at}.channel_pre_norm`, hidden),
		...temporal,
		...linear("mlp_block.gate_proj", intermediate, hidden),
		...linear("mlp_block.up_proj", intermediate, hidden),
		...linear("mlp_block.down_proj", hidden, intermediate),
	];
}

function toGates(at: string, { hidden, heads }: Shape): SyntheticTensor[] {
	const width = hidden / heads;
	return [
		...["input_gate", "recurrent_gate"].flatMap((gate) => [
			normal(`${at}.${gate}_weight`, heads, width, width),
			normal(`${at}.${gate}_bias`, heads, width),
		]),
		{ name: `${at}.recurrent_param`, shape: [hidden], mean: DECAY, deviation: 0.5 },
	];
}

/** The keys of the published config.json; `positions` is the context of a Transformer. */
export function toConfig(shape: Shape, positions = 8192): Record<string, unknown> {
	const common = {
		attention_bias: false,
		attention_dropout: 0,
		bos_token_id: 2,
		eos_token_id: 1,
		pad_token_id: 0,
		head_dim: shape.headDim,
		hidden_size: shape.hidden,
		model_type: shape.modelType,
		num_attention_heads: shape.heads,
		num_hidden_layers: shape.layers,
		num_key_value_heads: shape.kvHeads,
		rms_norm_eps: 1e-6,
		rope_theta: 10000,
		torch_dtype: "bfloat16",
		use_cache: true,
		vocab_size: shape.vocab,
	};
	if (shape.modelType === "recurrent_gemma") return { ...common, ...recurrentGemmaKeys(shape) };
	const gemma = { ...common, intermediate_size: shape.intermediate, max_position_embeddings: positions };
	if (shape.modelType === "gemma") {
		return { architectures: ["GemmaForCausalLM"], ...gemma, hidden_act: "gelu", hidden_activation: null };
	}
	return {
		architectures: ["Gemma2ForCausalLM"],
		...gemma,
		attn_logit_softcapping: 50,
		cache_implementation: "hybrid",
		final_logit_softcapping: 30,
		hidden_act: "gelu_pytorch_tanh",
		hidden_activation: "gelu_pytorch_tanh",
		query_pre_attn_scalar: shape.headDim,
		sliding_window: 4096,
	};
}

function recurrentGemmaKeys({ hidden, intermediate }: Shape): Record<string, unknown> {
	return {
		architectures: ["RecurrentGemmaForCausalLM"],
		_block_types: PATTERN,
		attention_window_size: 2048,
		conv1d_width: CONV_TAPS,
		embeddings_scale_by_sqrt_dim: true,
		hidden_activation: "gelu_pytorch_tanh",
		intermediate_size: 2 * intermediate,
		logits_soft_cap: 30,
		lru_width: hidden,
		partial_rotary_factor: 0.5,
	};
}
