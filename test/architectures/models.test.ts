import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ARCHITECTURES, WEIGHT_KINDS } from "../../src/architectures/index.ts";
import { openModel } from "../../src/engine/index.ts";
import { testModel } from "../conformance/model.ts";
import { TINY_MODELS, writeTinyModel } from "../conformance/tiny-models.ts";

/**
 * Differences in the last bit move a value across a rounding step of int8 activations now and then; logits are of the order
 * of 1 to 10.
 */
const TOLERANCES = { f32: 2e-4, q8: 0.15, q4: 0.15 } as const;

const root = mkdtempSync(join(tmpdir(), "sluice-models-"));
after(() => rmSync(root, { recursive: true }));

test("every architecture of the registry is among the tiny models", () => {
	const tested = new Set(TINY_MODELS.map(({ config }) => config.model_type));
	assert.deepEqual([...tested].sort(), [...ARCHITECTURES.keys()].sort());
});

for (const model of TINY_MODELS) {
	const directory = writeTinyModel(root, model);
	for (const weights of WEIGHT_KINDS) {
		testModel({
			name: `${model.name}, ${weights}`,
			open: () => openModel(directory, { weights, cacheDir: join(root, "cache") }),
			tolerance: TOLERANCES[weights],
		});
	}
}
