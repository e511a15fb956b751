/**
 * Blocks that architectures share: normalisation, gated MLP, rotary angles, local multi-query attention.
 * Values are [batch, seq, features] unless a comment says otherwise. Knows no member of the registry.
 */
import {
	add,
	and,
	cast,
	concat,
	cos,
	div,
	exp,
	type Graph,
	gelu,
	greaterOrEqual,
	int64s,
	lessOrEqual,
	matMul,
	matMulTransposed,
	max,
	min,
	mod,
	mul,
	pad,
	range,
	reduceMax,
	reshape,
	rmsNormalize,
	sin,
	sizeOf,
	slice,
	split,
	squeeze,
	sub,
	tanh,
	unsqueeze,
	type Value,
	where,
} from "../onnx/index.ts";
import { biasOf, linear, project, scalar } from "./linear.ts";
import { type Parameters, toValue } from "./parameters.ts";

/** x · rsqrt(mean(x²) + epsilon) · (1 + w), w the tensor `name.weight`. */
export function rmsNorm(
	g: Graph,
	p: Parameters,
	x: Value,
	{ name, epsilon }: { readonly name: string; readonly epsilon: number },
): Value {
	const weight = { name: `${name}.weight`, shape: [Number(x.shape.at(-1))] };
	const scale = toValue(g, p, weight, { name: `${name}.weight:1+`, map: (w) => 1 + w });
	return rmsNormalize(g, x, scale, epsilon);
}

/** down(gelu(gate(x)) · up(x)); `width` is that of gate and up. GeGLU (arXiv:2002.05202). */
export function gatedMlp(
	g: Graph,
	p: Parameters,
	x: Value,
	{ width, bias }: { readonly width: number; readonly bias: boolean },
): Value {
	const layers = ["gate_proj", "up_proj"].map((name) => ({ name, outputs: width }));
	const [gate, up] = project(g, p, x, layers); // [batch, seq, width] each
	const opened = gelu(g, gate!, bias ? biasOf(g, p, layers[0]!) : undefined);
	const raised = bias ? add(g, up!, biasOf(g, p, layers[1]!)) : up!;
	return linear(g, p, mul(g, opened, raised), { name: "down_proj", outputs: Number(x.shape.at(-1)), bias });
}

/** cap · tanh(x / cap). */
export function softCap(g: Graph, x: Value, cap: number): Value {
	return mul(g, tanh(g, div(g, x, scalar(g, cap))), scalar(g, cap));
}

/** Cosine and sine of position · theta^(-2i / rotated) for i < rotated / 2 (arXiv:2104.09864): [batch, seq, rotated / 2]. */
export function rotaryAngles(
	g: Graph,
	positions: Value,
	{ rotated, theta }: { rotated: number; theta: number },
): { cos: Value; sin: Value } {
	const rates = Float32Array.from({ length: rotated / 2 }, (_, i) => theta ** ((-2 * i) / rotated));
	const angles = mul(g, unsqueeze(g, cast(g, positions, "float32"), -1), g.constant(rates, [rates.length]));
	return { cos: cos(g, angles), sin: sin(g, angles) };
}

/** Which keys each query sees, and where the keys of this call lie; the same for all attention layers. */
export interface Window {
	/** Added to the scores [batch, seq, 1, keys]: 0 where the key is visible. */
	readonly bias: Value;
	/** Pads that move keys [batch, keys, size] to their place, and those that do so to values and add one column. */
	readonly keyPads: Value;
	readonly valuePads: Value;
	/** Runtime sizes of scores with the heads apart [batch, seq, heads, keys] and together [batch, seq · heads, keys]. */
	readonly apart: Value;
	readonly together: Value;
}

const HIDDEN = -1e30;
/** Matrix products sum this many terms at a time; keys at the same places in these runs give the same bits. */
const RUN = 128;

/**
 * A query at index i of the row and position p of its document sees the keys at i - min(window, p) ... i: itself and
 * `window` tokens before, none of another document. The keys are `past` cached ones, then those of this call; all are
 * moved behind padding so that the place of a key depends on its position alone, however the text was cut.
 */
export function localWindow(
	g: Graph,
	{ positions, past, window, heads }: { positions: Value; past: Value; window: number; heads: number },
): Window {
	const one = (value: number): Value => int64s(g, [value]);
	const pastLength = sizeOf(g, past, 1); // [1]
	const first = slice(g, slice(g, positions, { axis: 0, start: 0, end: 1, size: 1 }), {
		axis: 1,
		start: 0,
		end: 1,
		size: 1,
	});
	const front = mod(g, sub(g, squeeze(g, first, 0), pastLength), one(RUN)); // [1]
	const offset = add(g, front, pastLength);
	const total = add(g, offset, sizeOf(g, positions, 1));
	const queries = add(g, range(g, squeeze(g, sizeOf(g, positions, 1), 0), "seq"), offset); // [seq]
	const oldest = max(g, sub(g, queries, min(g, positions, one(window))), front); // [batch, seq]
	const keys = range(g, squeeze(g, total, 0), "keys"); // [keys]
	const visible = and(
		g,
		greaterOrEqual(g, keys, unsqueeze(g, oldest, -1)),
		lessOrEqual(g, keys, unsqueeze(g, queries, -1)),
	); // [batch, seq, keys]
	const bias = where(g, visible, scalar(g, 0), scalar(g, HIDDEN));
	return {
		bias: unsqueeze(g, bias, 2),
		keyPads: concat(g, [one(0), front, int64s(g, [0, 0, 0, 0])], 0),
		valuePads: concat(g, [one(0), front, int64s(g, [0, 0, 0, 1])], 0),
		apart: concat(g, [int64s(g, [0, -1, heads]), total], 0),
		together: concat(g, [int64s(g, [0, -1]), total], 0),
	};
}

/** Queries of several heads, keys and values of one. */
export interface LocalAttention {
	/** [batch, seq, heads · size], rotated. */
	readonly queries: Value;
	/** [batch, past+seq, size], rotated. */
	readonly keys: Value;
	/** [batch, past+seq, size]. */
	readonly values: Value;
	readonly heads: number;
	readonly window: Window;
}

/**
 * softmax(q kᵀ / sqrt(size)) v per head: [batch, seq, heads · size]. The heads of a token are rows of one product, since
 * they share keys and values; a column of ones beside the values sums the weights in the order of the keys.
 */
export function localAttention(g: Graph, { queries, keys, values, heads, window }: LocalAttention): Value {
	const size = Number(keys.shape[2]);
	const [batch, seq] = queries.shape as [string, string];
	const rows = `${seq}*${heads}`;
	const k = pad(g, keys, { pads: window.keyPads, value: 0, shape: [batch, "keys", size] });
	const v = pad(g, values, { pads: window.valuePads, value: 1, shape: [batch, "keys", size + 1] });
	const q = reshape(g, queries, [batch, rows, size]);
	const scores = reshape(g, matMulTransposed(g, q, k, size ** -0.5), [batch, seq, heads, "keys"], window.apart);
	const masked = add(g, scores, window.bias);
	const weights = exp(g, sub(g, masked, reduceMax(g, masked, -1))); // [batch, seq, heads, keys]
	const sums = matMul(g, reshape(g, weights, [batch, rows, "keys"], window.together), v); // [batch, rows, size + 1]
	const [weighted, total] = split(g, sums, [size, 1], -1);
	return reshape(g, div(g, weighted!, total!), [batch, seq, heads * size]);
}
