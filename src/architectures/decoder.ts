/**
 * What the decoders of the Gemma family share: config fields, the frame from token ids to logits, and rotary attention in
 * slots. Layers themselves are the architectures' own. Knows no member of the registry.
 */
import { z } from "zod";
import { createGraph, type Graph, rotaryEmbedding, split, type Value } from "../onnx/index.ts";
import type { BuildOptions, KeyValueSpec, ModelPlan, WeightSource } from "./architecture.ts";
import { rmsNorm, rotaryAngles } from "./blocks.ts";
import { embed, roundToBfloat16 } from "./embedding.ts";
import { linear, projectTogether } from "./linear.ts";
import { createParameters, type Parameters } from "./parameters.ts";
import { addHeads, addReadout } from "./readout.ts";
import { type RopeParameters, RopeParametersSchema } from "./rope-parameters.ts";
import { attendInSlots, createSlots, type Slots } from "./slots.ts";

const size = z.int().positive();
const positive = z.number().positive();

/** The keys of config.json that all decoders have. */
export interface DecoderFields {
	readonly vocab_size: number;
	readonly hidden_size: number;
	readonly intermediate_size: number;
	readonly num_hidden_layers: number;
	readonly num_attention_heads: number;
	readonly num_key_value_heads: number;
	readonly head_dim: number;
	readonly max_position_embeddings: number;
	readonly rms_norm_eps: number;
	readonly rope_theta: number;
	readonly rope_parameters?: RopeParameters | null | undefined;
}

/** Checks them; what would change the numbers and is not built is refused. */
export const DecoderFieldsSchema: z.ZodType<DecoderFields> = z.object({
	vocab_size: size,
	hidden_size: size,
	intermediate_size: size,
	num_hidden_layers: size,
	num_attention_heads: size,
	num_key_value_heads: size,
	head_dim: size.default(256),
	max_position_embeddings: size.default(8192),
	rms_norm_eps: positive.default(1e-6),
	rope_theta: positive.default(10000),
	rope_parameters: RopeParametersSchema,
	rope_scaling: z.null("is not supported").optional(),
	attention_bias: z.literal(false).default(false),
	use_bidirectional_attention: z.literal(false).nullish(),
	tie_word_embeddings: z.literal(true).default(true),
});

/** A decoder's sizes and variants. */
export interface DecoderConfig {
	readonly vocab: number;
	readonly width: number;
	readonly mlpWidth: number;
	readonly heads: number;
	readonly keyHeads: number;
	readonly headSize: number;
	readonly theta: number;
	readonly epsilon: number;
	readonly context: number;
	/** Queries are multiplied by this. */
	readonly scale: number;
	/** Caps of attention scores and of logits; 0 for none. */
	readonly scoreCap: number;
	readonly logitCap: number;
	/** Per layer: the newest tokens that a query sees, itself included; undefined for all. */
	readonly windows: readonly (number | undefined)[];
}

/** The fields under the names of this code; variants are the caller's. */
export function toDecoderConfig(
	raw: DecoderFields,
	variant: Pick<DecoderConfig, "scale" | "scoreCap" | "logitCap" | "windows">,
): DecoderConfig {
	return {
		vocab: raw.vocab_size,
		width: raw.hidden_size,
		mlpWidth: raw.intermediate_size,
		heads: raw.num_attention_heads,
		keyHeads: raw.num_key_value_heads,
		headSize: raw.head_dim,
		theta: raw.rope_parameters?.rope_theta ?? raw.rope_theta,
		epsilon: raw.rms_norm_eps,
		context: raw.max_position_embeddings,
		...variant,
	};
}

/** Reports sizes that do not go together. */
export function checkDecoderConfig({ heads, keyHeads, headSize }: DecoderConfig, context: z.RefinementCtx): void {
	const reject = (path: string, message: string): void => {
		context.addIssue({ code: "custom", path: [path], message });
	};
	if (heads % keyHeads !== 0) reject("num_key_value_heads", "must divide num_attention_heads");
	if (headSize % 2 !== 0) reject("head_dim", "must be even");
}

/** What the layers of a graph share. */
export interface DecoderContext {
	readonly config: DecoderConfig;
	readonly angles: { readonly cos: Value; readonly sin: Value };
	readonly slots: Slots;
}

/** One layer: the residual stream [1, seq, width] before to the one after it. */
export type DecoderLayer = (g: Graph, p: Parameters, h: Value, at: { context: DecoderContext; layer: number }) => Value;

/** The plan of a decoder made of such layers. */
export function planDecoder(config: DecoderConfig, layer: DecoderLayer): Omit<ModelPlan, "modelType"> {
	return {
		vocabSize: config.vocab,
		hiddenSize: config.width,
		layers: config.windows.length,
		contextSize: config.context,
		layout: "slots",
		caches: [],
		keyValues: config.windows.map((_, index) => toKeyValues(config, index)),
		build: (source, options) => buildDecoder(config, layer, source, options),
	};
}

function toKeyValues({ keyHeads, headSize, windows }: DecoderConfig, layer: number): KeyValueSpec {
	return { name: `layers.${layer}`, heads: keyHeads, size: headSize, window: windows[layer] };
}

/** h_0 = E[ids] · sqrt(width), the layers, logits = norm(h_L) Eᵀ. */
function buildDecoder(config: DecoderConfig, layer: DecoderLayer, source: WeightSource, options: BuildOptions): Graph {
	const g = createGraph(options.outputs);
	const ids = g.input("input_ids", "int64", [1, "seq"]);
	const positions = g.input("positions", "int64", [1, "seq"]);
	const keyValues = config.windows.map((_, index) => toKeyValues(config, index));
	const inputs = g.scope("inputs");
	const context: DecoderContext = {
		config,
		angles: rotaryAngles(inputs, positions, { rotated: config.headSize, theta: config.theta }),
		slots: createSlots(inputs, { positions, count: options.slots ?? 1, keyValues }),
	};
	const p = createParameters(source, options.weights).at("model");
	const table = { name: "embed_tokens.weight", vocab: config.vocab, width: config.width };
	const root = Math.sqrt(config.width);
	const multiplier = options.bfloat16Scale ? roundToBfloat16(root) : root;

	let h = embed(g.scope("embed"), p, ids, { ...table, multiplier }); // [1, seq, width]
	const hidden = [h];
	for (const index of config.windows.keys()) {
		h = layer(g.scope(`layers.${index}`), p.at(`layers.${index}`), h, { context, layer: index });
		hidden.push(h);
	}
	const normed = rmsNorm(g.scope("norm"), p, h, { name: "norm", epsilon: config.epsilon });
	if (options.heads) addHeads(g, createParameters(source, "f32"), normed, options.heads.rows);
	addReadout(g, p, { normed, hidden, table, cap: config.logitCap });
	return g;
}

/** o(softmax(q kᵀ) v), queries and keys rotated (arXiv:2104.09864), with fewer key heads than query heads (arXiv:2305.13245). */
export function selfAttention(
	g: Graph,
	p: Parameters,
	x: Value,
	{ context, layer }: { context: DecoderContext; layer: number },
): Value {
	const { config, angles, slots } = context;
	const { heads, keyHeads, headSize, width, scale, scoreCap: cap } = config;
	const layers = [heads, keyHeads, keyHeads].map((n, i) => ({ name: `${"qkv"[i]}_proj`, outputs: n * headSize }));
	const qkv = projectTogether(g, p, x, layers); // [1, seq, (heads + 2 keyHeads) · headSize]
	const [qk, values] = split(g, qkv, [(heads + keyHeads) * headSize, keyHeads * headSize], -1) as [Value, Value];
	const turned = rotaryEmbedding(g, { x: qk, heads: heads + keyHeads, rotated: headSize, ...angles });
	const [queries, keys] = split(g, turned, [heads * headSize, keyHeads * headSize], -1) as [Value, Value];
	const spec = toKeyValues(config, layer);
	const attended = attendInSlots(g, slots, { queries, keys, values, spec, scale, cap });
	return linear(g, p, attended, { name: "o_proj", outputs: width, bias: false });
}
