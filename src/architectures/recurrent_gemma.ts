/**
 * RecurrentGemma, Griffin and Hawk: De et al., "Griffin: Mixing Gated Linear Recurrences with Local Attention"
 * (arXiv:2402.19427) and "RecurrentGemma" (arXiv:2404.07839), under Hugging Face's tensor names. Follows Google
 * DeepMind's code: a window of W tokens besides the current one, any pattern of blocks, lru_width free of hidden_size.
 */
import { z } from "zod";
import {
	add,
	cast,
	concat,
	createGraph,
	div,
	equal,
	exp,
	type Graph,
	gelu,
	greaterOrEqual,
	int64s,
	matMul,
	mul,
	reshape,
	rotaryEmbedding,
	scan,
	sigmoid,
	slice,
	split,
	sqrt,
	sub,
	tanh,
	unsqueeze,
	type Value,
} from "../onnx/index.ts";
import {
	type Architecture,
	type BuildOptions,
	type CacheSpec,
	defineArchitecture,
	type WeightSource,
} from "./architecture.ts";
import { gatedMlp, localAttention, localWindow, rmsNorm, rotaryAngles, type Window } from "./blocks.ts";
import { embed, roundToBfloat16 } from "./embedding.ts";
import { biasOf, linear, project, projectTogether, scalar } from "./linear.ts";
import { createParameters, type Parameters, toValue } from "./parameters.ts";
import { addHeads, addReadout } from "./readout.ts";
import { RopeParametersSchema } from "./rope-parameters.ts";

const size = z.int().positive();
const blockTypes = z.array(z.enum(["recurrent", "attention"])).min(1);

/** The keys of config.json that shape the network; `_block_types` is how the published models spell `block_types`. */
const ConfigSchema = z
	.object({
		vocab_size: size,
		hidden_size: size,
		num_hidden_layers: size,
		num_attention_heads: size,
		num_key_value_heads: z.literal(1).nullish(),
		head_dim: size.nullish(),
		lru_width: size.nullish(),
		intermediate_size: size.multipleOf(2),
		attention_window_size: size.default(2048),
		conv1d_width: size.default(4),
		logits_soft_cap: z.number().nonnegative().nullable().default(30),
		rms_norm_eps: z.number().positive().default(1e-6),
		rope_theta: z.number().positive().default(10000),
		partial_rotary_factor: z.number().gt(0).max(1).default(0.5),
		rope_parameters: RopeParametersSchema,
		embeddings_scale_by_sqrt_dim: z.boolean().default(true),
		hidden_activation: z.literal("gelu_pytorch_tanh").nullish(),
		attention_bias: z.literal(false).default(false),
		block_types: blockTypes.optional(),
		_block_types: blockTypes.optional(),
	})
	.transform((raw) => {
		const pattern = raw.block_types ?? raw._block_types ?? ["recurrent", "recurrent", "attention"];
		const headSize = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads;
		return {
			vocab: raw.vocab_size,
			width: raw.hidden_size,
			heads: raw.num_attention_heads,
			headSize,
			rotated: headSize * (raw.rope_parameters?.partial_rotary_factor ?? raw.partial_rotary_factor),
			theta: raw.rope_parameters?.rope_theta ?? raw.rope_theta,
			lruWidth: raw.lru_width ?? raw.hidden_size,
			/** As published, `intermediate_size` counts gate and up together. */
			mlpWidth: raw.intermediate_size / 2,
			window: raw.attention_window_size,
			taps: raw.conv1d_width,
			cap: raw.logits_soft_cap ?? 0,
			epsilon: raw.rms_norm_eps,
			scaleEmbeddings: raw.embeddings_scale_by_sqrt_dim,
			blocks: Array.from({ length: raw.num_hidden_layers }, (_, i) => pattern[i % pattern.length]!),
		};
	})
	.superRefine(({ heads, headSize, lruWidth, rotated, blocks }, context) => {
		const reject = (path: string, message: string): void => {
			context.addIssue({ code: "custom", path: [path], message });
		};
		if (blocks.includes("recurrent") && lruWidth % heads !== 0)
			reject("lru_width", "must be a multiple of num_attention_heads");
		if (!blocks.includes("attention")) return; // heads are then the blocks of the gates alone
		if (!Number.isInteger(headSize)) reject("hidden_size", "must be a multiple of num_attention_heads");
		if (!Number.isInteger(rotated / 2)) reject("partial_rotary_factor", "must leave an even number of rotated values");
	});

type Config = z.output<typeof ConfigSchema>;

/** The registry's entry. */
export const recurrentGemma: Architecture = defineArchitecture<Config>("recurrent_gemma", ConfigSchema, (config) => ({
	vocabSize: config.vocab,
	hiddenSize: config.width,
	layers: config.blocks.length,
	layout: "rows",
	keyValues: [],
	caches: config.blocks.flatMap((_, layer) => cachesOf(config, layer)),
	build: (source, options) => buildGraph(config, source, options),
}));

/** A recurrent block carries h and the last inputs of its convolution, an attention block keys and values. */
function cachesOf(config: Config, layer: number): CacheSpec[] {
	const name = (kind: string): Pick<CacheSpec, "input" | "output" | "dtype"> => {
		const path = `layers.${layer}.${kind}`;
		return { input: `past.${path}`, output: `present.${path}`, dtype: "float32" };
	};
	if (config.blocks[layer] === "recurrent") {
		const state: CacheSpec = { ...name("state"), shape: ["batch", config.lruWidth] };
		if (config.taps === 1) return [state]; // such a convolution looks at no earlier input
		return [state, { ...name("conv"), shape: ["batch", config.taps - 1, config.lruWidth] }];
	}
	const shape = ["batch", "past", config.headSize] as const;
	return ["keys", "values"].map((kind) => ({ ...name(kind), shape, maxPast: config.window }));
}

/** What all blocks of a graph share. */
interface Context {
	readonly config: Config;
	readonly positions: Value;
	/** float32 [batch, seq, 1], added to log a: 0, but at the first token of a document so low that a is 0. */
	readonly reset: Value;
	/** float32 [batch, seq, 1] per tap before the last: 1 where its token is of the same document. */
	readonly sameDocument: readonly Value[];
	readonly angles: { readonly cos: Value; readonly sin: Value } | undefined;
	readonly window: Window | undefined;
}

function buildGraph(config: Config, source: WeightSource, options: BuildOptions): Graph {
	const g = createGraph(options.outputs);
	const ids = g.input("input_ids", "int64", ["batch", "seq"]);
	const positions = g.input("positions", "int64", ["batch", "seq"]);
	const caches = config.blocks.map((_, layer) =>
		cachesOf(config, layer).map((cache) => g.input(cache.input, cache.dtype, cache.shape)),
	);
	const context = createContext(g.scope("inputs"), config, { positions, caches });
	const p = createParameters(source, options.weights).at("model");
	const table = { name: "embed_tokens.weight", vocab: config.vocab, width: config.width };
	const multiplier = config.scaleEmbeddings ? roundToBfloat16(Math.sqrt(config.width)) : 1;

	let h = embed(g.scope("embed"), p, ids, { ...table, multiplier }); // [batch, seq, width]
	const hidden = [h];
	for (const layer of config.blocks.keys()) {
		const block = residualBlock(g.scope(`layers.${layer}`), p.at(`layers.${layer}`), h, {
			context,
			layer,
			past: caches[layer]!,
		});
		for (const [i, cache] of cachesOf(config, layer).entries()) g.output(cache.output, block.present[i]!);
		h = block.y;
		hidden.push(h);
	}
	const normed = rmsNorm(g.scope("final_norm"), p, h, { name: "final_norm", epsilon: config.epsilon });
	if (options.outputs === "heads") addHeads(g, createParameters(source, "f32"), normed, options.heads?.rows ?? 0);
	else addReadout(g, p, { normed, hidden, table, cap: config.cap });
	return g;
}

function createContext(
	g: Graph,
	config: Config,
	{ positions, caches }: { positions: Value; caches: readonly (readonly Value[])[] },
): Context {
	const attention = config.blocks.indexOf("attention");
	const last = unsqueeze(g, positions, -1); // [batch, seq, 1]
	const distances = Array.from({ length: config.taps - 1 }, (_, k) => config.taps - 1 - k);
	return {
		config,
		positions,
		reset: mul(g, cast(g, equal(g, last, int64s(g, [0])), "float32"), scalar(g, -1e4)),
		sameDocument: distances.map((distance) => cast(g, greaterOrEqual(g, last, int64s(g, [distance])), "float32")),
		angles: attention < 0 ? undefined : rotaryAngles(g, positions, config),
		window:
			attention < 0
				? undefined
				: localWindow(g, { positions, past: caches[attention]![0]!, window: config.window, heads: config.heads }),
	};
}

interface BlockInput {
	readonly context: Context;
	readonly layer: number;
	/** The block's caches, in the order of {@link cachesOf}. */
	readonly past: readonly Value[];
}

interface BlockOutput {
	readonly y: Value;
	readonly present: readonly Value[];
}

/** r = h + Temporal(RMS(h)); h' = r + MLP(RMS(r)). Section 2.1. */
function residualBlock(g: Graph, p: Parameters, h: Value, input: BlockInput): BlockOutput {
	const { epsilon, blocks, mlpWidth } = input.context.config;
	const type = blocks[input.layer]!;
	const temporal = type === "recurrent" ? recurrentBlock : attentionBlock;
	const x = rmsNorm(g, p, h, { name: "temporal_pre_norm", epsilon });
	const { y, present } = temporal(g.scope(type), p.at("temporal_block"), x, input);
	const r = add(g, h, y);
	const mlpInput = rmsNorm(g, p, r, { name: "channel_pre_norm", epsilon });
	const mlp = gatedMlp(g.scope("mlp"), p.at("mlp_block"), mlpInput, { width: mlpWidth, bias: true });
	return { y: add(g, r, mlp), present };
}

/** out(RG-LRU(conv(W_x x)) · gelu(W_y x)). Section 2.3. */
function recurrentBlock(g: Graph, p: Parameters, x: Value, { context, past }: BlockInput): BlockOutput {
	const { lruWidth, width } = context.config;
	const [state, lastInputs] = past as [Value, Value | undefined];
	const layers = ["linear_y", "linear_x"].map((name) => ({ name, outputs: lruWidth }));
	const [gate, input] = project(g, p, x, layers); // [batch, seq, lru_width] each
	const u = add(g, input!, biasOf(g, p, layers[1]!));
	const c = convolution(g.scope("conv"), p.at("conv_1d"), u, { context, past: lastInputs });
	const h = rgLru(g.scope("rg_lru"), p.at("rg_lru"), c.y, { context, state });
	const opened = gelu(g, gate!, biasOf(g, p, layers[0]!));
	const y = linear(g, p, mul(g, h.states, opened), { name: "linear_out", outputs: width });
	return { y, present: [h.last, ...c.present] };
}

/** c_t = b + Σ_k w_k · u_{t-3+k}, k = 0..3; the inputs of another document count as zeros. */
function convolution(
	g: Graph,
	p: Parameters,
	u: Value,
	{ context, past }: { context: Context; past: Value | undefined },
): { y: Value; present: readonly Value[] } {
	const { taps, lruWidth } = context.config;
	const inputs = past === undefined ? u : concat(g, [past, u], 1); // [batch, taps - 1 + seq, lru_width]
	const column = (w: Float32Array, k: number): Float32Array => w.filter((_, at) => at % taps === k);
	const weights = p.derive(g, {
		from: [{ name: "weight", shape: [lruWidth, 1, taps] }],
		to: Array.from({ length: taps }, (_, k) => ({ name: `weight:${k}`, dtype: "float32", shape: [lruWidth] })),
		compute: ([w]) => Array.from({ length: taps }, (_, k) => column(w!, k)),
	});
	const terms = weights.map((weight, k) => {
		const same = context.sameDocument[k];
		if (same === undefined) return mul(g, u, weight);
		const earlier = slice(g, inputs, { axis: 1, start: k, end: k + 1 - taps, size: "seq" });
		return mul(g, mul(g, earlier, same), weight);
	});
	const bias = toValue(g, p, { name: "bias", shape: [lruWidth] });
	const y = terms.reduce((sum, term) => add(g, sum, term), bias);
	if (past === undefined) return { y, present: [] };
	return { y, present: [slice(g, inputs, { axis: 1, start: 1 - taps, size: taps - 1 })] };
}

/**
 * r_t = σ(W_a c_t + b_a), i_t = σ(W_i c_t + b_i), log a_t = -8 softplus(Λ) r_t,
 * h_t = a_t h_{t-1} + sqrt(1 - a_t²) (i_t c_t). Section 2.4. At position 0 a_t is 0, so h_t = i_t c_t.
 */
function rgLru(
	g: Graph,
	p: Parameters,
	c: Value,
	{ context, state }: { context: Context; state: Value },
): { states: Value; last: Value } {
	const { lruWidth } = context.config;
	const [i, shut] = recurrenceGates(g, p, c, context.config);
	const decay = toValue(g, p, { name: "recurrent_param", shape: [lruWidth] }, { name: "decay", map: toDecay });
	const logA = add(g, div(g, decay, add(g, shut, scalar(g, 1))), context.reset); // [batch, seq, lru_width]
	const a = exp(g, logA);
	const squared = mul(g, a, a);
	// 1 - a² = -tanh(log a) (1 + a²) is no difference of two numbers near 1; quantized weights are off by more than that costs
	const rest = p.kind === "f32" ? mul(g, tanh(g, logA), sub(g, scalar(g, -1), squared)) : sub(g, scalar(g, 1), squared);
	const b = mul(g, sqrt(g, rest), mul(g, i, c));
	return scan(g, {
		state,
		sequences: [a, b],
		axis: 1,
		step: (body, h, [at, bt]) => add(body, mul(body, at!, h), bt!),
	});
}

/** -8 softplus(Λ): log a of a fully open gate. */
function toDecay(lambda: number): number {
	return -8 * (Math.max(lambda, 0) + Math.log1p(Math.exp(-Math.abs(lambda))));
}

/**
 * Block-diagonal gates: each head's share of c times its own matrices, input gate and recurrence gate at once. Gives i_t and
 * 1 / r_t - 1 = e^-x: the runtime's sigmoid is exact to 1e-7 of 1, which for an r_t near 0 can be far from exact to 1e-7 of r_t,
 * and sqrt(1 - a_t²) takes its root.
 */
function recurrenceGates(g: Graph, p: Parameters, c: Value, { heads, lruWidth }: Config): [Value, Value] {
	const share = lruWidth / heads;
	const gates = ["input_gate", "recurrent_gate"];
	const matrices = p.derive(g, {
		from: gates.map((gate) => ({ name: `${gate}_weight`, shape: [heads, share, share] })),
		to: Array.from({ length: heads }, (_, head) => ({
			name: `gates_weight:${head}`,
			dtype: "float32" as const,
			shape: [share, 2 * share],
		})),
		compute: (values) => {
			const signed = withSecondNegated(values);
			return Array.from({ length: heads }, (_, head) => besideEachOther(signed, head, share));
		},
	});
	const [bias] = p.derive(g, {
		from: gates.map((gate) => ({ name: `${gate}_bias`, shape: [heads, share] })),
		to: [{ name: "gates_bias", dtype: "float32", shape: [2 * lruWidth] }],
		compute: (values) => {
			const signed = withSecondNegated(values);
			const from = (at: number): number => Math.floor(at / (2 * share)) * share + (at % share);
			return [Float32Array.from({ length: 2 * lruWidth }, (_, at) => signed[Math.floor(at / share) % 2]![from(at)]!)];
		},
	});
	const shares = split(
		g,
		c,
		Array.from({ length: heads }, () => share),
		-1,
	);
	const products = concat(
		g,
		shares.map((part, head) => matMul(g, part, matrices[head]!)),
		-1,
	);
	const apart = reshape(g, add(g, products, bias!), [c.shape[0]!, c.shape[1]!, heads, 2, share]);
	const [i, r] = split(g, apart, [1, 1], 3);
	return [sigmoid(g, reshape(g, i!, c.shape)), exp(g, reshape(g, r!, c.shape))];
}

function withSecondNegated([first, second]: readonly Float32Array[]): Float32Array[] {
	return [first!, second!.map((value) => -value)];
}

/** The matrices [share, share] of one head in each of the tensors, columns side by side. */
function besideEachOther(tensors: readonly Float32Array[], head: number, share: number): Float32Array {
	const out = new Float32Array(share * share * tensors.length);
	for (const [t, tensor] of tensors.entries()) {
		for (let row = 0; row < share; row++) {
			const from = (head * share + row) * share;
			out.set(tensor.subarray(from, from + share), (row * tensors.length + t) * share);
		}
	}
	return out;
}

/** Local multi-query attention with rotary embedding on a part of each head. Section 2.3. */
function attentionBlock(g: Graph, p: Parameters, x: Value, { context, past }: BlockInput): BlockOutput {
	const { heads, headSize, rotated, width, window } = context.config;
	const [pastKeys, pastValues] = past as [Value, Value];
	const [q0, k0, v0] = [heads, 1, 1].map((n, i) => ({ name: `${"qkv"[i]}_proj`, outputs: n * headSize }));
	const qkv = projectTogether(g, p, x, [q0!, k0!, v0!]);
	const [qk, v] = split(g, qkv, [(heads + 1) * headSize, headSize], -1) as [Value, Value];
	const turned = rotaryEmbedding(g, { x: qk, heads: heads + 1, rotated, ...context.angles! });
	const [q, k] = split(g, turned, [heads * headSize, headSize], -1) as [Value, Value];
	const keys = concat(g, [pastKeys, k], 1); // [batch, past+seq, head_dim]
	const values = concat(g, [pastValues, v], 1);
	const attended = localAttention(g, { queries: q, keys, values, heads, window: context.window! });
	const present = [keys, values].map((all) => slice(g, all, { axis: 1, start: -window, size: "present" }));
	return { y: linear(g, p, attended, { name: "o_proj", outputs: width }), present };
}
