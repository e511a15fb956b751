import assert from "node:assert/strict";
import { it } from "node:test";
import { toHistogramSvg } from "../../src/scan/histogram-svg.ts";
import { BINS, createTally } from "../../src/scan/tally.ts";

const policies = ["hate", "violence"].map((id) => ({ id, thresholds: { flag: 0.5, block: 0.9 } }));

it("draws a panel per policy with a bar per range that has texts, thresholds, and no markup from names", () => {
	const tally = createTally(["hate", "violence"]);
	tally.policies.hate!.histogram[0] = 999_999;
	tally.policies.hate!.histogram[BINS - 1] = 1;
	const svg = toHistogramSvg(tally, policies, { title: "<b>&", subtitle: "s" });
	assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
	assert.equal(svg.match(/class="label"/g)?.length, 2);
	assert.equal(svg.match(/class="bar"/g)?.length, 2);
	assert.equal(svg.match(/<path class="(flag|block)"/g)?.length, 4);
	assert.match(svg, /999999 texts with a risk from 0\.00 to 0\.05/);
	assert.match(svg, /<title>&lt;b&gt;&amp;<\/title>/);
	assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
});

it("bars stay inside their panel, and a rare range still shows", () => {
	const tally = createTally(["hate"]);
	tally.policies.hate!.histogram.fill(1);
	tally.policies.hate!.histogram[3] = 123_456_789;
	const svg = toHistogramSvg(tally, policies.slice(0, 1), { title: "t", subtitle: "s" });
	for (const [, y, height] of svg.matchAll(/class="bar" x="[^"]+" y="([\d.]+)" width="[^"]+" height="([\d.]+)"/g)) {
		assert.ok(Number(y) >= 47.9, `bar at ${y}`);
		assert.ok(Number(height) > 1, `bar of ${height}`);
		assert.ok(Math.abs(Number(y) + Number(height) - 186) < 0.2);
	}
});

it("an empty scan is drawn, too", () => {
	const svg = toHistogramSvg(createTally(["hate"]), policies.slice(0, 1), { title: "t", subtitle: "s" });
	assert.equal(svg.includes('class="bar"'), false);
	assert.doesNotMatch(svg, /NaN|Infinity/);
});
