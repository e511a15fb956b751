/**
 * Parity with Google DeepMind's own code on three tiny models. Tolerances are about five times the largest difference
 * between two independent references; int8 and int4 are bounded by what these random models measured.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { WEIGHT_KINDS } from "../../src/architectures/index.ts";
import { fixturePath, type Golden, type GoldenSequence, maxDifference, readGolden } from "../conformance/golden.ts";
import { type Caches, openRunner, type Runner, type RunResult } from "../conformance/runner.ts";

const LOGITS = { hawk: 5e-4, griffin: 5e-4, recurrentgemma: 8e-4 };
const HIDDEN = 3e-4;
const CACHES = 5e-5;
/** Root mean square error of the logits over their root mean square; measured: at most 0.063 and 0.383. */
const QUANTIZED = { q8: 0.09, q4: 0.5 };
const WINDOW = 16;

for (const [model, tolerance] of Object.entries(LOGITS)) {
	const golden = readGolden(model);
	const opening = openRunner(fixturePath(model), { outputs: "logits", weights: "f32" });
	after(async () => (await opening).close());

	test(`${model}: one prefill gives the reference's logits, hidden states and caches`, async () => {
		const runner = await opening;
		for (const sequence of golden.sequences) {
			const result = await runner.run([sequence.tokens]);
			assertLogits(golden, sequence, result.outputs.logits!, tolerance);
			if (sequence.hidden !== undefined) {
				const hidden = Array.from({ length: runner.plan.layers + 1 }, (_, i) => [...result.outputs[`hidden.${i}`]!]);
				assertClose(hidden.flat(), golden.read(sequence.hidden), HIDDEN, "hidden states");
			}
			if (sequence.cache !== undefined) assertCaches(golden, sequence, result.caches);
		}
	});

	for (const size of [1, 7]) {
		test(`${model}: ${size === 1 ? "token by token" : `chunks of ${size}`} give the same`, async () => {
			const runner = await opening;
			for (const sequence of golden.sequences) {
				const result = await runInChunks(runner, sequence.tokens, size);
				assertLogits(golden, sequence, result.outputs.logits!, tolerance);
				if (sequence.cache !== undefined) assertCaches(golden, sequence, result.caches);
			}
		});
	}

	test(`${model}: documents packed in one row do not leak into each other`, async () => {
		const { tokens, positions, logits } = golden.packed;
		const { outputs } = await (await opening).run([tokens], { positions: [positions] });
		assertClose(outputs.logits!, golden.read(logits), tolerance, "packed logits");
	});

	test(`${model}: greedy decoding continues every prompt as the reference does`, async () => {
		const runner = await opening;
		for (const { prompt, continuation } of golden.greedy) {
			assert.deepEqual(await decodeGreedily(runner, prompt, continuation.length), continuation);
		}
	});

	for (const weights of WEIGHT_KINDS.filter((kind) => kind !== "f32")) {
		test(`${model}: ${weights} stays within the stated share of the logits`, async () => {
			const runner = await openRunner(fixturePath(model), { outputs: "logits", weights });
			let error = 0;
			let power = 0;
			for (const sequence of golden.sequences) {
				const { logits } = (await runner.run([sequence.tokens])).outputs;
				const expected = golden.read(sequence.logits);
				const actual = logits!.subarray(sequence.logits_start * runner.plan.vocabSize);
				for (const [i, value] of expected.entries()) {
					error += (actual[i]! - value) ** 2;
					power += value ** 2;
				}
			}
			await runner.close();
			const share = Math.sqrt(error / power);
			assert.ok(share < QUANTIZED[weights], `${share} of the logits' root mean square`);
		});
	}
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
	const difference = maxDifference(actual, expected);
	assert.ok(difference <= tolerance, `${what}: ${difference} > ${tolerance}`);
}

function assertLogits(golden: Golden, sequence: GoldenSequence, logits: Float32Array, tolerance: number): void {
	const expected = golden.read(sequence.logits);
	const vocab = expected.length / (sequence.tokens.length - sequence.logits_start);
	assertClose(logits.subarray(sequence.logits_start * vocab), expected, tolerance, `${sequence.tokens.length} tokens`);
}

/** The reference keeps keys and values in a ring: position p lies in slot p mod W, slots never written hold zeros. */
function assertCaches(golden: Golden, sequence: GoldenSequence, caches: Caches): void {
	const names = { rg_lru_state: "state", conv1d_state: "conv", keys: "keys", values: "values" };
	const length = sequence.tokens.length;
	for (const [path, array] of Object.entries(sequence.cache!)) {
		const [, layer, kind] = /^blocks\.(\d+)\/(.+)$/.exec(path) as unknown as [string, string, string];
		if (kind === "num_tokens") continue;
		const { data, dims } = caches[`past.layers.${layer}.${names[kind as keyof typeof names]}`]!;
		let actual = data as Float32Array;
		if (kind === "keys" || kind === "values") {
			const size = dims[2]!;
			const ring = new Float32Array(WINDOW * size);
			for (let i = 0; i < dims[1]!; i++) {
				const position = length - dims[1]! + i;
				ring.set(actual.subarray(i * size, (i + 1) * size), (position % WINDOW) * size);
			}
			actual = ring;
		}
		assertClose(actual, golden.read(array), CACHES, `${path} after ${length} tokens`);
	}
}

async function runInChunks(runner: Runner, tokens: readonly number[], size: number): Promise<RunResult> {
	const logits: number[] = [];
	let caches = runner.freshCaches();
	for (let at = 0; at < tokens.length; at += size) {
		const result = await runner.run([tokens.slice(at, at + size)], { start: at, caches });
		logits.push(...result.outputs.logits!);
		caches = result.caches;
	}
	return { outputs: { logits: Float32Array.from(logits) }, caches };
}

async function decodeGreedily(runner: Runner, prompt: readonly number[], steps: number): Promise<number[]> {
	const tokens = [...prompt];
	let { outputs, caches } = await runner.run([prompt]);
	while (tokens.length < prompt.length + steps) {
		const last = outputs.logits!.subarray(-runner.plan.vocabSize);
		const next = last.indexOf(last.reduce((best, value) => Math.max(best, value)));
		({ outputs, caches } = await runner.run([[next]], { start: tokens.length, caches }));
		tokens.push(next);
	}
	return tokens.slice(prompt.length);
}
