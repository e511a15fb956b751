/**
 * What every architecture of the registry promises, whatever its blocks: run on a tiny configuration with random
 * weights. Numbers of a token depend on the tokens before it in its document and on nothing else.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelPlan, WEIGHT_KINDS, type WeightSource } from "../../src/architectures/index.ts";
import { maxDifference } from "./golden.ts";
import { createRunner, type Runner, type RunOptions } from "./runner.ts";

/** A configured architecture with weights, heads included. */
export interface Subject {
	readonly name: string;
	readonly plan: ModelPlan;
	readonly source: WeightSource;
	/** Rows of heads.weight. */
	readonly headRows: number;
	/** Tokens that reach beyond every window of the configuration. */
	readonly length: number;
}

/** Largest difference allowed between two ways to compute the same numbers, which are of the order of 1. */
const SAME = 1e-4;

/** Declares the tests of one subject under every kind of weights. */
export function testArchitecture(subject: Subject): void {
	for (const weights of WEIGHT_KINDS) {
		const name = (what: string): string => `${subject.name}, ${weights}: ${what}`;
		const open = (outputs: "logits" | "heads"): Promise<Runner> => {
			return createRunner(subject.plan, subject.source, { outputs, weights, heads: { rows: subject.headRows } });
		};
		test(name("chunks on carried caches equal one prefill"), () => withRunner(open("heads"), checkChunks(subject)));
		test(name("rows of a padded batch equal single rows"), () => withRunner(open("heads"), checkBatch(subject)));
		test(name("packed documents equal single ones"), () => withRunner(open("logits"), checkPacked(subject)));
		test(name("padding on the left changes nothing"), () => withRunner(open("logits"), checkLeftPadding(subject)));
		test(name("outputs and caches have the planned shapes"), () => withRunner(open("logits"), checkShapes(subject)));
	}
}

async function withRunner(opening: Promise<Runner>, check: (runner: Runner) => Promise<void>): Promise<void> {
	const runner = await opening;
	try {
		await check(runner);
	} finally {
		await runner.close();
	}
}

function checkChunks({ plan, length, headRows }: Subject) {
	return async (runner: Runner): Promise<void> => {
		const ids = randomIds(length, plan.vocabSize, 1);
		const whole = await read(runner, [ids], { fetch: ["heads"] });
		for (const sizes of [[1], [7], [64, 1, 2, 33]]) {
			let caches = runner.freshCaches();
			for (let at = 0, turn = 0; at < length; turn++) {
				const chunk = ids.slice(at, at + sizes[turn % sizes.length]!);
				const result = await runner.run([chunk], { start: at, caches });
				const expected = whole.subarray(at * headRows, (at + chunk.length) * headRows);
				assertSame(result.outputs.heads!, expected, `chunks of ${sizes}, token ${at}`);
				caches = result.caches;
				at += chunk.length;
			}
		}
	};
}

function checkBatch({ plan, length, headRows }: Subject) {
	return async (runner: Runner): Promise<void> => {
		const rows = [length, 3, 1, Math.ceil(length / 2)].map((n, i) => randomIds(n, plan.vocabSize, i + 2));
		const padded = rows.map((row) => [...row, ...new Array<number>(length - row.length).fill(0)]);
		const batch = await read(runner, padded, { fetch: ["heads"] });
		for (const [i, row] of rows.entries()) {
			const at = i * length * headRows;
			const alone = await read(runner, [row], { fetch: ["heads"] });
			assertSame(batch.subarray(at, at + row.length * headRows), alone, `row ${i}`);
		}
	};
}

function checkPacked({ plan }: Subject) {
	return async (runner: Runner): Promise<void> => {
		const documents = [5, 1, 12, 2].map((n, i) => randomIds(n, plan.vocabSize, i + 6));
		const positions = documents.flatMap((ids) => [...ids.keys()]);
		const packed = await read(runner, [documents.flat()], { positions: [positions], fetch: ["logits"] });
		let at = 0;
		for (const ids of documents) {
			const end = at + ids.length * plan.vocabSize;
			assertSame(packed.subarray(at, end), await read(runner, [ids], { fetch: ["logits"] }), "document");
			at = end;
		}
	};
}

function checkLeftPadding({ plan }: Subject) {
	return async (runner: Runner): Promise<void> => {
		const ids = randomIds(9, plan.vocabSize, 11);
		const alone = await read(runner, [ids], { fetch: ["logits"] });
		for (const pads of [1, 4]) {
			const row = [...new Array<number>(pads).fill(0), ...ids];
			const positions = row.map((_, t) => Math.max(t - pads, -1));
			const padded = await read(runner, [row], { positions: [positions], fetch: ["logits"] });
			assertSame(padded.subarray(pads * plan.vocabSize), alone, `${pads} pads`);
		}
	};
}

function checkShapes({ plan, length }: Subject) {
	return async (runner: Runner): Promise<void> => {
		const { outputs, caches } = await runner.run([randomIds(length, plan.vocabSize, 12)]);
		assert.equal(outputs.logits?.length, length * plan.vocabSize);
		for (let layer = 0; layer <= plan.layers; layer++) {
			assert.equal(outputs[`hidden.${layer}`]?.length, length * plan.hiddenSize);
		}
		for (const { input, shape, maxPast } of plan.caches) {
			const past = Math.min(length, maxPast ?? 0);
			const expected = shape.map((dim) => (dim === "batch" ? 1 : dim === "past" ? past : dim));
			assert.deepEqual(caches[input]?.dims, expected, input);
		}
	};
}

async function read(
	runner: Runner,
	rows: number[][],
	options: RunOptions & { fetch: [string] },
): Promise<Float32Array> {
	return (await runner.run(rows, options)).outputs[options.fetch[0]]!;
}

function assertSame(actual: Float32Array, expected: Float32Array, what: string): void {
	const difference = maxDifference(actual, expected);
	assert.ok(difference <= SAME, `${what}: differs by ${difference}`);
}

/** Token ids out of a seed. */
export function randomIds(length: number, vocab: number, seed: number): number[] {
	const next = createRandom(seed);
	return Array.from({ length }, () => Math.floor(next() * vocab));
}

/** Weights of the given shapes out of their names: normal, scaled by the root of the inputs. */
export function createRandomSource(shapes: Readonly<Record<string, readonly number[]>>): WeightSource {
	const entries = Object.entries(shapes);
	return {
		tensors: new Map(entries.map(([name, shape]) => [name, { shape }])),
		readF32(name, rows) {
			const shape = shapes[name]!;
			const next = createRandom(1 + entries.findIndex(([key]) => key === name));
			const deviation = shape.length === 1 ? 0.1 : shape.at(-1)! ** -0.5;
			const length = shape.reduce((n, dim) => n * dim, 1);
			const values = Float32Array.from({ length }, () => (next() + next() + next() + next() - 2) * 1.7 * deviation);
			const rowLength = length / shape[0]!;
			return rows === undefined ? values : values.subarray(rows.start * rowLength, rows.end * rowLength);
		},
	};
}

/** Uniform numbers in [0, 1): mulberry32. */
function createRandom(seed: number): () => number {
	let state = Math.imul(seed, 0x9e3779b1);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let z = Math.imul(state ^ (state >>> 15), 1 | state);
		z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
		return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
	};
}
