import assert from "node:assert/strict";
import { it } from "node:test";
import { BLOCK_SEVERITY, FLAG_SEVERITY, toSeverity } from "../../../src/http/protocols/severity.ts";

/** Numbers from 0 to 1, the same on every run. */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 4294967296;
	};
}

it("severity rises with the risk, is in 0..1, and crosses a quarter and a half exactly at the thresholds", () => {
	const random = createRandom(7);
	for (let i = 0; i < 2000; i++) {
		const [flag, block] = [random(), random()].map((x) => 1e-12 + x * 0.999).sort((a, b) => a - b) as [number, number];
		const thresholds = { flag, block };
		const risks = [0, flag, block, 1, prior(flag), prior(block), ...Array.from({ length: 10 }, random)];
		const severities = risks.sort((a, b) => a - b).map((risk) => [risk, toSeverity(risk, thresholds)] as const);
		let last = 0;
		for (const [risk, severity] of severities) {
			assert.ok(severity >= last && severity <= 1, `${risk} ${JSON.stringify(thresholds)}`);
			assert.equal(severity >= FLAG_SEVERITY, risk >= flag, `${risk} ${JSON.stringify(thresholds)}`);
			assert.equal(severity >= BLOCK_SEVERITY, risk >= block, `${risk} ${JSON.stringify(thresholds)}`);
			last = severity;
		}
	}
	assert.equal(toSeverity(0, { flag: 0.5, block: 0.9 }), 0);
	assert.equal(toSeverity(1, { flag: 0.5, block: 0.9 }), 1);
});

it("severity where flagging and blocking are one threshold goes from below a quarter to a half", () => {
	const thresholds = { flag: 0.6, block: 0.6 };
	assert.ok(toSeverity(prior(0.6), thresholds) < FLAG_SEVERITY);
	assert.equal(toSeverity(0.6, thresholds), BLOCK_SEVERITY);
});

/** The next smaller number. */
function prior(x: number): number {
	const bits = new DataView(new ArrayBuffer(8));
	bits.setFloat64(0, x);
	bits.setBigUint64(0, bits.getBigUint64(0) - 1n);
	return bits.getFloat64(0);
}
