import assert from "node:assert/strict";
import { test } from "node:test";
import { yesProbability } from "../../../src/scorers/yes-no/index.ts";

const formula = (y: number, n: number, a: number, t: number): number =>
	(Math.exp(y / t) + a) / (Math.exp(y / t) + Math.exp(n / t) + 2 * a);

test("P(Yes) is the paper's formula", () => {
	for (const [y, n] of [
		[0, 0],
		[1.5, -2],
		[-7, 3],
		[12, 11],
	] as const)
		for (const alpha of [0, 0.1, 3])
			for (const temperature of [0.5, 1, 2.5]) {
				const risk = yesProbability(y, n, { alpha, temperature });
				assert.ok(Math.abs(risk - formula(y, n, alpha, temperature)) < 1e-12);
			}
});

test("logits beyond the range of exp give a number from 0 to 1", () => {
	const at = (y: number, n: number, alpha = 0): number => yesProbability(y, n, { alpha, temperature: 0.01 });
	assert.equal(at(30, -30), 1);
	assert.equal(at(-30, 30), 0);
	assert.equal(at(30, 30), 0.5);
	assert.equal(at(-30, -30), 0.5);
	assert.equal(at(-30, -29, 1), 0.5);
});
