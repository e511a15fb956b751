import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { createGraph, type Graph, matMul, toModelFile, writeWeights } from "../../src/onnx/index.ts";
import { openWeights } from "../../src/weights/safetensors.ts";
import { writeSafetensors } from "../../src/weights/safetensors-writer.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-onnx-"));
after(() => rmSync(directory, { recursive: true }));

const VALUES = Float32Array.from({ length: 12 }, (_, i) => i + 1);
const SPEC = { name: "w", dtype: "float32" as const, shape: [4, 3] };

/** y = x w. */
function product(produce: () => ArrayBufferView[]): Graph {
	const g = createGraph("product");
	g.output("y", matMul(g, g.input("x", "float32", ["n", 4]), g.weights([SPEC], produce)[0]!));
	return g;
}

async function runProduct(path: string): Promise<number[]> {
	const session = await InferenceSession.create(path);
	const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(1, 0, 0, 2), [1, 4]) });
	await session.release();
	return Array.from(y?.data as Float32Array);
}

test("a runtime finds weights in the data file beside the model", async () => {
	const g = product(() => [VALUES]);
	const { locations } = await writeWeights(join(directory, "beside.data"), g.weightGroups());
	writeFileSync(join(directory, "beside.onnx"), toModelFile(g, locations));
	assert.deepEqual(await runProduct(join(directory, "beside.onnx")), [21, 24, 27]);
});

test("a runtime finds weights inside a safetensors file, at whatever offset they lie", async () => {
	const path = join(directory, "model.safetensors");
	const before = { name: "before", dtype: "F32" as const, shape: [1], data: Float32Array.of(9) };
	writeSafetensors(path, [before, { name: "w", dtype: "F32", shape: [4, 3], data: VALUES }]);
	const weights = openWeights(path);
	const { file, offset, length } = weights.tensors.get("w")!;
	weights.close();
	const g = product(() => assert.fail("the file holds the weights already"));
	const model = toModelFile(g, new Map([["w", { location: basename(file), offset, length }]]));
	writeFileSync(join(directory, "inside.onnx"), model);
	assert.deepEqual(await runProduct(join(directory, "inside.onnx")), [21, 24, 27]);
});

test("a runtime finds weights that lie beyond 2 and 4 GiB", async () => {
	const file = openSync(join(directory, "huge.data"), "w");
	for (const offset of [2 ** 31 + 64, 2 ** 32 + 128]) {
		ftruncateSync(file, offset); // takes no space on the disk
		writeSync(file, new Uint8Array(VALUES.buffer), 0, VALUES.byteLength, offset);
		const g = product(() => assert.fail("the file holds the weights already"));
		const model = toModelFile(g, new Map([["w", { location: "huge.data", offset, length: VALUES.byteLength }]]));
		writeFileSync(join(directory, "huge.onnx"), model);
		assert.deepEqual(await runProduct(join(directory, "huge.onnx")), [21, 24, 27]);
	}
	closeSync(file);
	rmSync(join(directory, "huge.data"));
});

test("weights without a place, or of another length, are errors that name the tensor", () => {
	const g = product(() => [VALUES]);
	assert.throws(() => toModelFile(g, new Map()), /w was not written/);
	const wrong = new Map([["w", { location: "x", offset: 0, length: 44 }]]);
	assert.throws(() => toModelFile(g, wrong), /w: \[4, 3\] takes 48 bytes, not 44/);
});
