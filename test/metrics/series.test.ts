import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counter, Histogram, Registry } from "prom-client";
import { createCounters, createHistograms } from "../../src/metrics/series.ts";

const BOUNDS = [0.1, 0.5, 1];

describe("series", () => {
	it("are read as prom-client's own, letter by letter", async () => {
		const [ours, theirs] = [new Registry(), new Registry()];
		const histograms = createHistograms({
			name: "h",
			help: 'of "a"',
			labelNames: ["p"],
			bounds: BOUNDS,
			registry: ours,
		});
		const counters = createCounters({ name: "c", help: "of b", labelNames: ["p", "q"], registry: ours });
		const histogram = new Histogram({
			name: "h",
			help: 'of "a"',
			labelNames: ["p"],
			buckets: BOUNDS,
			registers: [theirs],
		});
		const counter = new Counter({ name: "c", help: "of b", labelNames: ["p", "q"], registers: [theirs] });
		for (const [i, value] of [0, 0.1, 0.3, 0.5, 0.7, 1, 1.5, 40].entries()) {
			const labels = { p: `x${i % 3}`, q: 'a "b"' };
			histograms.of({ p: labels.p }).observe(value);
			histogram.observe({ p: labels.p }, value);
			counters.of(labels).more += value;
			counter.inc(labels, value);
			if (i % 2 === 0) assert.equal(await ours.metrics(), await theirs.metrics());
		}
		assert.equal(await ours.metrics(), await theirs.metrics());
	});
	it("are there before anything is counted, and gone when they are removed", async () => {
		const registry = new Registry();
		const histograms = createHistograms({ name: "h", help: "h", labelNames: ["p"], bounds: BOUNDS, registry });
		const counters = createCounters({ name: "c", help: "c", labelNames: ["p"], registry });
		histograms.of({ p: "x" });
		counters.of({ p: "x" });
		const text = await registry.metrics();
		assert.match(text, /^c\{p="x"\} 0$/m);
		assert.match(text, /^h_count\{p="x"\} 0$/m);
		histograms.remove({ p: "x" });
		counters.remove({ p: "x" });
		assert.doesNotMatch(await registry.metrics(), /p="x"/);
	});
});
