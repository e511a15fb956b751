/** The report over what a shadow said. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AuditRecord } from "../../src/audit/index.ts";
import { reportAgreement, type ShadowRecord } from "../../src/shadow/index.ts";
import type { Action } from "../../src/types.ts";

function compared(of: { live: [number, Action]; shadow: [number, Action]; set?: string; hour?: number }): ShadowRecord {
	const [liveRisk, live] = of.live;
	const [risk, action] = of.shadow;
	return {
		kind: "shadow",
		at: `2026-01-01T${String(of.hour ?? 0).padStart(2, "0")}:00:00.000Z`,
		text: { hmac: "", characters: 1 },
		live: { model: "m", policies: "a", action: live },
		shadow: { model: "m", policies: of.set ?? "b", action },
		policies: [
			{ policy: "hate", live: { risk: liveRisk, action: live }, shadow: { risk, action } },
			{ policy: "spam", live: null, shadow: { risk: 0, action: "allow" } },
		],
	};
}

async function* stream(...records: AuditRecord[]): AsyncGenerator<AuditRecord> {
	yield* records;
}

it("counts actions against actions and gives quantiles of the differences of risks", async () => {
	const differences = Array.from({ length: 100 }, (_, n) => n / 100);
	const records = differences.map((d, n) =>
		compared({ live: [0, "allow"], shadow: [d, n < 80 ? "allow" : n < 95 ? "flag" : "block"], hour: n % 24 }),
	);
	const missed = { kind: "shadow_missed", at: "2026-01-02T00:00:00.000Z", dropped: 3, failed: 1 };
	const [report, ...others] = await reportAgreement(stream(...records, missed, { kind: "decision", at: "" }));
	assert.equal(others.length, 0);
	const { hate, spam } = report!.policies;
	assert.equal(hate!.texts, 100);
	assert.equal(hate!.agreed, 0.8);
	assert.deepEqual(hate!.actions.allow, { allow: 80, flag: 15, block: 5 });
	assert.deepEqual(hate!.actions.block, { allow: 0, flag: 0, block: 0 });
	assert.deepEqual(hate!.differences, { n: 100, min: 0, p05: 0.04, p50: 0.49, p95: 0.94, max: 0.99 });
	assert.equal(spam, undefined);
	assert.deepEqual([report!.onlyLive, report!.onlyShadow], [[], ["spam"]]);
	assert.deepEqual(report!.missed, { dropped: 3, failed: 1 });
});

it("keeps pairs of policies apart, the one that was compared last last", async () => {
	const of = (set: string, hour: number): ShadowRecord =>
		compared({ live: [0, "allow"], shadow: [0, "allow"], set, hour });
	const reports = await reportAgreement(stream(of("b", 1), of("c", 2), of("c", 3), of("b", 4)));
	assert.deepEqual(
		reports.map(({ shadow, since, until, verdicts }) => [
			shadow.policies,
			since.slice(11, 13),
			until.slice(11, 13),
			verdicts.texts,
		]),
		[
			["c", "02", "03", 2],
			["b", "01", "04", 2],
		],
	);
});
