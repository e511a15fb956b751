/** Each rule of the house, shown to pass on a good sample and to fail on a bad one. */
import assert from "node:assert/strict";
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
	medianLines,
	type SourceFile,
} from "./rules.ts";

const file = (path: string, text: string): SourceFile => ({ path, text });
const lines = (count: number): string => "x;\n".repeat(count);
const LAYERS = { "types.ts": 0, onnx: 1, engine: 2, "moderator.ts": 3, "policies.ts": 3 };

test("layers: upwards, sideways, unlisted and computed imports are complaints; downwards and own folder are not", () => {
	const check = (path: string, text: string) => checkLayers([file(path, text)], LAYERS);
	assert.deepEqual(check("src/engine/a.ts", 'import "./b.ts"; import "../onnx/c.ts"; import "../types.ts";'), []);
	assert.deepEqual(check("src/onnx/a.ts", '\nimport type { E } from "../engine/e.ts";'), [
		"src/onnx/a.ts:2 (layer 1) imports src/engine/e.ts (layer 2)",
	]);
	assert.match(check("src/moderator.ts", 'import "./policies.ts";')[0]!, /layer 3.*layer 3/);
	assert.match(check("src/extras/a.ts", "")[0]!, /no listed layer/);
	assert.match(check("src/engine/a.ts", 'import "../../test/x.ts";')[0]!, /outside every layer/);
	assert.match(check("src/engine/a.ts", "await import(path);")[0]!, /computed path/);
});

test("layers: a listed room without files is a complaint", () => {
	assert.deepEqual(
		checkRoomsExist([file("src/types.ts", ""), file("src/onnx/a.ts", "")], { "types.ts": 0, onnx: 1 }),
		[],
	);
	assert.deepEqual(checkRoomsExist([file("src/types.ts", "")], { "types.ts": 0, onnx: 1 }), ["onnx"]);
});

test("heavy imports: allowed in their place, complaints elsewhere, unknown packages complaints everywhere", () => {
	const table = { hono: ["src/http/"], yaml: ["src/policies.ts"], "node:worker_threads": ["src/engine/"] };
	const check = (path: string, text: string) => checkHeavyImports([file(path, text)], table);
	assert.deepEqual(
		check("src/http/routes/a.ts", 'import { stream } from "hono/streaming"; import "node:fs/promises";'),
		[],
	);
	assert.deepEqual(check("src/policies.ts", 'import { parse } from "yaml";'), []);
	assert.deepEqual(check("src/engine/a.ts", 'import type { Hono } from "hono";'), [
		"src/engine/a.ts:1 must not import hono",
	]);
	assert.deepEqual(check("src/policies.ts.ts", 'export * from "yaml";'), ["src/policies.ts.ts:1 must not import yaml"]);
	assert.deepEqual(check("src/http/a.ts", 'const w = await import("node:worker_threads");').length, 1);
	assert.match(check("src/http/a.ts", 'import "@scope/new/deep";')[0]!, /imports @scope\/new, which is in no table/);
});

test("cycles: found through types, re-exports and index files, reported once each", () => {
	const a = file("src/a.ts", 'import { b } from "./b.ts";');
	const b = file("src/b.ts", 'export type { C } from "./c/index.ts";');
	const c = file("src/c/index.ts", 'import type { A } from "../a.ts";');
	assert.deepEqual(findCycles([a, b, c]), ["src/a.ts -> src/b.ts -> src/c/index.ts -> src/a.ts"]);
	assert.deepEqual(findCycles([a, b, file("src/c/index.ts", 'import "./leaf.ts";')]), []);
	assert.deepEqual(findCycles([file("src/a.ts", 'import "./a.ts";')]), ["src/a.ts -> src/a.ts"]);
});

test("import paths: a missing file or a missing .ts is a complaint", () => {
	const known = file("src/b.ts", "");
	assert.deepEqual(checkImportPaths([file("src/a.ts", 'import "./b.ts"; import "zod";'), known]), []);
	assert.equal(checkImportPaths([file("src/a.ts", 'import "./b";'), known]).length, 1);
	assert.equal(checkImportPaths([file("src/a.ts", 'import "./gone.ts";'), known]).length, 1);
});

test("any: found in every type position, not as a name, key, word or text", () => {
	const bad = [
		"let a: any;",
		"x as any",
		"Map<string, any>",
		"any[]",
		"Promise<any>",
		"type A = any;",
		"string | any",
		"<T extends any>() => T",
		"function f(x: any): void {}",
	];
	for (const text of bad) assert.equal(checkAny([file("src/a.ts", text)]).length, 1, text);
	const good = [
		"labels.any",
		"{ any: 1, hate: 2 }",
		"interface L { any?: 0 | 1 }",
		'"any"',
		"// any: any",
		"Promise.any(all)",
		"const { any } = labels;",
		"company: string",
	];
	for (const text of good) assert.deepEqual(checkAny([file("src/a.ts", text)]), [], text);
	assert.equal(checkAny([file("src/a.ts", "// @ts-ignore\nx;")]).length, 1);
	assert.equal(checkAny([file("src/a.ts", "// biome-ignore lint/suspicious/noExplicitAny: no\nx;")]).length, 1);
});

test("environment: read in the one allowed file only, by whatever spelling", () => {
	const bad = ["process.env.PORT", "process?.env", 'process["env"]', 'import { env } from "node:process";'];
	for (const text of bad) assert.equal(checkEnvironment([file("src/a.ts", text)], ["src/config.ts"]).length, 1, text);
	assert.deepEqual(checkEnvironment([file("src/config.ts", "process.env")], ["src/config.ts"]), []);
	assert.deepEqual(checkEnvironment([file("src/a.ts", "// process.env\nconfig.env")], []), []);
});

test("console: used in the allowed places only", () => {
	assert.equal(checkConsole([file("src/a.ts", "console.log(1)")], ["src/cli/"]).length, 1);
	assert.equal(checkConsole([file("src/a.ts", 'console["error"](1)')], ["src/cli/"]).length, 1);
	assert.deepEqual(checkConsole([file("src/cli/a.ts", "console.log(1)")], ["src/cli/"]), []);
	assert.deepEqual(checkConsole([file("src/a.ts", '"console.log"; this.console.log()')], []), []);
});

test("put-off work: found in comments, not in text", () => {
	const mark = ["TO", "DO"].join("");
	assert.equal(checkPutOff([file("src/a.ts", `x; // ${mark} later`)]).length, 1);
	assert.equal(checkPutOff([file("training/a.py", `# ${mark}: later`)]).length, 1);
	assert.deepEqual(checkPutOff([file("src/a.ts", `const word = "${mark}";`)]), []);
});

test("sizes: 500 lines for a file, 60 for a worker", () => {
	assert.deepEqual(checkSizes([file("src/a.ts", lines(500)), file("workers/a.ts", lines(60))]), []);
	assert.equal(checkSizes([file("src/a.ts", lines(501)), file("workers/a.ts", lines(61))]).length, 2);
	assert.equal(medianLines([file("a.ts", lines(1)), file("b.ts", lines(9)), file("c.ts", lines(5))]), 5);
});

test("headers: present and at most eight lines", () => {
	const header = (count: number) => `/**\n${" * words\n".repeat(count)} */\nimport "x";\n`;
	assert.deepEqual(checkHeaders([file("src/a.ts", header(8)), file("src/b.ts", "// words\nx;\n")]), []);
	assert.match(checkHeaders([file("src/a.ts", header(9))])[0]!, /9 lines/);
	assert.match(checkHeaders([file("src/a.ts", 'import "x";\n/** late */')])[0]!, /no header/);
});

test("names: kebab-case, model types under architectures, no catch-all names", () => {
	assert.deepEqual(
		checkNames(["src/head-pool.ts", "src/a/head.test.ts", "src/architectures/recurrent_gemma.ts", ".ci/run"]),
		[],
	);
	for (const path of ["src/headPool.ts", "src/Head.ts", "src/head_pool.ts", "src/utils.ts", "src/text-helpers.ts"])
		assert.equal(checkNames([path]).length, 1, path);
	for (const path of ["src/common/a.ts", "src/misc/a.ts"]) assert.equal(checkNames([path]).length, 1, path);
});
