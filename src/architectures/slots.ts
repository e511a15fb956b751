/**
 * Attention over the slots layout (architecture.ts): the tokens of several texts lie one after another in one row, so that
 * all products with weights are made at once, and each text's queries meet their own keys. Keys and values of earlier
 * steps are read where they lie and never copied: scores of old and new keys are joined instead of the keys.
 */
import {
	add,
	and,
	concat,
	type Graph,
	greaterOrEqual,
	int64s,
	lessOrEqual,
	matMul,
	matMulTransposed,
	min,
	mul,
	range,
	reshape,
	type Shape,
	sizeOf,
	softmax,
	splitAt,
	squeeze,
	sub,
	tanh,
	transpose,
	unsqueeze,
	type Value,
	where,
} from "../onnx/index.ts";
import type { KeyValueSpec } from "./architecture.ts";
import { scalar } from "./linear.ts";

/** Inputs that all layers share. */
export interface Slots {
	readonly count: number;
	/** int64 [slots]: tokens of each slot in this run; undefined for a single slot, which has them all. */
	readonly tokens: Value | undefined;
	/** By window ("all" for none), then slot: added to the scores [tokens, past + tokens]; 0 where the key is visible. */
	readonly bias: ReadonlyMap<string, readonly Value[]>;
}

const HIDDEN = -1e30;

/** The key of a window in names of inputs. */
export function windowName(window: number | undefined): string {
	return window === undefined ? "all" : String(window);
}

/**
 * Declares `slot_tokens` (for several), `start.<slot>` (int64 [1], the step of the slot's first token) and `index.<window>.<slot>`.
 * A token at step i and position p of its document sees the steps i - min(window - 1, p) ... i.
 */
export function createSlots(
	g: Graph,
	{ positions, count, keyValues }: { positions: Value; count: number; keyValues: readonly KeyValueSpec[] },
): Slots {
	const tokens = count === 1 ? undefined : g.input("slot_tokens", "int64", [count]);
	const windows = new Map(keyValues.map(({ window }) => [windowName(window), window]));
	const names = slotDims(count);
	const places = parts(g, reshape(g, positions, ["tokens"]), { tokens, count, axis: 0 });
	const bias = new Map([...windows.keys()].map((name) => [name, [] as Value[]]));
	for (const [slot, position] of places.entries()) {
		const start = g.input(`start.${slot}`, "int64", [1]);
		const steps = add(g, range(g, squeeze(g, sizeOf(g, position, 0), 0), names[slot]!), start); // [tokens]
		for (const [name, window] of windows) {
			const past = g.input(`index.${name}.${slot}`, "int64", [`past.${name}.${slot}`]);
			const reach = window === undefined ? position : min(g, position, int64s(g, [window - 1]));
			const oldest = unsqueeze(g, sub(g, steps, reach), -1); // [tokens, 1]
			const keys = concat(g, [past, steps], 0); // [past + tokens]
			const visible = and(g, greaterOrEqual(g, keys, oldest), lessOrEqual(g, keys, unsqueeze(g, steps, -1)));
			bias.get(name)!.push(where(g, visible, scalar(g, 0), scalar(g, HIDDEN)));
		}
	}
	return { count, tokens, bias };
}

/** Queries, keys and values of the run's tokens, rotated where they should be. */
export interface SlotAttention {
	/** [1, tokens, heads · size]. */
	readonly queries: Value;
	/** [1, tokens, keyHeads · size] each. */
	readonly keys: Value;
	readonly values: Value;
	readonly spec: KeyValueSpec;
	/** What queries are multiplied by. */
	readonly scale: number;
	/** Scores are cap · tanh(s / cap); 0 for none. */
	readonly cap: number;
}

/**
 * softmax(cap(q kᵀ · scale) + bias) v: [1, tokens, heads · size]; key head j serves the query heads j · r ... j · r + r - 1.
 * Declares the layer's caches.
 */
export function attendInSlots(g: Graph, slots: Slots, attention: SlotAttention): Value {
	const { queries, keys, values, spec, scale, cap } = attention;
	const { heads, size, name, window } = spec;
	const width = Number(queries.shape[2]);
	const shared = width / size / heads;
	const apart = (x: Value, each: number): Value =>
		transpose(g, reshape(g, x, ["tokens", heads, each, size]), [1, 2, 0, 3]); // [heads, each, tokens, size]
	const [q, k, v] = [apart(queries, shared), apart(keys, 1), apart(values, 1)];
	g.output(`present.${name}.keys`, k);
	g.output(`present.${name}.values`, v);
	const [qs, ks, vs] = [q, k, v].map((x) => parts(g, x, { ...slots, axis: 2 })) as [Value[], Value[], Value[]];
	const attended = qs.map((query, slot) => {
		const shape: Shape = [heads, 1, `past.${windowName(window)}.${slot}`, size];
		const pastKeys = g.input(`past.${name}.keys.${slot}`, "float32", shape);
		const pastValues = g.input(`past.${name}.values.${slot}`, "float32", shape);
		const alpha = cap === 0 ? scale : scale / cap;
		const old = matMulTransposed(g, query, pastKeys, alpha); // [heads, shared, tokens, past]
		const fresh = matMulTransposed(g, query, ks[slot]!, alpha); // [heads, shared, tokens, tokens]
		const scores = concat(g, [old, fresh], 3);
		const capped = cap === 0 ? scores : mul(g, tanh(g, scores), scalar(g, cap));
		const weights = softmax(g, add(g, capped, slots.bias.get(windowName(window))![slot]!));
		const sizes = concat(g, [sizeOf(g, pastKeys, 2), sizeOf(g, query, 2)], 0);
		const [toOld, toFresh] = splitAt(g, weights, { sizes, axis: 3, dims: [shape[2]!, query.shape[2]!] });
		return add(g, matMul(g, toOld!, pastValues), matMul(g, toFresh!, vs[slot]!)); // [heads, shared, tokens, size]
	});
	const joined = slots.count === 1 ? attended[0]! : concat(g, attended, 2);
	return reshape(g, transpose(g, joined, [2, 0, 1, 3]), [1, "seq", width]);
}

/** The parts of x that belong to each slot, along its axis of tokens. */
function parts(
	g: Graph,
	x: Value,
	{ tokens, count, axis }: { tokens: Value | undefined; count: number; axis: number },
): readonly Value[] {
	return tokens === undefined ? [x] : splitAt(g, x, { sizes: tokens, axis, dims: slotDims(count) });
}

function slotDims(count: number): readonly string[] {
	return count === 1 ? ["tokens"] : Array.from({ length: count }, (_, slot) => `tokens.${slot}`);
}
