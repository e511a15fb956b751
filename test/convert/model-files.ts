/**
 * Model directories for the tests of conversion: copies of fixtures, changed at will, and what a converted one computes.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { SluiceError } from "../../src/errors.ts";
import { openWeights } from "../../src/weights/safetensors.ts";
import { type TensorData, writeSafetensors } from "../../src/weights/safetensors-writer.ts";
import { fixturePath } from "../conformance/golden.ts";

let count = 0;

/** A copy of a fixture in a directory of its own inside `root`. */
export function copyModel(root: string, model = "recurrentgemma"): string {
	const directory = join(root, `model-${count++}`);
	mkdirSync(directory);
	for (const name of ["config.json", "model.safetensors"])
		cpSync(join(fixturePath(model), name), join(directory, name));
	return directory;
}

/** Adds heads of random weights with these labels. */
export function addHeads(directory: string, labels: string[], rows: number = labels.length * 3): void {
	const width = JSON.parse(readFileSync(join(directory, "config.json"), "utf8")).hidden_size;
	const data = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));
	writeSafetensors(join(directory, "heads.safetensors"), [
		{ name: "heads.weight", dtype: "F32", shape: [rows, width], data },
		{ name: "heads.bias", dtype: "F32", shape: [rows], data: data.slice(0, rows) },
	]);
	writeFileSync(join(directory, "heads.json"), JSON.stringify({ labels }));
}

/** Writes the model again with some tensors changed (undefined: left out) and some added. */
export function changeTensors(
	directory: string,
	change: (tensor: TensorData) => TensorData | undefined,
	added: (tensors: readonly TensorData[]) => readonly TensorData[] = () => [],
): void {
	const path = join(directory, "model.safetensors");
	const weights = openWeights(path);
	const tensors = [...weights.tensors.values()].map((tensor) => ({ ...tensor, data: weights.read(tensor.name) }));
	weights.close();
	const changed = tensors.map(change).filter((tensor) => tensor !== undefined);
	writeSafetensors(path, [...changed, ...added(tensors)]);
}

/** Unfinished conversions in `root`. */
export function leftovers(root: string): string[] {
	return readdirSync(root).filter((name) => name.endsWith(".tmp") || name.endsWith(".old"));
}

/** A check for assert.throws and assert.rejects. */
export function invalid(code: string, pattern: RegExp): (error: unknown) => boolean {
	return (error) => error instanceof SluiceError && error.code === code && pattern.test(error.detail);
}

/** An output of a converted directory's graph for all tokens of one text, read from an empty state. */
export async function runGraph(
	path: string,
	tokens: readonly number[],
	output: "logits" | "heads",
): Promise<Float32Array> {
	const session = await InferenceSession.create(path);
	const given: Record<string, readonly number[]> = {
		input_ids: tokens,
		positions: [...tokens.keys()],
		logit_rows: [...tokens.keys()],
		slot_tokens: [tokens.length, 0, 0, 0, 0, 0, 0, 0],
	};
	const feeds: Record<string, Tensor> = {};
	for (const input of session.inputMetadata) {
		if (!input.isTensor) continue;
		const values = given[input.name] ?? (input.name.startsWith("start.") ? [0] : []);
		const dims = input.shape.map((dim) => (typeof dim === "number" ? dim : dim === "batch" ? 1 : values.length));
		const size = dims.reduce((n, dim) => n * dim, 1);
		const data = input.type === "int64" ? BigInt64Array.from(values, BigInt) : new Float32Array(size);
		feeds[input.name] = new Tensor(input.type as "int64", data as BigInt64Array, dims);
	}
	const results = await session.run(feeds, [output]);
	await session.release();
	return results[output]!.data as Float32Array;
}
