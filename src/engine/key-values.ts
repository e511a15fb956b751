/**
 * Keys and values of one text in the slots layout, in buffers that grow ahead of it. Caches are views of such buffers:
 * a longer view is written behind a shorter one, so appending, truncating and forking copy nothing; only the second of two
 * texts that continue the same view gets buffers of its own. Layers with a window keep it and some slack, in a ring.
 */
import type { KeyValueSpec } from "../architectures/index.ts";
import type { Caches } from "./graph-runner.ts";
import type { CacheArrays } from "./protocol.ts";

/** Steps that a ring keeps beyond its window: how far back a full one can be truncated, or forked without a copy. */
export const RING_SLACK = 256;
/** The step of an entry that holds nothing: later than every step, so that no query sees it. */
export const UNUSED = 0x7fffffff;

/** A view of a text's first `tokens` steps. */
export interface KeyValues extends Caches {
	readonly store: KeyValueStore;
}

/** Layers with the same window share a ring's geometry. */
interface Ring {
	readonly window: number | undefined;
	/** Entries at most; step s lies in entry s mod limit. */
	readonly limit: number;
	capacity: number;
	/** Step of each entry. */
	steps: Int32Array;
	/** The first step that was never overwritten. */
	first: number;
}

/** One layer's buffers, [heads, capacity, size]. */
export interface LayerBuffers {
	readonly spec: KeyValueSpec;
	keys: Float32Array;
	values: Float32Array;
}

/** New keys and values of a layer, [heads, all tokens of a run, size], of which `from` ... are this text's. */
export interface NewSteps {
	readonly keys: Float32Array;
	readonly values: Float32Array;
	readonly from: number;
	readonly of: number;
}

/** Bytes that a text of so many tokens takes at most. */
export function keyValueBytes(specs: readonly KeyValueSpec[], tokens: number): number {
	const entry = ({ heads, size }: KeyValueSpec): number => 2 * 4 * heads * size;
	return specs.reduce((sum, spec) => sum + entry(spec) * capacityFor(tokens, limitOf(spec.window)), 0);
}

function limitOf(window: number | undefined): number {
	return window === undefined ? Number.POSITIVE_INFINITY : window + RING_SLACK;
}

/** Room for an eighth more than is needed: growing costs a copy, and scores are computed for unused entries too. */
function capacityFor(tokens: number, limit: number): number {
	return Math.min(limit, Math.ceil((tokens * 1.125) / 32) * 32);
}

/** The buffers behind a family of views. */
export class KeyValueStore {
	readonly layers: readonly LayerBuffers[];
	readonly #rings: ReadonlyMap<number | undefined, Ring>;
	readonly #views = new Set<KeyValues>();
	/** Steps written; entries of later ones are unused. */
	#written = 0;

	constructor(specs: readonly KeyValueSpec[]) {
		const windows = new Set(specs.map(({ window }) => window));
		this.#rings = new Map(
			[...windows].map((window) => [
				window,
				{ window, limit: limitOf(window), capacity: 0, steps: new Int32Array(), first: 0 },
			]),
		);
		this.layers = specs.map((spec) => ({ spec, keys: new Float32Array(), values: new Float32Array() }));
	}

	get bytes(): number {
		return this.layers.reduce((sum, { keys, values }) => sum + keys.byteLength + values.byteLength, 0);
	}

	/** Entries per layer with this window. */
	capacity(window: number | undefined): number {
		return this.#rings.get(window)!.capacity;
	}

	/** The step of every entry as the view of the first `tokens` steps sees it. */
	stepsOf(window: number | undefined, tokens: number): Int32Array {
		const { steps } = this.#rings.get(window)!;
		return tokens >= this.#written ? steps : steps.map((step) => (step < tokens ? step : UNUSED));
	}

	/** A view of the first `tokens` steps, or undefined where a ring has dropped some that it would see. */
	view(tokens: number): KeyValues | undefined {
		if (tokens > this.#written || !this.#holds(tokens, this.#written)) return undefined;
		const view: KeyValues = { store: this, tokens, bytes: this.bytes };
		this.#views.add(view);
		return view;
	}

	/** Ends a view; where only much shorter ones are left, gives back what it took: a beginning outlives the texts read behind it. */
	release(view: KeyValues): void {
		if (!this.#views.delete(view) || this.#views.size === 0) return;
		const tokens = Math.max(...[...this.#views].map((other) => other.tokens));
		for (const ring of this.#rings.values()) {
			const capacity = capacityFor(tokens, ring.limit);
			if (ring.first > 0 || ring.capacity <= 2 * capacity || this.#written > ring.limit) continue;
			this.#forgetFrom(tokens);
			this.#resize(ring, capacity);
		}
	}

	/** The view after `count` more steps; this store's own where no other view is in the way, else a copy's. */
	append(from: KeyValues, count: number, stepsOfLayer: (layer: number) => NewSteps): KeyValues {
		const end = from.tokens + count;
		const others = [...this.#views].filter((view) => view !== from);
		const isFree = others.every(({ tokens }) => tokens <= from.tokens && this.#holds(tokens, end));
		if (!isFree) return this.#copy(from.tokens).append({ ...from }, count, stepsOfLayer);
		this.#forgetFrom(from.tokens);
		this.#reserve(end);
		for (const [index, layer] of this.layers.entries()) this.#write(layer, from.tokens, count, stepsOfLayer(index));
		for (const ring of this.#rings.values()) {
			for (let step = Math.max(from.tokens, end - ring.limit); step < end; step++) ring.steps[step % ring.limit] = step;
		}
		this.#written = end;
		return this.view(end)!;
	}

	/** What a view holds: per layer, its last steps in order. */
	export(view: KeyValues): CacheArrays {
		const arrays: Record<string, Float32Array> = {};
		for (const layer of this.layers) {
			const { heads, size, name, window } = layer.spec;
			const { limit, capacity } = this.#rings.get(window)!;
			const held = Math.min(view.tokens, window ?? view.tokens);
			for (const kind of ["keys", "values"] as const) {
				const out = new Float32Array(heads * held * size);
				for (let head = 0; head < heads; head++) {
					for (let i = 0; i < held; i++) {
						const at = (head * capacity + ((view.tokens - held + i) % limit)) * size;
						out.set(layer[kind].subarray(at, at + size), (head * held + i) * size);
					}
				}
				arrays[`${name}.${kind}`] = out;
			}
		}
		return arrays;
	}

	/** Makes this empty store hold what a view exported: per layer, its last steps in order. */
	restore(tokens: number, stepsOfLayer: (layer: number) => NewSteps): KeyValues {
		this.#reserve(tokens);
		for (const [index, layer] of this.layers.entries()) {
			const fresh = stepsOfLayer(index);
			this.#write(layer, tokens - fresh.of, fresh.of, fresh);
		}
		for (const ring of this.#rings.values()) {
			ring.first = Math.max(0, tokens - (ring.window ?? tokens));
			for (let step = ring.first; step < tokens; step++) ring.steps[step % ring.limit] = step;
		}
		this.#written = tokens;
		return this.view(tokens)!;
	}

	/** Whether all that `tokens` steps see is still there once `written` steps are written. */
	#holds(tokens: number, written: number): boolean {
		return [...this.#rings.values()].every(
			({ window, limit, first }) => Math.max(first, written - limit) <= Math.max(0, tokens - (window ?? tokens)),
		);
	}

	#forgetFrom(tokens: number): void {
		for (const ring of this.#rings.values()) {
			const { steps, limit } = ring;
			ring.first = Math.max(ring.first, this.#written - limit);
			for (let i = 0; i < steps.length; i++) if (steps[i]! >= tokens) steps[i] = UNUSED;
		}
		this.#written = Math.min(this.#written, tokens);
	}

	#reserve(tokens: number): void {
		for (const ring of this.#rings.values()) {
			if (Math.min(tokens, ring.limit) > ring.capacity) this.#resize(ring, capacityFor(tokens, ring.limit));
		}
	}

	#resize(ring: Ring, capacity: number): void {
		const before = ring.capacity;
		const steps = new Int32Array(capacity).fill(UNUSED);
		steps.set(ring.steps.subarray(0, capacity));
		ring.steps = steps;
		ring.capacity = capacity;
		for (const layer of this.layers) {
			if (layer.spec.window !== ring.window) continue;
			layer.keys = resized(layer.keys, layer.spec, before, capacity);
			layer.values = resized(layer.values, layer.spec, before, capacity);
		}
	}

	#write({ spec, keys, values }: LayerBuffers, start: number, count: number, fresh: NewSteps): void {
		const { heads, size, window } = spec;
		const { limit, capacity } = this.#rings.get(window)!;
		const skipped = Math.max(0, count - limit);
		for (let at = skipped; at < count; ) {
			const entry = (start + at) % limit;
			const run = Math.min(count - at, capacity - entry);
			for (let head = 0; head < heads; head++) {
				const source = (head * fresh.of + fresh.from + at) * size;
				const target = (head * capacity + entry) * size;
				keys.set(fresh.keys.subarray(source, source + run * size), target);
				values.set(fresh.values.subarray(source, source + run * size), target);
			}
			at += run;
		}
	}

	#copy(tokens: number): KeyValueStore {
		const copy = new KeyValueStore(this.layers.map(({ spec }) => spec));
		for (const [window, ring] of this.#rings) {
			const mine = copy.#rings.get(window)!;
			mine.capacity = ring.capacity;
			mine.steps = ring.steps.slice();
			mine.first = ring.first;
		}
		for (const [index, layer] of copy.layers.entries()) {
			layer.keys = this.layers[index]!.keys.slice();
			layer.values = this.layers[index]!.values.slice();
		}
		copy.#written = this.#written;
		copy.#forgetFrom(tokens);
		return copy;
	}
}

/** Caches out of what {@link KeyValueStore.export} gave. Throws where an array is missing or has another size. */
export function importKeyValues(specs: readonly KeyValueSpec[], arrays: CacheArrays, tokens: number): KeyValues {
	const store = new KeyValueStore(specs);
	const held = (window: number | undefined): number => Math.min(tokens, window ?? tokens);
	const read = ({ name, heads, size, window }: KeyValueSpec, kind: "keys" | "values"): Float32Array => {
		const values = arrays[`${name}.${kind}`];
		if (values?.length !== heads * held(window) * size)
			throw new Error(`${name}.${kind} is missing or of another size`);
		return values;
	};
	return store.restore(tokens, (layer) => {
		const { spec } = store.layers[layer]!;
		return { keys: read(spec, "keys"), values: read(spec, "values"), from: 0, of: held(spec.window) };
	});
}

/** The same entries with more room, or the first ones with less. */
function resized(buffer: Float32Array, { heads, size }: KeyValueSpec, before: number, capacity: number): Float32Array {
	const fresh = new Float32Array(heads * capacity * size);
	const kept = Math.min(before, capacity) * size;
	for (let head = 0; head < heads; head++) {
		const from = head * before * size;
		fresh.set(buffer.subarray(from, from + kept), head * capacity * size);
	}
	return fresh;
}
