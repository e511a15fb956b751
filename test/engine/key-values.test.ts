import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../bench/engine/random.ts";
import type { KeyValueSpec } from "../../src/architectures/index.ts";
import {
	importKeyValues,
	KeyValueStore,
	type KeyValues,
	keyValueBytes,
	type NewSteps,
	RING_SLACK,
	UNUSED,
} from "../../src/engine/key-values.ts";

const SPECS: readonly KeyValueSpec[] = [
	{ name: "layers.0", heads: 2, size: 3, window: 40 },
	{ name: "layers.1", heads: 1, size: 2, window: undefined },
];

/** A text as the plain list of its steps: the number that stands for each one's keys; values are its negative. */
type Steps = readonly number[];

/** New steps as a run gives them, with steps of other texts of the same run around them. */
function newSteps(spec: KeyValueSpec, steps: Steps): NewSteps {
	const [from, of] = [2, steps.length + 5];
	const keys = new Float32Array(spec.heads * of * spec.size).fill(Number.NaN);
	for (let head = 0; head < spec.heads; head++)
		for (const [i, step] of steps.entries())
			for (let d = 0; d < spec.size; d++) keys[(head * of + from + i) * spec.size + d] = step + head / 4 + d / 16;
	return { keys, values: keys.map((value) => -value), from, of };
}

function append(view: KeyValues, steps: Steps): KeyValues {
	return view.store.append(view, steps.length, (layer) => newSteps(SPECS[layer]!, steps));
}

/** Asserts that a view sees exactly the steps of the list: all of them, or the last `window`. */
function assertHolds(view: KeyValues, text: Steps): void {
	assert.equal(view.tokens, text.length);
	for (const { spec, keys, values } of view.store.layers) {
		const steps = view.store.stepsOf(spec.window, view.tokens);
		const capacity = view.store.capacity(spec.window);
		const from = Math.max(0, text.length - (spec.window ?? text.length));
		for (let step = from; step < text.length; step++) {
			const entry = steps.indexOf(step);
			assert.ok(entry >= 0, `step ${step} of ${spec.name} is gone`);
			assert.equal(steps.lastIndexOf(step), entry);
			for (let head = 0; head < spec.heads; head++)
				for (let d = 0; d < spec.size; d++) {
					const at = (head * capacity + entry) * spec.size + d;
					assert.equal(keys[at], Math.fround(text[step]! + head / 4 + d / 16));
					assert.equal(values[at], -keys[at]!);
				}
		}
		for (const step of steps) assert.ok(step === UNUSED || step < text.length, "a later step is visible");
	}
}

test("any sequence of appends, forks and truncations leaves every view what a plain list of its steps says", () => {
	for (let seed = 0; seed < 20; seed++) {
		const random = createRandom(seed);
		const upTo = (n: number): number => Math.floor(random() * n);
		let next = 1;
		let texts: { view: KeyValues; steps: Steps }[] = [{ view: new KeyValueStore(SPECS).view(0)!, steps: [] }];
		for (let i = 0; i < 120; i++) {
			const text = texts[upTo(texts.length)]!;
			const action = random();
			if (action < 0.6) {
				const fresh = Array.from({ length: 1 + upTo(random() < 0.1 ? 400 : 20) }, () => next++);
				const view = append(text.view, fresh);
				text.view.store.release(text.view);
				Object.assign(text, { view, steps: [...text.steps, ...fresh] });
			} else if (action < 0.75) {
				const view = text.view.store.view(text.steps.length);
				if (view !== undefined) texts.push({ view, steps: text.steps });
			} else if (action < 0.9) {
				const length = text.steps.length - upTo(Math.min(text.steps.length, RING_SLACK + 60) + 1);
				const view = text.view.store.view(length);
				if (view === undefined) continue;
				text.view.store.release(text.view);
				Object.assign(text, { view, steps: text.steps.slice(0, length) });
			} else if (texts.length > 1) {
				text.view.store.release(text.view);
				texts = texts.filter((other) => other !== text);
			}
			for (const { view, steps } of texts) assertHolds(view, steps);
		}
	}
});

test("a full ring goes back as far as its slack and says so beyond that", () => {
	const window = SPECS[0]!.window!;
	const steps = Array.from({ length: 1000 }, (_, i) => i + 1);
	const view = append(new KeyValueStore(SPECS).view(0)!, steps);
	assertHolds(view.store.view(1000 - RING_SLACK)!, steps.slice(0, 1000 - RING_SLACK));
	assert.equal(view.store.view(1000 - RING_SLACK - 1), undefined);
	assert.ok(view.store.capacity(window) <= window + RING_SLACK);
});

test("the second text that goes on from a view gets buffers of its own, the first does not", () => {
	const root = append(new KeyValueStore(SPECS).view(0)!, [1, 2, 3]);
	const first = append(root, [4]);
	const second = append(root, [5]);
	assert.equal(first.store, root.store);
	assert.notEqual(second.store, root.store);
	for (const [view, steps] of [
		[root, [1, 2, 3]],
		[first, [1, 2, 3, 4]],
		[second, [1, 2, 3, 5]],
	] as const)
		assertHolds(view, steps);
});

test("what is exported and imported again is the same text and goes on the same way", () => {
	const steps = Array.from({ length: 700 }, (_, i) => i + 1);
	const view = append(new KeyValueStore(SPECS).view(0)!, steps);
	const restored = importKeyValues(SPECS, view.store.export(view), 700);
	assertHolds(restored, steps);
	assertHolds(append(restored, [9001, 9002]), [...steps, 9001, 9002]);
	const { "layers.1.keys": _, ...missing } = view.store.export(view);
	assert.throws(() => importKeyValues(SPECS, missing, 700), /layers\.1\.keys is missing/);
});

test("a beginning takes no more room than before once the longer texts read behind it are gone", () => {
	const steps = [1, 2, 3, 4, 5];
	const root = append(new KeyValueStore(SPECS).view(0)!, steps);
	const before = root.store.bytes;
	for (const length of [3000, 100, 2000]) {
		const longer = append(
			root,
			Array.from({ length }, (_, i) => 10 + i),
		);
		assertHolds(root, steps);
		assert.ok(longer.store.bytes > before);
		longer.store.release(longer);
		assertHolds(root, steps);
		if (root.store === longer.store && length < 250) assert.equal(root.store.bytes, before);
	}
	assertHolds(append(root, [77]), [...steps, 77]);
});

test("a text never takes more bytes than were announced for its length", () => {
	let view = new KeyValueStore(SPECS).view(0)!;
	for (let tokens = 1; tokens <= 1500; tokens += 7) {
		const grown = append(
			view,
			Array.from({ length: tokens - view.tokens }, (_, i) => i),
		);
		view.store.release(view);
		view = grown;
		assert.ok(view.store.bytes <= keyValueBytes(SPECS, view.tokens), `${view.store.bytes} bytes at ${tokens} tokens`);
	}
});
