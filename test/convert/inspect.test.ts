import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { convertModel, inspectModel } from "../../src/convert/index.ts";
import { addHeads, copyModel, invalid } from "./model-files.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-inspect-"));
after(() => rmSync(root, { recursive: true }));

test("a Hugging Face directory: sizes, tensors as stored, files with hashes, and what conversions would take", async () => {
	const directory = copyModel(root, "gemma2");
	addHeads(directory, ["any", "hate"]);
	const facts = await inspectModel(directory);
	const { kind, model_type, layers, hiddenSize, vocabSize, contextSize, headRows, labels, hash } = facts;
	assert.deepEqual([kind, model_type, layers, hiddenSize, vocabSize], ["huggingface", "gemma2", 4, 72, 512]);
	assert.deepEqual([contextSize, headRows, labels, hash], [8192, 6, ["any", "hate"], undefined]);
	const norm = facts.tensors.find(({ name }) => name === "model.norm.weight");
	assert.deepEqual(norm, { name: "model.norm.weight", dtype: "F32", shape: [72], bytes: 288 });
	assert.equal(facts.tensors.find(({ name }) => name === "heads.bias")?.bytes, 24);
	assert.equal(facts.parameters, 259_272 + 6 * 73);
	assert.equal(
		facts.tensors.reduce((sum, { bytes }) => sum + bytes, 0),
		4 * facts.parameters,
	);
	const config = readFileSync(join(directory, "config.json"));
	const sha256 = createHash("sha256").update(config).digest("hex");
	assert.deepEqual(facts.files[0], { name: "config.json", bytes: config.length, sha256 });
	for (const weights of ["f32", "q8", "q4"] as const) {
		const out = join(root, `sizes-${weights}`);
		await convertModel(directory, out, { weights });
		assert.equal(facts.weightBytes[weights], statSync(join(out, "weights.data")).size, weights);
	}
});

test("a converted directory: the same sizes and parameters, its own tensors, kind and hash", async () => {
	const directory = copyModel(root);
	addHeads(directory, ["any"]);
	const out = join(root, "converted");
	const { hash, files } = await convertModel(directory, out, { weights: "q8" });
	const [before, after] = [await inspectModel(directory), await inspectModel(out)];
	assert.deepEqual([after.kind, after.weights, after.embeddingScale, after.hash], ["converted", "q8", "exact", hash]);
	assert.deepEqual(
		[after.parameters, after.labels, after.caches, after.layers],
		[before.parameters, before.labels, before.caches, before.layers],
	);
	assert.deepEqual(after.files, files);
	assert.deepEqual(after.weightBytes, { q8: before.weightBytes.q8 });
	const table = after.tensors.find(({ name }) => name === "model.embed_tokens.weight:int8");
	assert.deepEqual([table?.dtype, table?.shape, table?.bytes], ["int8", [512, 80], 512 * 80]);
});

test("large files are hashed only when asked for, and not read otherwise", async () => {
	const directory = copyModel(root, "hawk");
	writeFileSync(join(directory, "notes.bin"), "");
	truncateSync(join(directory, "notes.bin"), (64 << 20) + 1);
	const hashOf = async (hashes: boolean): Promise<string | undefined> =>
		(await inspectModel(directory, { hashes })).files.find(({ name }) => name === "notes.bin")?.sha256;
	assert.equal(await hashOf(false), undefined);
	assert.match((await hashOf(true))!, /^[0-9a-f]{64}$/);
});

test("what is no model directory is named", async () => {
	const directory = join(root, "nothing");
	mkdirSync(directory);
	await assert.rejects(inspectModel(directory), invalid("invalid_model", /nothing is no model directory/));
});
