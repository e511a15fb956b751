/**
 * Gemma (arXiv:2403.08295): a decoder with RMSNorm before each sublayer, rotary multi-head (7B) or multi-query (2B)
 * attention and GeGLU. Parameter and config names as in Hugging Face's gemma.
 */
import type { z } from "zod";
import { add, type Graph, type Value } from "../onnx/index.ts";
import { type Architecture, defineArchitecture } from "./architecture.ts";
import { gatedMlp, rmsNorm } from "./blocks.ts";
import {
	checkDecoderConfig,
	type DecoderConfig,
	type DecoderContext,
	DecoderFieldsSchema,
	planDecoder,
	selfAttention,
	toDecoderConfig,
} from "./decoder.ts";
import type { Parameters } from "./parameters.ts";

/**
 * `hidden_act` and `hidden_activation` are not read: published checkpoints say "gelu", while the weights were trained and
 * are run by Google's code with the tanh form (https://github.com/google/gemma_pytorch).
 */
const ConfigSchema: z.ZodType<DecoderConfig> = DecoderFieldsSchema.transform((raw) =>
	toDecoderConfig(raw, {
		scale: raw.head_dim ** -0.5,
		scoreCap: 0,
		logitCap: 0,
		windows: Array.from({ length: raw.num_hidden_layers }, () => undefined),
	}),
).superRefine(checkDecoderConfig);

/** The registry's entry. */
export const gemma: Architecture = defineArchitecture("gemma", ConfigSchema, (config) => planDecoder(config, layer));

/** r = h + Attention(RMS(h)); h' = r + MLP(RMS(r)). Section 2. */
function layer(g: Graph, p: Parameters, h: Value, at: { context: DecoderContext; layer: number }): Value {
	const { epsilon, mlpWidth } = at.context.config;
	const attentionInput = rmsNorm(g, p, h, { name: "input_layernorm", epsilon });
	const r = add(g, h, selfAttention(g.scope("self_attn"), p.at("self_attn"), attentionInput, at));
	const mlpInput = rmsNorm(g, p, r, { name: "post_attention_layernorm", epsilon });
	return add(g, r, gatedMlp(g.scope("mlp"), p.at("mlp"), mlpInput, { width: mlpWidth, bias: false }));
}
