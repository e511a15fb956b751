/** The SBOM and the list of licences of the runtime dependencies. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { isAllowed, licenceOf } from "../../scripts/sbom.ts";

const ROOT = join(import.meta.dirname, "../..");

test("one command writes an SBOM with every runtime dependency and a list of their licences, all of them permissive", () => {
	const directory = mkdtempSync(join(tmpdir(), "sluice-sbom-"));
	try {
		const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/sbom.ts"), directory], {
			encoding: "utf8",
		});
		assert.equal(status, 0, stderr);
		const { bomFormat, components } = JSON.parse(readFileSync(join(directory, "sbom.cdx.json"), "utf8")) as {
			bomFormat: string;
			components: { name: string; version: string }[];
		};
		assert.equal(bomFormat, "CycloneDX");
		const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
			dependencies: Record<string, string>;
		};
		const list = readFileSync(join(directory, "licences.md"), "utf8");
		for (const [name, version] of Object.entries(manifest.dependencies)) {
			assert.ok(
				components.some((component) => component.name === name && component.version === version),
				name,
			);
			assert.ok(list.includes(`| ${name} | ${version} |`), name);
		}
		assert.ok(!components.some(({ name }) => name === "typescript"), "development packages are left out");
	} finally {
		rmSync(directory, { recursive: true });
	}
});

test("a licence with conditions, or none at all, is refused", () => {
	for (const licence of ["MIT", "(MIT OR GPL-3.0-only)", "Apache-2.0 AND MIT"]) assert.ok(isAllowed(licence), licence);
	for (const licence of ["GPL-3.0-only", "MIT AND GPL-3.0-only", "", "SEE LICENSE IN x"])
		assert.ok(!isAllowed(licence), licence);
	assert.equal(licenceOf({ name: "a", version: "1" }), "");
});
