import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { convertModel, hashModel, isConverted, readManifest } from "../../src/convert/index.ts";
import type { TensorData } from "../../src/weights/safetensors-writer.ts";
import { fixturePath, maxDifference, readGolden } from "../conformance/golden.ts";
import { addHeads, changeTensors, copyModel, invalid, leftovers, runGraph } from "./model-files.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-convert-"));
after(() => rmSync(root, { recursive: true }));

test("a converted model runs and gives the reference's logits", async () => {
	for (const model of ["recurrentgemma", "griffin", "hawk", "gemma2"]) {
		const out = join(root, `${model}-out`);
		await convertModel(fixturePath(model), out, { weights: "f32" });
		const golden = readGolden(model);
		const sequence = golden.sequences[0]!;
		const logits = await runGraph(join(out, "model.onnx"), sequence.tokens, "logits");
		const expected = golden.read(sequence.logits);
		const difference = maxDifference(logits.slice(-expected.length), expected);
		assert.ok(difference < 8e-4, `${model}: ${difference}`);
	}
});

test("the manifest says what was converted, and reads back the same", async () => {
	const directory = copyModel(root);
	addHeads(directory, ["any", "hate"]);
	writeFileSync(join(directory, "tokenizer.json"), "{}");
	const out = join(root, "manifest-out");
	const progress: [number, number][] = [];
	const onProgress = (done: number, total: number): number => progress.push([done, total]);
	const manifest = await convertModel(directory, out, { weights: "q8", onProgress });
	assert.deepEqual(await readManifest(out), manifest);
	const { model_type, weights, vocabSize, hiddenSize, layers, headRows, labels, layout, slots } = manifest;
	assert.deepEqual([model_type, weights, vocabSize, hiddenSize, layers], ["recurrent_gemma", "q8", 512, 80, 5]);
	assert.deepEqual([headRows, labels, layout, slots], [6, ["any", "hate"], "rows", 0]);
	assert.deepEqual([manifest.caches.length, manifest.keyValues, manifest.contextSize], [10, [], undefined]);
	assert.equal(manifest.hash, await hashModel(directory, "q8"));
	const names = [
		"config.json",
		"heads.json",
		"heads.onnx",
		"model.onnx",
		"tensors.json",
		"tokenizer.json",
		"weights.data",
	];
	assert.deepEqual(
		manifest.files.map(({ name }) => name),
		names,
	);
	assert.deepEqual(readdirSync(out).sort(), [...names, "manifest.json"].sort());
	for (const { name, bytes, sha256 } of manifest.files) {
		const content = readFileSync(join(out, name));
		assert.deepEqual([bytes, sha256], [content.length, createHash("sha256").update(content).digest("hex")], name);
	}
	const total = progress.at(-1)?.[1];
	assert.deepEqual(
		progress.map(([done]) => done),
		Array.from({ length: total ?? 0 }, (_, i) => i + 1),
	);
	assert.ok(isConverted(out) && !isConverted(directory));
	assert.deepEqual(leftovers(root), []);
});

test("the slots layout gives two graphs over the same weights, with heads in both", async () => {
	const directory = copyModel(root, "gemma2");
	addHeads(directory, ["any"]);
	const out = join(root, "slots-out");
	const manifest = await convertModel(directory, out, { weights: "q8" });
	const { layout, slots, keyValues, caches, contextSize, headRows } = manifest;
	assert.deepEqual([layout, slots, caches, contextSize, headRows], ["slots", 8, [], 8192, 3]);
	assert.deepEqual(keyValues.slice(0, 2), [
		{ name: "layers.0", heads: 2, size: 32, window: 16 },
		{ name: "layers.1", heads: 2, size: 32 },
	]);
	const graphs = manifest.files.map(({ name }) => name).filter((name) => name.endsWith(".onnx"));
	assert.deepEqual(graphs, ["model.onnx", "slots.onnx"]);
	const tokens = [2, 5, 9, 11];
	for (const output of ["logits", "heads"] as const) {
		const [one, several] = await Promise.all(graphs.map((name) => runGraph(join(out, name), tokens, output)));
		assert.equal(one!.length, tokens.length * (output === "heads" ? headRows : manifest.vocabSize));
		assert.ok(maxDifference(one!, several!) < 1e-5, output);
	}
});

test("the embeddings' multiplier is exact, or rounded to bfloat16 when asked for, and the hash tells them apart", async () => {
	const { sequences, embed_scale } = JSON.parse(
		readFileSync(join(fixturePath("gemma2"), "variant_bf16_scale.json"), "utf8"),
	);
	assert.equal(embed_scale, 8.5);
	const data = readFileSync(join(fixturePath("gemma2"), "variant_bf16_scale.bin"));
	const { tokens, logits } = sequences[0];
	const expected = new Float32Array(data.buffer.slice(data.byteOffset + logits.offset)).subarray(
		0,
		tokens.length * 512,
	);
	const differences: Record<string, number> = {};
	const hashes: string[] = [];
	for (const embeddingScale of ["exact", "bfloat16"] as const) {
		const out = join(root, `scale-${embeddingScale}`);
		const manifest = await convertModel(fixturePath("gemma2"), out, { weights: "f32", embeddingScale });
		assert.equal(manifest.embeddingScale, embeddingScale);
		assert.equal(manifest.hash, await hashModel(fixturePath("gemma2"), "f32", { embeddingScale }));
		hashes.push(manifest.hash);
		differences[embeddingScale] = maxDifference(await runGraph(join(out, "model.onnx"), tokens, "logits"), expected);
	}
	assert.ok(differences.bfloat16! < 8e-4 && differences.exact! > 1e-2, JSON.stringify(differences));
	assert.notEqual(hashes[0], hashes[1]);
});

test("the hash changes with every file that decides scores, with the kind of weights, and with nothing else", async () => {
	const directory = copyModel(root);
	const hashes = [await hashModel(directory, "f32"), await hashModel(directory, "q8")];
	writeFileSync(join(directory, "README.md"), "words");
	assert.equal(await hashModel(directory, "f32"), hashes[0]);
	writeFileSync(join(directory, "tokenizer.json"), "{}");
	hashes.push(await hashModel(directory, "f32"));
	addHeads(directory, ["any"]);
	hashes.push(await hashModel(directory, "f32"));
	changeTensors(directory, (tensor) => tensor);
	hashes.push(await hashModel(directory, "f32"));
	changeTensors(directory, (tensor) => {
		if (tensor.name === "model.final_norm.weight") (tensor.data as Uint8Array)[0]! ^= 1;
		return tensor;
	});
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
	const precious = copyModel(root);
	await assert.rejects(
		convertModel(fixturePath("hawk"), precious, { weights: "f32" }),
		invalid("invalid_config", /no converted model/),
	);
	assert.ok(existsSync(join(precious, "model.safetensors")));
	assert.deepEqual(leftovers(root), []);
});

test("conversions of one model into one place at the same time all succeed", async () => {
	const out = join(root, "race-out");
	const runs = Array.from({ length: 3 }, () => convertModel(fixturePath("hawk"), out, { weights: "q8" }));
	const hashes = (await Promise.all(runs)).map(({ hash }) => hash);
	assert.equal(new Set(hashes).size, 1);
	assert.equal((await readManifest(out)).hash, hashes[0]);
	assert.deepEqual(leftovers(root), []);
});

test("missing, misshapen, surplus and non-finite tensors stop a conversion and leave nothing behind", async () => {
	const name = "model.layers.3.mlp_block.up_proj.weight";
	const keep = (tensor: TensorData): TensorData => tensor;
	const extra = (tensor: string) => () => [
		{ name: tensor, dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) },
	];
	const faults: [Parameters<typeof changeTensors>[1], Parameters<typeof changeTensors>[2], RegExp][] = [
		[
			(tensor) => (tensor.name === name ? undefined : tensor),
			undefined,
			/layers\.3\.mlp_block\.up_proj\.weight is missing/,
		],
		[
			(tensor) => (tensor.name === name ? { ...tensor, shape: [80, 120] } : tensor),
			undefined,
			/has shape \[80, 120\], not \[120, 80\]/,
		],
		[
			(tensor) => {
				if (tensor.name === name) new DataView((tensor.data as Uint8Array).buffer).setUint16(10, 0x7fc0, true);
				return tensor;
			},
			undefined,
			/up_proj\.weight holds NaN at 5/,
		],
		[
			keep,
			extra("model.layers.9.mlp_block.up_proj.weight"),
			/"model\.layers\.9\.mlp_block\.up_proj\.weight" is not part/,
		],
		[keep, extra("lm_head.weight"), /"lm_head\.weight" differs from "model\.embed_tokens\.weight"/],
	];
	for (const [change, added, pattern] of faults) {
		const directory = copyModel(root);
		changeTensors(directory, change, added);
		const out = join(root, "faulty-out");
		await assert.rejects(convertModel(directory, out, { weights: "q8" }), invalid("invalid_weights", pattern));
		assert.ok(!existsSync(out));
		assert.deepEqual(leftovers(root), []);
	}
});

test("a second copy of the embedding and tables of rotary angles are let pass; a copy that differs is not", async () => {
	const directory = copyModel(root);
	const withCopy = (flip: number) => (tensors: readonly TensorData[]) => {
		const embedding = tensors.find(({ name }) => name === "model.embed_tokens.weight")!;
		const data = (embedding.data as Uint8Array).slice();
		data[data.length - 1]! ^= flip;
		const angles = { dtype: "F32", shape: [1], data: Float32Array.of(1) } as const;
		return [
			{ ...embedding, name: "lm_head.weight", data },
			{ ...angles, name: "model.layers.2.temporal_block.rotary_emb.inv_freq" },
		];
	};
	const keep = (tensor: TensorData): TensorData | undefined =>
		tensor.name.endsWith("inv_freq") || tensor.name === "lm_head.weight" ? undefined : tensor;
	changeTensors(directory, keep, withCopy(0));
	await convertModel(directory, join(root, "copy-out"), { weights: "q8" });
	changeTensors(directory, keep, withCopy(1));
	await assert.rejects(
		convertModel(directory, join(root, "copy-out"), { weights: "q8" }),
		invalid("invalid_weights", /"lm_head\.weight" differs/),
	);
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
	await assert.rejects(convert(empty), invalid("invalid_model", /"llama" is not known; known: .*recurrent_gemma/));
	const mismatched = copyModel(root);
	addHeads(mismatched, ["any", "hate"], 9);
	await assert.rejects(convert(mismatched), invalid("invalid_model", /names 2 labels, heads\.safetensors has 9 rows/));
	assert.deepEqual(leftovers(root), []);
});

test("a source that changes while it is converted gives an error, not a mixture", async () => {
	const directory = copyModel(root);
	const onProgress = (done: number): void => {
		if (done === 5) changeTensors(directory, (tensor) => tensor);
	};
	await assert.rejects(convertModel(directory, join(root, "mixture"), { weights: "q8", onProgress }), (error: Error) =>
		/changed while it was read|ends too early/.test(error.message),
	);
	assert.ok(!existsSync(join(root, "mixture")));
	assert.deepEqual(leftovers(root), []);
});

test("too little disk space is said before anything is written, with what is needed and what is there", async () => {
	const progress: number[] = [];
	const options = { weights: "f32" as const, onProgress: (done: number) => progress.push(done) };
	await assert.rejects(
		convertModel(fixturePath("hawk"), join(root, "full"), { ...options, freeBytes: async () => 1000 }),
		invalid("invalid_config", /not enough disk space: \d.* to write, but .* has 1\.0 kB free/),
	);
	assert.deepEqual([progress, leftovers(root)], [[], []]);
});

test("a place that cannot be written is named", async () => {
	writeFileSync(join(root, "file"), "");
	await assert.rejects(
		convertModel(fixturePath("hawk"), join(root, "file", "out"), { weights: "f32" }),
		invalid("invalid_config", /file cannot be written \((ENOTDIR|EEXIST)\)/),
	);
});

test("a manifest of another format is rejected naming the field", async () => {
	const directory = join(root, "old");
	mkdirSync(directory);
	writeFileSync(join(directory, "manifest.json"), JSON.stringify({ format: 1 }));
	await assert.rejects(
		readManifest(directory),
		invalid("invalid_model", /manifest\.json: format: .*convert the model again/),
	);
});
