/**
 * The sides of bench/engine.ts and the models they open: the same shape, layers and vocabulary, random weights, made once
 * per directory and kept there. Ours in every kind of weights, llama.cpp in every format asked for.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { BLOCK_FORMATS } from "../llama/block-formats.ts";
import { writeGemma2 } from "../llama/gemma2-gguf.ts";
import { writeSyntheticModel } from "./synthetic-model.ts";

/** A side to start. */
export interface SideSpec {
	readonly name: string;
	readonly module: URL;
	/** What it opens. */
	readonly path: string;
	readonly options: Readonly<Record<string, string | boolean>>;
	/** Of one weight in memory, at least. */
	readonly bits: number;
}

/** Which models to make in `dir`. */
export interface ModelChoice {
	readonly dir: string;
	readonly layers: number;
	readonly vocab: number;
	/** Kinds of weights of ours, formats of llama.cpp. */
	readonly weights: readonly string[];
	readonly formats: readonly string[];
}

const LLAMA = new URL("../llama/side.ts", import.meta.url);
const SLUICE = new URL("./sluice.ts", import.meta.url);
const CONVERT = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const BITS: Readonly<Record<string, number>> = { f32: 32, q8: 8, q4: 4 };

/** Makes what is not there yet and returns the sides. */
export async function prepareSides({ dir, layers, vocab, weights, formats }: ModelChoice): Promise<SideSpec[]> {
	await mkdir(dir, { recursive: true });
	const stem = join(dir, `gemma-2-2b-${layers}-${vocab}`);
	const sides: SideSpec[] = [];
	if (weights.length > 0) {
		await make(`${stem}-hf`, (path) => writeSyntheticModel(path, { shape: "gemma-2-2b", layers, vocab }));
	}
	for (const kind of weights) {
		const path = `${stem}-${kind}`;
		await make(path, (out) =>
			promisify(execFile)(process.execPath, [CONVERT, "convert", `${stem}-hf`, out, "--weights", kind]),
		);
		sides.push({ name: `sluice ${kind}`, module: SLUICE, path, options: {}, bits: BITS[kind] ?? Number.NaN });
	}
	for (const format of formats) {
		const path = `${stem}-${format}.gguf`;
		await make(path, (file) => writeGemma2(file, { format, layers, vocab }));
		const { bytes, values } = BLOCK_FORMATS[format]!;
		sides.push({ name: `llama ${format}`, module: LLAMA, path, options: {}, bits: (8 * bytes) / values });
	}
	return sides;
}

/** Makes `path` whole or not at all. */
export async function make(path: string, write: (path: string) => Promise<unknown>): Promise<void> {
	if (existsSync(path)) return;
	process.stderr.write(`making ${path}\n`);
	await rm(`${path}.part`, { recursive: true, force: true });
	await write(`${path}.part`);
	await rename(`${path}.part`, path);
}
