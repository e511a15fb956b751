/** The policy files of docs/policies.md are what the scorers take. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { toCategoryMap } from "../../src/http/protocols/openai.ts";
import { parsePolicy } from "../../src/policies/index.ts";
import {
	createRemoteScorer,
	leavesOf,
	memberOf,
	type RemoteScorerOptions,
	readHeadsFile,
} from "../../src/scorers/index.ts";
import type { LeafSpec } from "../../src/types.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/policies.md"), "utf8");
const policies = [...page.matchAll(/^```yaml\n(id: (\S+)\n[\s\S]*?)\n```$/gm)].map(([, yaml, id]) =>
	parsePolicy(yaml!, `${id}.yaml`),
);
const leaves = policies.flatMap(leavesOf);

test("the page shows every kind of scorer, each remote service, both orders and both wordings", () => {
	const shown = new Set([...policies.map(({ scorer }) => scorer.kind), ...leaves.map(memberOf)]);
	for (const kind of ["head", "yes-no", "remote", "cascade"]) assert.ok(shown.has(kind as never), kind);
	for (const service of ["openai", "google", "guard"]) assert.ok(shown.has(`remote:${service}` as never), service);
	const asked = leaves.filter((leaf) => leaf.kind === "yes-no");
	assert.deepEqual(new Set(asked.map(({ order }) => order)).size, 2);
	assert.deepEqual(new Set(asked.map(({ wording }) => wording)).size, 2);
	assert.deepEqual(new Set(policies.map(({ id }) => id)).size, policies.length);
});

test("every head, category and OpenAI name on the page exists", async () => {
	const { calibration } = await readHeadsFile(join(root, "models/sluice-guard"));
	const at = { baseUrl: "http://127.0.0.1:9", model: "guard", format: "llama-guard" } as const;
	const check = (leaf: LeafSpec, i: number): void => {
		if (leaf.kind === "head") assert.ok(leaf.head in calibration, leaf.head);
		if (leaf.kind !== "remote") return;
		const scorer = createRemoteScorer({ service: leaf.service, ...at } as RemoteScorerOptions);
		scorer.check({ ...policies[0]!, id: `leaf-${i}`, scorer: leaf });
	};
	for (const [i, leaf] of leaves.entries()) check(leaf, i);
	toCategoryMap(policies);
});
