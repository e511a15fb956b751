/** That the forms which bench/recurrent.ts compares compute the same. */
import assert from "node:assert/strict";
import test from "node:test";
import { FORMS, loop, toOperands } from "../../bench/recurrent/forms.ts";
import { largestDifference, openForms } from "../../bench/recurrent/recurrence.ts";

test("every form gives every state of the loop, at lengths that are powers of two and not", async () => {
	const forms = await openForms({ steps: [1, 2, 5, 16, 33], threads: [1], width: 7 });
	await forms.close();
	assert.equal(forms.errors.length, 5 * Object.keys(FORMS).length);
	for (const { form, steps, error } of forms.errors) assert.ok(error < 2e-6, `${form}, ${steps} steps: ${error}`);
});

test("the loop is h = a h + b from the state on", () => {
	const logA = Float32Array.of(Math.log(0.5), 0, Math.log(0.25), 0);
	const states = loop({ logA, b: Float32Array.of(1, 2, 3, 4), state: Float32Array.of(8, 16) });
	assert.deepEqual([...states], [5, 18, 4.25, 22]);
});

test("the operands keep states in the range where an error shows", () => {
	const states = loop(toOperands({ time: 512, width: 32 }));
	const largest = states.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
	assert.ok(largest > 1 && largest < 10, String(largest));
});

test("a difference counts where numbers, lengths or NaN differ", () => {
	const a = Float32Array.of(1, 2);
	assert.equal(largestDifference(a, Float32Array.of(1, 2.5)), 0.5);
	assert.ok(Number.isNaN(largestDifference(a, Float32Array.of(1, Number.NaN))));
	assert.ok(Number.isNaN(largestDifference(a, Float32Array.of(1))));
});
