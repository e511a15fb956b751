/** The lock file: complete, so that the first command in a fresh clone can install it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

interface Entry {
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
	devDependencies?: Record<string, string>;
}
type Packages = Record<string, Entry>;

/** Where Node looks from inside a package: "node_modules/a/node_modules/b" -> b, a, the root; each ready for a name. */
function lookupFolders(path: string): string[] {
	const parts = path.split(/(?<=^|\/)node_modules\//).slice(1);
	return parts
		.map((_, i) => parts.slice(0, parts.length - i).map((part) => `node_modules/${part}`))
		.map((chain) => `${chain.join("").replace(/\/$/, "")}/node_modules/`)
		.concat("node_modules/");
}

/** Dependencies without an entry, as "package needs dependency". */
function findMissing(packages: Packages): string[] {
	return Object.entries(packages).flatMap(([path, entry]) => {
		const needs = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.devDependencies };
		return Object.keys(needs)
			.filter((name) => !lookupFolders(path).some((folder) => `${folder}${name}` in packages))
			.map((name) => `${path || "the package"} needs ${name}`);
	});
}

test("every dependency has its entry, the optional ones for other systems included: npm ci refuses the lock otherwise", () => {
	const lock: { packages: Packages } = JSON.parse(
		readFileSync(join(import.meta.dirname, "..", "package-lock.json"), "utf8"),
	);
	assert.ok(Object.keys(lock.packages).length > 50);
	assert.deepEqual(findMissing(lock.packages), []);
});

test("a missing entry is found, a nested one is seen", () => {
	const a = { optionalDependencies: { "@s/b": "1" }, dependencies: { c: "1" } };
	assert.deepEqual(findMissing({ "": { dependencies: { a: "1" } }, "node_modules/a": a, "node_modules/c": {} }), [
		"node_modules/a needs @s/b",
	]);
	assert.deepEqual(
		findMissing({ "node_modules/a": a, "node_modules/a/node_modules/@s/b": {}, "node_modules/c": {} }),
		[],
	);
});
