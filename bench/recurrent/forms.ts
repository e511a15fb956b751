/**
 * The recurrence h_t = a_t h_{t-1} + b_t of RG-LRU (arXiv:2402.19427, section 2.4) out of log a and b, in every form that
 * ONNX Runtime can run, and as a loop. All give every state and the last one. float32 [1, time, width].
 */
import {
	add,
	concat,
	createGraph,
	exp,
	type Graph,
	int64s,
	mul,
	pad,
	reshape,
	scan,
	slice,
	unsqueeze,
	type Value,
} from "../../src/onnx/index.ts";
import { createNormal, createRandom } from "../engine/random.ts";

/** The recurrence's operands. */
export interface Operands {
	readonly logA: Float32Array;
	readonly b: Float32Array;
	/** The state before the first step, [width]. */
	readonly state: Float32Array;
}

/** The same operands in a graph under construction; `ones` is [1, time, width]. */
interface Inputs {
	readonly logA: Value;
	readonly b: Value;
	readonly state: Value;
	readonly ones: Value;
	readonly time: number;
	readonly width: number;
}

type Build = (g: Graph, inputs: Inputs) => { states: Value; last: Value };

/** By name, in the order of tables; the first is the one that models run. */
export const FORMS: Readonly<Record<string, Build>> = {
	"Scan, a product and a sum per step": scanSteps,
	"LinearAttention, fused operator": linearAttention,
	"log-step scan, standard operators": logSteps,
};

/** The graph of one form; outputs `states` and `last`, inputs as in {@link Operands} and `ones`. */
export function buildForm(name: string, { time, width }: { time: number; width: number }): Graph {
	const g = createGraph("recurrence");
	const input = (of: string): Value => g.input(of, "float32", [1, time, width]);
	const state = g.input("state", "float32", [1, width]);
	const { states, last } = FORMS[name]!(g, {
		logA: input("logA"),
		b: input("b"),
		ones: input("ones"),
		state,
		time,
		width,
	});
	g.output("states", states);
	g.output("last", last);
	return g;
}

/** As in src/architectures/recurrent_gemma.ts. */
function scanSteps(g: Graph, { logA, b, state }: Inputs): { states: Value; last: Value } {
	const sequences = [exp(g, logA), b];
	return scan(g, {
		state,
		sequences,
		axis: 1,
		step: (body, h, [at, bt]) => add(body, mul(body, at!, h), bt!),
	});
}

/** Gated linear attention with a head per channel, one value wide, whose queries and keys are 1. */
function linearAttention(g: Graph, { logA, b, state, ones, width }: Inputs): { states: Value; last: Value } {
	const past = reshape(g, state, [1, width, 1, 1]);
	const [states, present] = g.node("LinearAttention", [ones, ones, b, past, logA], {
		domain: "com.microsoft",
		outputs: [b, past],
		attributes: {
			q_num_heads: { int: width },
			kv_num_heads: { int: width },
			update_rule: { string: "gated" },
			scale: { float: 1 },
		},
	});
	return { states: states!, last: reshape(g, present!, [1, width]) };
}

/**
 * Hillis and Steele, "Data Parallel Algorithms" (1986): after the step with distance d, b_t covers 2d steps and a_t is their
 * decay, 0 once b_t reaches back to the start, which is what the zeros shifted in say.
 */
function logSteps(g: Graph, { logA, b: inputs, state, time, width }: Inputs): { states: Value; last: Value } {
	const later = (x: Value, distance: number): Value => {
		const pads = int64s(g, [0, distance, 0, 0, -distance, 0]);
		return pad(g, x, { pads, value: 0, shape: x.shape });
	};
	const steps = (x: Value, start: number, end: number): Value =>
		slice(g, x, { axis: 1, start, end, size: end - start });
	let a = exp(g, logA);
	const first = add(g, steps(inputs, 0, 1), mul(g, steps(a, 0, 1), unsqueeze(g, state, 1)));
	let b = time === 1 ? first : concat(g, [first, steps(inputs, 1, time)], 1);
	for (let distance = 1; distance < time; distance *= 2) {
		b = add(g, b, mul(g, a, later(b, distance)));
		if (2 * distance < time) a = mul(g, a, later(a, distance));
	}
	return { states: b, last: reshape(g, steps(b, time - 1, time), [1, width]) };
}

/** What every form must give: all states, in double precision between steps. */
export function loop({ logA, b, state }: Operands): Float32Array {
	const width = state.length;
	const h = Float64Array.from(state);
	const states = new Float32Array(b.length);
	for (let from = 0; from < b.length; from += width) {
		for (let i = 0; i < width; i++) {
			h[i] = Math.exp(logA[from + i]!) * h[i]! + b[from + i]!;
			states[from + i] = h[i]!;
		}
	}
	return states;
}

/** Decays per step of e^-8 to almost 1, inputs of the size that keeps states near 1, as gates make them. */
export function toOperands({ time, width }: { time: number; width: number }): Operands {
	const random = createRandom(time);
	const normal = createNormal(time + 1);
	const logA = Float32Array.from({ length: time * width }, () => -8 * random() ** 4);
	const b = Float32Array.from(logA, (log) => Math.sqrt(1 - Math.exp(2 * log)) * normal());
	return { logA, b, state: Float32Array.from({ length: width }, () => normal()) };
}
