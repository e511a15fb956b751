import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { createMetrics } from "../../src/metrics/index.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

async function namesOf(): Promise<Set<string>> {
	const metrics = createMetrics();
	metrics.watchLoad(() => ({ queued: 0, running: 0 }));
	const text = await metrics.read();
	return new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!));
}

test("docs/observability.md names every metric of the service, and none that there is not", async () => {
	const names = [...(await namesOf())].filter((name) => name.startsWith("sluice_")).sort();
	const table = read("docs/observability.md").split("| Metric |")[1]!.split("\n\n")[0]!;
	const documented = [...table.matchAll(/`(sluice_\w+)`/g)].map(([, name]) => name!);
	assert.deepEqual([...new Set(documented)].sort(), names);
});

/** Complaints about names in queries that are no metric. */
function findUnknown(queries: readonly string[], names: ReadonlySet<string>): string[] {
	const used = queries.flatMap((query) =>
		[...query.matchAll(/\b(?:sluice|nodejs|process)_\w+/g)].map(([name]) => name),
	);
	assert.ok(used.length >= queries.length);
	return used.filter((name) => !names.has(name) && !names.has(name.replace(/_(bucket|count|sum)$/, "")));
}

test("the alerts are about metrics that there are", async () => {
	const { groups } = parse(read("deploy/prometheus-rules.yaml")) as { groups: { rules: { expr: string }[] }[] };
	const queries = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
	assert.deepEqual(findUnknown(queries, await namesOf()), []);
	assert.deepEqual(findUnknown(["rate(sluice_nothing_total[5m])"], await namesOf()), ["sluice_nothing_total"]);
});

test("the dashboard shows metrics that there are", async () => {
	const { panels } = JSON.parse(read("deploy/grafana-dashboard.json")) as { panels: { targets: { expr: string }[] }[] };
	const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
	assert.deepEqual(findUnknown(queries, await namesOf()), []);
});
