/**
 * Gemma 2 (arXiv:2408.00118): RMSNorm before and after each sublayer, grouped-query attention that is local in every other
 * layer, soft caps on attention scores and logits. Parameter and config names as in Hugging Face's gemma2.
 */
import { z } from "zod";
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

/** As in Hugging Face: null is none, a missing key the default. */
const cap = z.number().nonnegative().nullable();
const size = z.int().positive();

/** `layer_types`, where a config has them, say what else follows from the index: even layers are local. */
const ConfigSchema: z.ZodType<DecoderConfig> = DecoderFieldsSchema.and(
	z.object({
		query_pre_attn_scalar: z.number().positive().default(256),
		sliding_window: size.nullable().default(4096),
		attn_logit_softcapping: cap.default(50),
		final_logit_softcapping: cap.default(30),
		hidden_activation: z.literal("gelu_pytorch_tanh").nullish(),
		layer_types: z.array(z.enum(["sliding_attention", "full_attention"])).nullish(),
	}),
)
	.superRefine((raw, context) => {
		if (raw.layer_types && raw.layer_types.length !== raw.num_hidden_layers)
			context.addIssue({ code: "custom", path: ["layer_types"], message: "must name num_hidden_layers layers" });
	})
	.transform((raw) => {
		const isLocal = (layer: number): boolean =>
			raw.layer_types ? raw.layer_types[layer] === "sliding_attention" : layer % 2 === 0;
		return toDecoderConfig(raw, {
			scale: raw.query_pre_attn_scalar ** -0.5,
			scoreCap: raw.attn_logit_softcapping ?? 0,
			logitCap: raw.final_logit_softcapping ?? 0,
			windows: Array.from({ length: raw.num_hidden_layers }, (_, layer) =>
				isLocal(layer) ? (raw.sliding_window ?? undefined) : undefined,
			),
		});
	})
	.superRefine(checkDecoderConfig);

/** The registry's entry. */
export const gemma2: Architecture = defineArchitecture("gemma2", ConfigSchema, (config) => planDecoder(config, layer));

/** r = h + RMS(Attention(RMS(h))); h' = r + RMS(MLP(RMS(r))). Section 2. */
function layer(g: Graph, p: Parameters, h: Value, at: { context: DecoderContext; layer: number }): Value {
	const { epsilon, mlpWidth } = at.context.config;
	const norm = (x: Value, name: string): Value => rmsNorm(g, p, x, { name, epsilon });
	const attended = selfAttention(g.scope("self_attn"), p.at("self_attn"), norm(h, "input_layernorm"), at);
	const r = add(g, h, norm(attended, "post_attention_layernorm"));
	const mlpInput = norm(r, "pre_feedforward_layernorm");
	const mlp = gatedMlp(g.scope("mlp"), p.at("mlp"), mlpInput, { width: mlpWidth, bias: false });
	return add(g, r, norm(mlp, "post_feedforward_layernorm"));
}
