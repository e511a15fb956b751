/** The package as others would install it: it builds, publint finds nothing, and the built entry can be imported. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const ROOT = join(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
let folder: string;

// Inside the repository, so that the built files find their dependencies.
before(() => {
	mkdirSync(join(ROOT, ".cache"), { recursive: true });
	folder = mkdtempSync(join(ROOT, ".cache", "package-"));
	const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
	const args = [compiler, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(folder, "dist")];
	const built = spawnSync(process.execPath, args, { encoding: "utf8" });
	assert.equal(built.status, 0, built.stdout);
	for (const name of ["package.json", "README.md", "LICENSE", "bin", "policies"])
		cpSync(join(ROOT, name), join(folder, name), { recursive: true });
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("publint has nothing to say about the built package", async () => {
	const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
	assert.deepEqual(
		messages.map((message) => formatMessage(message, manifest)),
		[],
	);
});

test("every export has its code and its types, and the code can be imported", () => {
	for (const [name, entry] of Object.entries<{ types: string; default: string }>(manifest.exports)) {
		assert.ok(existsSync(join(folder, entry.types)), `${name} has no types`);
		const script = `const api = await import(${JSON.stringify(join(folder, entry.default))}); console.log(Object.keys(api).length)`;
		const count = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
		assert.ok(Number(count) > 0, `${name} exports nothing`);
	}
});

test("the built command answers --help", () => {
	const result = spawnSync(process.execPath, [join(folder, manifest.bin.sluice), "--help"], { encoding: "utf8" });
	assert.equal(result.status, 0, result.stderr);
	assert.match(result.stdout, /Usage: sluice/);
});
