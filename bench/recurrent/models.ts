/** The two models of the bench, made once per directory and kept there: random weights, the same size, int8. */
import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { make } from "../engine/sides.ts";
import { writeSyntheticModel } from "../engine/synthetic-model.ts";

/** Names in tables, and the shapes of bench/engine/shapes.ts. */
export const MODELS = {
	recurrent: "recurrentgemma-2b",
	transformer: "transformer-2b-global",
} as const;
export type ModelName = keyof typeof MODELS;

/** Which models to make in `dir`; `positions` is the longest context. */
export interface ModelChoice {
	readonly dir: string;
	readonly layers: number;
	readonly vocab: number;
	readonly weights: string;
	readonly positions: number;
}

/** Converted directories. */
export interface ModelPaths extends Readonly<Record<ModelName, string>> {
	/** Recurrent blocks alone, one and two of them, with a small vocabulary: the second costs one block more. */
	readonly blocks: readonly [one: string, two: string];
}

const CONVERT = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
/** The published pattern begins with two recurrent blocks. */
const BLOCKS_VOCAB = 512;

/** Makes what is not there yet. */
export async function prepareModels(choice: ModelChoice): Promise<ModelPaths> {
	await mkdir(choice.dir, { recursive: true });
	const blocks = (layers: number): Promise<string> =>
		prepare("recurrent", { ...choice, layers, vocab: BLOCKS_VOCAB, positions: 0 });
	return {
		recurrent: await prepare("recurrent", choice),
		transformer: await prepare("transformer", choice),
		blocks: [await blocks(1), await blocks(2)],
	};
}

async function prepare(name: ModelName, { dir, layers, vocab, weights, positions }: ModelChoice): Promise<string> {
	const shape = MODELS[name];
	const path = join(dir, `${shape}-${layers}-${vocab}${name === "transformer" ? `-${positions}` : ""}-${weights}`);
	await make(path, async (out) => {
		const source = `${out}-hf`;
		try {
			await writeSyntheticModel(source, { shape, layers, vocab, positions });
			await promisify(execFile)(process.execPath, [CONVERT, "convert", source, out, "--weights", weights]);
		} finally {
			await rm(source, { recursive: true, force: true });
		}
	});
	return path;
}
