import assert from "node:assert/strict";
import { test } from "node:test";
import { createRelease } from "../../src/guard/release.ts";

const finding = (end: number, risk = 0.9): { policy: string; risk: number; threshold: number; end: number } => ({
	policy: "p",
	risk,
	threshold: 0.8,
	end,
});

test("words flow while the level is low, wait while it is high, and leave together when it falls", () => {
	const release = createRelease({ holdFrom: 0.5, maxHeldWords: 3 });
	const flows = [0.1, 0.5, 0.6, 0.49, 0.7, 0.7, 0.7, 0.7, 0.7, 0.2].map((level, i) => {
		release.safe((i + 1) * 10, level);
		return release.flow;
	});
	assert.deepEqual(flows, [10, 10, 10, 40, 40, 40, 40, 50, 60, 100]);
});

test("what may leave never becomes less", () => {
	const release = createRelease({ holdFrom: 0.5, maxHeldWords: 2 });
	let [flow, state] = [0, 7];
	for (let end = 5; end < 5000; end += 5) {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		if (state % 7 === 0) release.redact(end - 5, finding(end));
		else release.safe(end, (state % 100) / 100);
		assert.ok(release.flow >= flow && release.flow <= end);
		flow = release.flow;
	}
});

test("words left out one after another are one range; after others, another", () => {
	const release = createRelease({ holdFrom: 0.5, maxHeldWords: 9 });
	release.safe(10, 0.9);
	release.redact(11, finding(20));
	assert.equal(release.flow, 11); // what was held before it is not bad
	release.redact(21, finding(30, 0.95));
	release.safe(40, 0.9);
	release.redact(41, finding(50));
	assert.deepEqual(
		release.redactions.map(({ start, end, finding: { risk } }) => [start, end, risk]),
		[
			[11, 30, 0.95],
			[41, 50, 0.9],
		],
	);
	assert.equal(release.flow, 41);
	release.finish(60);
	assert.equal(release.flow, 60);
});
