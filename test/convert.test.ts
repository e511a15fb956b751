import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { convertModel, hashModel, isConverted, readManifest } from "../src/convert.ts";
import { InferenceSession, Tensor } from "../src/engine/onnxruntime.ts";
import { SluiceError } from "../src/errors.ts";
import { openWeights } from "../src/weights/safetensors.ts";
import { type TensorData, writeSafetensors } from "../src/weights/safetensors-writer.ts";
import { fixturePath, maxDifference, readGolden } from "./conformance/golden.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-convert-"));
after(() => rmSync(root, { recursive: true }));
let count = 0;

/** A copy of a fixture in a directory of its own. */
function copyModel(model = "recurrentgemma"): string {
	const directory = join(root, `model-${count++}`);
	mkdirSync(directory);
	for (const name of ["config.json", "model.safetensors"])
		cpSync(join(fixturePath(model), name), join(directory, name));
	return directory;
}

function addHeads(directory: string, labels: string[], rows = labels.length * 3): void {
	const width = JSON.parse(readFileSync(join(directory, "config.json"), "utf8")).hidden_size;
	const data = Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i));
	writeSafetensors(join(directory, "heads.safetensors"), [
		{ name: "heads.weight", dtype: "F32", shape: [rows, width], data },
		{ name: "heads.bias", dtype: "F32", shape: [rows], data: data.slice(0, rows) },
	]);
	writeFileSync(join(directory, "heads.json"), JSON.stringify({ labels }));
}

/** Writes the model again with some tensors changed (undefined: left out). */
function changeTensors(directory: string, change: (tensor: TensorData) => TensorData | undefined): void {
	const path = join(directory, "model.safetensors");
	const weights = openWeights(path);
	const tensors = [...weights.tensors.values()].map((tensor) => ({ ...tensor, data: weights.read(tensor.name) }));
	weights.close();
	writeSafetensors(
		path,
		tensors.map(change).filter((tensor) => tensor !== undefined),
	);
}

function leftovers(): string[] {
	return readdirSync(root).filter((name) => name.endsWith(".tmp") || name.endsWith(".old"));
}

function invalid(code: string, pattern: RegExp): (error: unknown) => boolean {
	return (error) => error instanceof SluiceError && error.code === code && pattern.test(error.detail);
}

async function runLogits(directory: string, tokens: readonly number[]): Promise<Float32Array> {
	const session = await InferenceSession.create(join(directory, "model.onnx"));
	const int64 = (values: readonly number[]): Tensor =>
		new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
	const feeds: Record<string, Tensor> = { input_ids: int64(tokens), positions: int64([...tokens.keys()]) };
	for (const { input, shape } of (await readManifest(directory)).caches) {
		const dims = shape.map((dim) => (dim === "batch" ? 1 : dim === "past" ? 0 : dim));
		feeds[input] = new Tensor("float32", new Float32Array(dims.reduce((n, dim) => n * dim, 1)), dims);
	}
	const { logits } = await session.run(feeds, ["logits"]);
	await session.release();
	return logits?.data as Float32Array;
}

test("a converted model runs and gives the reference's logits", async () => {
	for (const model of ["recurrentgemma", "griffin", "hawk"]) {
		const out = join(root, `${model}-out`);
		await convertModel(fixturePath(model), out, { weights: "f32" });
		const golden = readGolden(model);
		const sequence = golden.sequences[3]!;
		const difference = maxDifference(await runLogits(out, sequence.tokens), golden.read(sequence.logits));
		assert.ok(difference < 8e-4, `${model}: ${difference}`);
	}
});

test("the manifest says what was converted, and reads back the same", async () => {
	const directory = copyModel();
	addHeads(directory, ["any", "hate"]);
	writeFileSync(join(directory, "tokenizer.json"), "{}");
	const out = join(root, "manifest-out");
	const progress: [number, number][] = [];
	const onProgress = (done: number, total: number): number => progress.push([done, total]);
	const manifest = await convertModel(directory, out, { weights: "q8", onProgress });
	assert.deepEqual(await readManifest(out), manifest);
	const { model_type, weights, vocabSize, hiddenSize, layers, headRows, labels } = manifest;
	assert.deepEqual([model_type, weights, vocabSize, hiddenSize, layers], ["recurrent_gemma", "q8", 512, 80, 5]);
	assert.deepEqual([headRows, labels], [6, ["any", "hate"]]);
	assert.equal(manifest.caches.length, 10);
	assert.equal(manifest.hash, await hashModel(directory, "q8"));
	const files = [
		"config.json",
		"heads.json",
		"heads.onnx",
		"manifest.json",
		"model.onnx",
		"tokenizer.json",
		"weights.data",
	];
	assert.deepEqual(readdirSync(out).sort(), files);
	const total = progress.at(-1)?.[1];
	assert.deepEqual(
		progress.map(([done]) => done),
		Array.from({ length: total ?? 0 }, (_, i) => i + 1),
	);
	assert.ok(isConverted(out) && !isConverted(directory));
	assert.deepEqual(leftovers(), []);
});

test("the hash changes with every file that decides scores, with the kind of weights, and with nothing else", async () => {
	const directory = copyModel();
	const hashes = [await hashModel(directory, "f32"), await hashModel(directory, "q8")];
	writeFileSync(join(directory, "README.md"), "words");
	assert.equal(await hashModel(directory, "f32"), hashes[0]);
	writeFileSync(join(directory, "tokenizer.json"), "{}");
	hashes.push(await hashModel(directory, "f32"));
	addHeads(directory, ["any"]);
	hashes.push(await hashModel(directory, "f32"));
	changeTensors(directory, (tensor) => tensor);
	hashes.push(await hashModel(directory, "f32"));
	assert.equal(new Set(hashes).size, hashes.length);
	const copy = join(root, "same-files");
	cpSync(directory, copy, { recursive: true });
	assert.equal(await hashModel(copy, "f32"), hashes.at(-1));
});

test("a second conversion replaces the first; a directory of anything else is refused", async () => {
	const out = join(root, "twice-out");
	mkdirSync(out);
	const first = await convertModel(fixturePath("hawk"), out, { weights: "f32" });
	const second = await convertModel(fixturePath("hawk"), out, { weights: "q4" });
	assert.notEqual(first.hash, second.hash);
	assert.equal((await readManifest(out)).weights, "q4");
	const precious = copyModel();
	await assert.rejects(
		convertModel(fixturePath("hawk"), precious, { weights: "f32" }),
		invalid("invalid_config", /no converted model/),
	);
	assert.ok(existsSync(join(precious, "model.safetensors")));
	assert.deepEqual(leftovers(), []);
});

test("conversions of one model into one place at the same time all succeed", async () => {
	const out = join(root, "race-out");
	const runs = Array.from({ length: 3 }, () => convertModel(fixturePath("hawk"), out, { weights: "q8" }));
	const hashes = (await Promise.all(runs)).map(({ hash }) => hash);
	assert.equal(new Set(hashes).size, 1);
	assert.equal((await readManifest(out)).hash, hashes[0]);
	assert.deepEqual(leftovers(), []);
});

test("missing, misshapen and non-finite tensors stop a conversion and leave nothing behind", async () => {
	const name = "model.layers.3.mlp_block.up_proj.weight";
	const faults: [(tensor: TensorData) => TensorData | undefined, RegExp][] = [
		[(tensor) => (tensor.name === name ? undefined : tensor), /layers\.3\.mlp_block\.up_proj\.weight is missing/],
		[
			(tensor) => (tensor.name === name ? { ...tensor, shape: [80, 120] } : tensor),
			/has shape \[80, 120\], not \[120, 80\]/,
		],
		[
			(tensor) => {
				if (tensor.name === name) new DataView((tensor.data as Uint8Array).buffer).setUint16(10, 0x7fc0, true);
				return tensor;
			},
			/up_proj\.weight holds NaN at 5/,
		],
	];
	for (const [change, pattern] of faults) {
		const directory = copyModel();
		changeTensors(directory, change);
		const out = join(root, "faulty-out");
		await assert.rejects(convertModel(directory, out, { weights: "q8" }), invalid("invalid_weights", pattern));
		assert.ok(!existsSync(out));
		assert.deepEqual(leftovers(), []);
	}
});

test("configs that cannot be read, unknown models and heads that do not match their labels are named", async () => {
	const convert = (directory: string): Promise<unknown> =>
		convertModel(directory, join(root, "never"), { weights: "f32" });
	const empty = join(root, "empty");
	mkdirSync(empty);
	await assert.rejects(convert(empty), invalid("invalid_model", /empty: config\.json cannot be read/));
	writeFileSync(join(empty, "config.json"), "{");
	await assert.rejects(convert(empty), invalid("invalid_model", /config\.json is not valid JSON/));
	writeFileSync(join(empty, "config.json"), JSON.stringify({ model_type: "llama" }));
	await assert.rejects(convert(empty), invalid("invalid_model", /"llama" is not known; known: recurrent_gemma/));
	const mismatched = copyModel();
	addHeads(mismatched, ["any", "hate"], 9);
	await assert.rejects(convert(mismatched), invalid("invalid_model", /names 2 labels, heads\.safetensors has 9 rows/));
	assert.deepEqual(leftovers(), []);
});

test("a manifest of another format is rejected naming the field", async () => {
	const directory = join(root, "old");
	mkdirSync(directory);
	writeFileSync(join(directory, "manifest.json"), JSON.stringify({ format: 0 }));
	await assert.rejects(readManifest(directory), invalid("invalid_model", /manifest\.json: format/));
});
