import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("weights lie at multiples of 64 bytes and are produced one group at a time, shared ones once", async () => {
	const path = join(directory, "aligned.data");
	const order: string[] = [];
	const group = (name: string, length: number) => ({
		specs: [{ name, dtype: "uint8" as const, shape: [length] }],
		produce: () => {
			order.push(name);
			return [new Uint8Array(length).fill(length)];
		},
	});
	const progress: string[] = [];
	const groups = [group("a", 3), group("b", 70), group("a", 3), group("c", 1)];
	const locations = await writeWeights(path, groups, (done, total) => progress.push(`${done}/${total}`));
	assert.deepEqual(
		[...locations.values()].map(({ offset, length }) => [offset, length]),
		[
			[0, 3],
			[64, 70],
			[192, 1],
		],
	);
	assert.deepEqual(order, ["a", "b", "c"]);
	assert.deepEqual(progress, ["1/4", "2/4", "3/4", "4/4"]);
	const bytes = readFileSync(path);
	assert.deepEqual([bytes.length, bytes[2], bytes[3], bytes[64], bytes[192]], [193, 3, 0, 70, 1]);
});

test("a runtime finds weights in the data file beside the model", async () => {
	const g = product(() => [VALUES]);
	const locations = await writeWeights(join(directory, "beside.data"), g.weightGroups());
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

test("bytes that do not fill a shape and weights without a place are errors that name the tensor", async () => {
	const short = product(() => [VALUES.subarray(1)]);
	await assert.rejects(
		writeWeights(join(directory, "short.data"), short.weightGroups()),
		/w: 44 bytes do not fill \[4, 3\]/,
	);
	assert.throws(() => toModelFile(short, new Map()), /w was not written/);
	const wrong = new Map([["w", { location: "x", offset: 0, length: 44 }]]);
	assert.throws(() => toModelFile(short, wrong), /w: \[4, 3\] takes 48 bytes, not 44/);
});
