import assert from "node:assert/strict";
import { test } from "node:test";
import { runFaults } from "./run-faults.ts";

for (const kind of ["sqlite", "redis"] as const) {
	test(`${kind}: every item of a batch has one result, as undisturbed, whoever is killed`, async (t) => {
		const report = await runFaults({ kind, items: 1000, workers: 2, killEveryMs: 800, mostKills: 4 });
		if (report === undefined) return t.skip("!! SKIPPED: redis-server is not installed");
		t.diagnostic(JSON.stringify(report));
		assert.ok(report.workerKills >= 1 && report.ownerKills === 1, "nothing was killed");
		assert.equal(report.redisRestarts, kind === "redis" ? 1 : 0);
		const { items, lines, missing, repeated, outOfOrder, different } = report;
		assert.deepEqual(
			{ lines, missing, repeated, outOfOrder, different },
			{ lines: items, missing: 0, repeated: 0, outOfOrder: 0, different: 0 },
		);
	});
}
