/**
 * Model directories for tests of the engine: a fixture's trunk with made-up heads, in a temporary directory.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "../../src/weights/safetensors-writer.ts";
import { fixturePath } from "../conformance/golden.ts";

/** Rows of the made-up heads. */
export const HEAD_ROWS = 6;

/** A Hugging Face directory and a cache directory below one temporary directory. */
export interface ModelDirectory {
	readonly root: string;
	readonly source: string;
	readonly cacheDir: string;
	remove(): void;
}

/** Copies the fixture; adds heads of seeded random weights, sized for `hiddenSize`, unless told not to. */
export function createModelDirectory(fixture: string, { hiddenSize }: { hiddenSize?: number } = {}): ModelDirectory {
	const root = mkdtempSync(join(tmpdir(), "sluice-engine-"));
	const source = join(root, fixture);
	cpSync(fixturePath(fixture), source, { recursive: true });
	if (hiddenSize !== undefined) {
		const next = createRandom(1);
		const random = (length: number): Float32Array => Float32Array.from({ length }, () => (next() - 0.5) * 0.3);
		writeSafetensors(join(source, "heads.safetensors"), [
			{ name: "heads.weight", dtype: "F32", shape: [HEAD_ROWS, hiddenSize], data: random(HEAD_ROWS * hiddenSize) },
			{ name: "heads.bias", dtype: "F32", shape: [HEAD_ROWS], data: random(HEAD_ROWS) },
		]);
	}
	return { root, source, cacheDir: join(root, "cache"), remove: () => rmSync(root, { recursive: true }) };
}

/** Numbers in [0, 1) from a seed (a linear congruential generator). */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

/** `length` seeded ids below `vocabSize`, the first being 2. */
export function randomIds(length: number, { seed, vocabSize }: { seed: number; vocabSize: number }): number[] {
	const next = createRandom(seed);
	return Array.from({ length }, (_, i) => (i === 0 ? 2 : Math.floor(next() * vocabSize)));
}
