import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../bench/engine/random.ts";
import { LOGIT_BLOCK } from "../../src/architectures/index.ts";
import { summarizeLogits } from "../../src/architectures/readout.ts";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { createGraph, toModelFile } from "../../src/onnx/index.ts";

const BLOCKS = 5;
const VOCAB = BLOCKS * LOGIT_BLOCK;

async function summarize(logits: Float32Array): Promise<Float32Array> {
	const g = createGraph("test");
	g.output("blocks", summarizeLogits(g, g.input("logits", "float32", ["n", VOCAB])));
	const session = await InferenceSession.create(toModelFile(g, new Map()));
	try {
		const n = logits.length / VOCAB;
		const { blocks } = await session.run({ logits: new Tensor("float32", logits, [n, VOCAB]) });
		assert.deepEqual(blocks!.dims, [n, BLOCKS, 3]);
		return blocks!.data as Float32Array;
	} finally {
		await session.release();
	}
}

test("blocks of logits hold the largest, the mass beside it and the sum, also where there is no row", async () => {
	const random = createRandom(3);
	const logits = Float32Array.from({ length: 2 * VOCAB }, () => random() * 60 - 30);
	const blocks = await summarize(logits);
	for (let block = 0; block < 2 * BLOCKS; block++) {
		const values = [...logits.subarray(block * LOGIT_BLOCK, (block + 1) * LOGIT_BLOCK)];
		const largest = Math.max(...values);
		assert.equal(blocks[3 * block], largest);
		const mass = values.reduce((sum, value) => sum + Math.exp(value - largest), 0);
		assert.ok(Math.abs(blocks[3 * block + 1]! / mass - 1) < 1e-6);
		assert.ok(Math.abs(blocks[3 * block + 2]! - values.reduce((sum, value) => sum + value, 0)) < 1e-3);
	}
	assert.equal((await summarize(new Float32Array())).length, 0);
});

test("a logit that is not finite shows in the sum of its block", async () => {
	for (const value of [Number.NaN, -Number.NaN, Number.POSITIVE_INFINITY]) {
		for (const place of [0, 1, 64, VOCAB - 1]) {
			const logits = new Float32Array(VOCAB).fill(1);
			logits[place] = value;
			const blocks = await summarize(logits);
			assert.equal(Number.isFinite(blocks[3 * Math.floor(place / LOGIT_BLOCK) + 2]!), false);
		}
	}
});
