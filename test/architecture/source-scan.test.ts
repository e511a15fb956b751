/** The scanner behind the architecture rules: what is code, what is comment, what is imported. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { findImports, lineAt, scanSource } from "./source-scan.ts";

const specifiers = (text: string) => findImports(scanSource(text)).map((found) => found.specifier);

test("comments, strings, templates and regular expressions are blanked in place", () => {
	const text = [
		'const a = "any // no comment"; // any',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is source text
		"const b = `any ${process.env} any`; /* any",
		"any */ const c = /any\\/[/any]/.test(a) ? 4 / any / 2 : 0;",
	].join("\n");
	const { code, comments } = scanSource(text);
	assert.equal(code.length, text.length);
	assert.deepEqual([...code.matchAll(/any/g)].length, 1);
	assert.match(code, /process\.env/);
	assert.equal(lineAt(code, code.indexOf("any")), 3);
	assert.deepEqual(
		comments.map((comment) => comment.text),
		["// any", "/* any\nany */"],
	);
});

test("templates nest, with braces inside their expressions", () => {
	// biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is source text
	const { code, strings } = scanSource("f(`a${g({ b: `c${d}e` })}h`, 'i')");
	assert.match(code, /^f\(` \$\{g\(\{ b: ` \$\{d\} ` \}\)\} `, ' '\)$/);
	assert.deepEqual(
		strings.map((piece) => piece.text),
		["a", "c", "e", "h", "i"],
	);
});

test("every form of import is found, and no look-alike", () => {
	const text = `
		import "./effect.ts";
		import type { A } from "./a.ts";
		import b, { type B,
			b2 } from './b.ts';
		import * as c from "./c.ts";
		export * from "./d.ts";
		export { e as f } from "./e.ts";
		const g = await import("./g.ts");
		let h: import("./h.ts").H;
		export const from = "./no.ts";
		const text = 'import "./no.ts"'; // import "./no.ts"
		obj.import("./no.ts");
		export function i(): string { return "./no.ts"; }
	`;
	assert.deepEqual(specifiers(text).sort(), [
		"./a.ts",
		"./b.ts",
		"./c.ts",
		"./d.ts",
		"./e.ts",
		"./effect.ts",
		"./g.ts",
		"./h.ts",
	]);
});

test("a computed import is found without a specifier", () => {
	assert.deepEqual(specifiers("await import(name)"), [undefined]);
});

test("type imports are told from value imports", () => {
	const kinds = (text: string) => findImports(scanSource(text)).map((found) => found.typeOnly);
	assert.deepEqual(kinds('import type { A } from "./a.ts"'), [true]);
	assert.deepEqual(kinds('import { type A, type B } from "./a.ts"'), [true]);
	assert.deepEqual(kinds('import { type A, b } from "./a.ts"'), [false]);
	assert.deepEqual(kinds('import a from "./a.ts"'), [false]);
	assert.deepEqual(kinds('import "./a.ts"'), [false]);
});

test("broken text gives an answer, never an error", () => {
	for (const text of ["", "'", '"a', "`a${", "/*", "/", "`${`${", "}}}", "import {", 'import { a } from "'])
		assert.equal(scanSource(text).code.length, text.length, JSON.stringify(text));
});

test("in our own sources, every line that starts an import is found", () => {
	const root = join(import.meta.dirname, "../..");
	for (const path of globSync("{src,workers}/**/*.ts", { cwd: root })) {
		const text = readFileSync(join(root, path), "utf8");
		const found = findImports(scanSource(text)).filter((one) => one.specifier !== undefined);
		const expected = text.match(/^(?:import\b|export\b[^=(]*\bfrom ")/gm)?.length ?? 0;
		assert.ok(found.length >= expected, `${path}: ${found.length} of ${expected} imports found`);
	}
});
