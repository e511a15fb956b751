/** The package as others would install it: it builds, publint finds nothing, and the built entry can be imported. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
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
	// the last two are there and must not come along: an edge is deployed from a clone
	for (const name of ["package.json", "README.md", "LICENSE", "bin", "policies", "models", "wrangler.toml", "workers"])
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

/** Packs the built package; the tarball's path, bytes, and the files in it. */
function pack(destination: string): {
	readonly file: string;
	readonly bytes: number;
	readonly files: readonly string[];
} {
	const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", destination];
	const { status, stdout, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
	assert.equal(status, 0, stderr);
	const [{ filename, size, files }] = JSON.parse(stdout) as [
		{ filename: string; size: number; files: { path: string }[] },
	];
	return { file: join(destination, filename), bytes: size, files: files.map(({ path }) => path) };
}

test("the tarball holds the built program, the model and the policies, and nothing else; in an empty folder every export can be imported and `sluice moderate` answers, on Node 22 and 24", (t) => {
	const place = mkdtempSync(join(tmpdir(), "sluice-tarball-"));
	try {
		const { file, bytes, files } = pack(place);
		t.diagnostic(`tarball: ${(bytes / 1e6).toFixed(1)} MB, ${files.length} files`);
		assert.ok(bytes < 25e6, `${bytes} bytes`);
		const strange = files.filter(
			(path) =>
				!/^(package\.json|README\.md|LICENSE|bin\/|policies\/|models\/sluice-guard\/|dist\/(src|workers)\/)/.test(path),
		);
		assert.deepEqual(strange, []);
		for (const wanted of ["models/sluice-guard/model.safetensors", "policies/any.yaml", "bin/sluice.cjs"])
			assert.ok(files.includes(wanted), wanted);

		const project = join(place, "project");
		mkdirSync(project);
		writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
		// the package `node` has binaries; under other names both versions stand side by side
		const nodes = ["22", "24"].map((major) => `node${major}@npm:node-${process.platform}-${process.arch}@${major}`);
		const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", file, ...nodes];
		const installed = spawnSync("npm", install, { cwd: project, encoding: "utf8" });
		assert.equal(installed.status, 0, installed.stderr);

		const names = Object.keys(manifest.exports).map((name) => join(manifest.name, name));
		const script = `for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) process.exit(1)`;
		const env = { ...process.env, SLUICE_CACHE_DIR: join(place, "cache"), NODE_OPTIONS: "" };
		for (const major of ["22", "24"]) {
			const node = join(project, "node_modules", `node${major}`, "bin", "node");
			const imported = spawnSync(node, ["--input-type=module", "-e", script], { cwd: project, env, encoding: "utf8" });
			assert.equal(imported.status, 0, `Node ${major}: ${imported.stderr}`);
			const command = join(project, "node_modules", ".bin", "sluice");
			const harmful = "I will find you and kill you, you worthless piece of shit.";
			const judged = spawnSync(node, [command, "moderate", "--json", harmful], { cwd: project, env, encoding: "utf8" });
			assert.equal(judged.status, 1, `Node ${major}: ${judged.stderr}`);
			assert.match(judged.stdout, /"action":\s*"(flag|block)"/, `Node ${major}`);
		}
	} finally {
		rmSync(place, { recursive: true, force: true });
	}
});
