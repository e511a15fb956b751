import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { loadPolicies, parsePolicy } from "../../src/policies/index.ts";

const GOOD = `
id: spam
title: Spam
guideline: No advertising.
scorer: { kind: head, head: spam }
thresholds: { flag: 0.4, block: 0.8, target: best F1 }
maps: {}
examples:
  - { text: Buy now, violates: true }
  - { text: Good morning, violates: false }
`;

const BAD: [reason: string, yaml: string, message: RegExp][] = [
	["a threshold outside 0..1", GOOD.replace("0.8", "1.8"), /spam\.yaml: thresholds\.block/],
	["flag above block", GOOD.replace("0.4", "0.9"), /spam\.yaml: thresholds\.flag: must not exceed/],
	["an unknown field", `${GOOD}colour: red\n`, /spam\.yaml: .*colour/],
	["a missing title", GOOD.replace("title: Spam", ""), /spam\.yaml: title/],
	["an unknown scorer", GOOD.replace("kind: head", "kind: oracle"), /spam\.yaml: scorer\.kind/],
	["too few examples", GOOD.replace(/ {2}- \{ text: Good.*\n/, ""), /spam\.yaml: examples/],
	["an id that is not the file's name", GOOD.replace("id: spam", "id: ham"), /spam\.yaml: id: must equal/],
	["broken YAML", "id: [", /spam\.yaml is not valid YAML/],
];
for (const [reason, yaml, message] of BAD)
	test(`a policy file with ${reason} is refused with file, field and reason`, () => {
		assert.throws(
			() => parsePolicy(yaml, "spam.yaml"),
			(error) => error instanceof SluiceError && error.code === "invalid_policy" && message.test(error.detail),
		);
	});

test("a good policy file is read whole", () => {
	const policy = parsePolicy(GOOD, "spam.yaml");
	assert.equal(policy.thresholds.block, 0.8);
	assert.deepEqual(policy.maps, { openai: [], perspective: [], google: [], azure: [] });
});

test("a directory without policies, or none at all, stops the start", async (t) => {
	const directory = await mkdtemp(join(tmpdir(), "policies-"));
	t.after(() => rm(directory, { recursive: true }));
	await assert.rejects(loadPolicies(directory), /holds no \.yaml/);
	await assert.rejects(loadPolicies(join(directory, "nowhere")), /cannot be read/);
	await writeFile(join(directory, "spam.yaml"), GOOD);
	assert.deepEqual(
		(await loadPolicies(directory)).map((p) => p.id),
		["spam"],
	);
});

test("the shipped policies are valid, each with a violating and a harmless example", async () => {
	const policies = await loadPolicies(new URL("../../policies", import.meta.url).pathname);
	assert.ok(policies.length >= 8);
	for (const { id, examples } of policies)
		assert.deepEqual([...new Set(examples.map((e) => e.violates))].sort(), [false, true], id);
});
