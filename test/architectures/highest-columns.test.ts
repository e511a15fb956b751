import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../bench/engine/random.ts";
import { highestColumns } from "../../src/architectures/highest-columns.ts";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { createGraph, toModelFile } from "../../src/onnx/index.ts";

const COUNT = 8;

async function findHighest(scores: Float32Array, columns: number): Promise<number[][]> {
	const g = createGraph("test");
	g.output("columns", highestColumns(g, g.input("scores", "float32", ["n", columns]), COUNT));
	const session = await InferenceSession.create(toModelFile(g, new Map()));
	try {
		const rows = scores.length / columns;
		const { columns: found } = await session.run({ scores: new Tensor("float32", scores, [rows, columns]) });
		const ids = Array.from(found!.data as BigInt64Array, Number);
		return Array.from({ length: rows }, (_, row) => ids.slice(row * COUNT, (row + 1) * COUNT).sort((a, b) => a - b));
	} finally {
		await session.release();
	}
}

for (const columns of [2048, 1000, 1009, 64]) {
	test(`of ${columns} columns the highest of every row are found, also where there is no row`, async () => {
		for (const rows of [0, 1, 2, 9]) {
			const random = createRandom(columns + rows);
			const scores = Float32Array.from({ length: rows * columns }, () => random() * 20 - 30);
			const expected = Array.from({ length: rows }, (_, row) => {
				const of = scores.subarray(row * columns, (row + 1) * columns);
				const order = Array.from(of.keys()).sort((a, b) => of[b]! - of[a]!);
				return order.slice(0, COUNT).sort((a, b) => a - b);
			});
			assert.deepEqual(await findHighest(scores, columns), expected);
		}
	});
}

test("highest scores that stand side by side are all found", async () => {
	const scores = new Float32Array(2048).fill(-5);
	for (let i = 0; i < COUNT; i++) scores[1020 + i] = 1 + i;
	assert.deepEqual(await findHighest(scores, 2048), [Array.from({ length: COUNT }, (_, i) => 1020 + i)]);
});
