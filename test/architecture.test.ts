/**
 * Holds the tree to the rules of docs/architecture.md: layers, heavy imports, cycles, sizes, names and the rest.
 * The rules themselves are tested in test/architecture/.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import test from "node:test";
import {
	checkAny,
	checkConsole,
	checkEnvironment,
	checkHeaders,
	checkHeavyImports,
	checkImportPaths,
	checkLayers,
	checkNames,
	checkPutOff,
	checkRoomsExist,
	checkSizes,
	findCycles,
	HEAVY_IMPORTS,
	LAYERS,
	medianLines,
	type SourceFile,
} from "./architecture/rules.ts";

const ROOT = join(import.meta.dirname, "..");

function load(...patterns: string[]): SourceFile[] {
	return patterns
		.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
		.map((path) => path.split(sep).join("/"))
		.filter((path) => !path.startsWith("test/fixtures/") && !path.includes("/node_modules/"))
		.sort()
		.map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

const product = load("src/**/*.ts", "workers/**/*.ts");
const written = [...product, ...load("{test,bench,training,examples}/**/*.ts", "{scripts,bin}/**/*.{cjs,ts}")];
const python = load("training/**/*.py");

test("the scan sees the source tree", () => {
	assert.ok(product.length >= 20, `only ${product.length} files found`);
});

test("files import only from lower layers or their own folder, and every room is listed", () => {
	assert.deepEqual(checkLayers(product, LAYERS), []);
});

test("every listed room exists", () => {
	assert.deepEqual(checkRoomsExist(product, LAYERS), []);
});

test("heavy packages stay behind the places named for them", () => {
	assert.deepEqual(checkHeavyImports(product, HEAVY_IMPORTS), []);
});

test("every package the product imports is a runtime dependency, and none is unused", () => {
	const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
	const runtime = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).sort();
	const table = Object.keys(HEAVY_IMPORTS).filter((name) => !name.startsWith("node:"));
	const used = table.filter((name) => checkHeavyImports(product, { ...HEAVY_IMPORTS, [name]: [] }).length > 0).sort();
	assert.deepEqual(used, runtime);
});

test("there are no import cycles", () => {
	assert.deepEqual(findCycles(written), []);
});

test("relative imports name source files", () => {
	assert.deepEqual(checkImportPaths(written), []);
});

test("the type any appears nowhere", () => {
	assert.deepEqual(checkAny(written), []);
});

test("only src/config.ts reads the environment", () => {
	assert.deepEqual(checkEnvironment(product, ["src/config.ts"]), []);
});

test("only the command line writes to the console, and the edge, whose platform collects that", () => {
	assert.deepEqual(checkConsole(product, ["src/cli/", "workers/edge.ts"]), []);
});

test("no comment puts work off", () => {
	assert.deepEqual(checkPutOff([...written, ...python, ...load(".ci/run")]), []);
});

test("no file is longer than 500 lines and no worker longer than 60", () => {
	assert.deepEqual(checkSizes([...written, ...python]), []);
});

test("half of the source files have at most 110 lines", () => {
	assert.ok(medianLines(product) <= 110, `median is ${medianLines(product)}`);
});

test("every source file opens with a short header", () => {
	assert.deepEqual(checkHeaders(product), []);
});

test("names are kebab-case and say what the thing is", () => {
	assert.deepEqual(checkNames(written.map((file) => file.path)), []);
});
