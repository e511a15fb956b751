import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SERVICES, toCoverageTables } from "../../../src/http/protocols/coverage.ts";
import { loadPolicies } from "../../../src/policies/index.ts";

const root = join(import.meta.dirname, "../../..");
const policies = await loadPolicies(join(root, "policies"));

test("docs/protocols.md says name by name which shipped policy measures it: the tables are the code's", () => {
	const page = readFileSync(join(root, "docs/protocols.md"), "utf8");
	const tables = toCoverageTables(policies);
	assert.ok(page.includes(`\n${tables}\n`), `docs/protocols.md has to hold these tables:\n\n${tables}`);
});

test("every service that policies can name has a table, and every shipped name is one of the service's", () => {
	const mapped = Object.keys(policies[0]!.maps).sort();
	assert.deepEqual(SERVICES.map(({ service }) => service as string).sort(), mapped);
	for (const policy of policies)
		for (const { service, names } of SERVICES)
			for (const name of policy.maps[service]) assert.ok(names.includes(name), `${policy.id}: ${service}: ${name}`);
});

test("the tables name all policies of a name, and say where there is none", () => {
	const tables = toCoverageTables(policies);
	assert.match(tables, /^\| `SEVERE_TOXICITY` \| `hate`, `violence` \|$/m);
	assert.match(tables, /^\| `FLIRTATION` \| not measured \|$/m);
});
