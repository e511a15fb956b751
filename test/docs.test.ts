/** The written pages against the code: file tree, links, commands, and the tables that repeat a list. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	existsSync,
	globSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { VARIABLES } from "../src/config.ts";
import { EDGE_BINDINGS, readSettings } from "../src/edge/settings.ts";
import { ERRORS } from "../src/errors.ts";
import { OPENAI_CATEGORIES } from "../src/http/protocols/openai.ts";
import { loadPolicies } from "../src/policies/index.ts";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("docs/*.md", { cwd: ROOT })];
const manifest = JSON.parse(read("package.json"));

interface TreeLine {
	readonly path: string;
	readonly comment: string;
}

/** The lines of a file tree: two spaces of indent per level, folders end in a slash, two spaces before the comment. */
function parseTree(text: string): TreeLine[] {
	const folders: string[] = [];
	return text.split("\n").map((line) => {
		const [, indent = "", name = "", comment = ""] = /^( *)(\S+)\s*(.*)$/.exec(line) ?? [];
		const depth = indent.length / 2;
		folders.length = depth;
		folders[depth] = name;
		return { path: folders.join(""), comment };
	});
}

/** Bodies of the fenced blocks of one language. */
function fences(page: string, language: string): string[] {
	return [...page.matchAll(/^```(\w*)\n([\s\S]*?)\n```$/gm)].filter((m) => m[1] === language).map((m) => m[2]!);
}

/** First cell, without code marks, of every row of the tables whose head starts with `head`; the rest as raw text. */
function tableRows(page: string, head: string): [string, string][] {
	const table = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n?)+)`, "m").exec(page)?.[1] ?? "";
	return [...table.matchAll(/^\| `?([^|`]+?)`? \| (.*) \|$/gm)].map((m) => [m[1]!, m[2]!]);
}

/** Complaints about shell lines: npm commands have to exist. */
function checkCommands(block: string, scripts: Readonly<Record<string, string>>): string[] {
	return block.split("\n").flatMap((line) => {
		if (/^curl /.test(line)) return [];
		const script = /^npm (?:run (?:-s )?)?([\w-]+)(?: |$)/.exec(line)?.[1];
		return script !== undefined && script in scripts ? [] : [`not a command of this package: ${line}`];
	});
}

test("the README has at most 130 lines", () => {
	assert.ok(read("README.md").trimEnd().split("\n").length <= 130);
});

test("the README's file tree names what exists, with a comment each, and all of src", () => {
	const tree = parseTree(fences(read("README.md"), "text")[0] ?? "");
	assert.ok(tree.length > 10);
	for (const { path, comment } of tree) {
		assert.ok(existsSync(join(ROOT, path)), `${path} does not exist`);
		assert.ok(comment.length > 0, `${path} has no comment`);
	}
	const shown = new Set(tree.map((line) => line.path));
	for (const entry of readdirSync(join(ROOT, "src"), { withFileTypes: true })) {
		const path = `src/${entry.name}${entry.isDirectory() ? "/" : ""}`;
		assert.ok(shown.has(path), `${path} is missing from the tree`);
	}
});

test("the tree parser reads levels and sees a missing comment", () => {
	assert.deepEqual(parseTree("src/    all\n  a/    first\n    b.ts  second\nbin/"), [
		{ path: "src/", comment: "all" },
		{ path: "src/a/", comment: "first" },
		{ path: "src/a/b.ts", comment: "second" },
		{ path: "bin/", comment: "" },
	]);
});

test("shell snippets in the pages are commands of this package", () => {
	for (const page of pages)
		for (const block of fences(read(page), "sh")) assert.deepEqual(checkCommands(block, manifest.scripts), [], page);
	assert.equal(checkCommands("npm run missing", manifest.scripts).length, 1);
	assert.equal(checkCommands("make", manifest.scripts).length, 1);
});

test("npm scripts mentioned in running text exist", () => {
	for (const page of pages)
		for (const [mention, run, own] of read(page).matchAll(/`npm (?:run (?:-s )?([\w-]+)|(start|test))/g))
			assert.ok((run ?? own ?? "") in manifest.scripts, `${page}: ${mention}`);
});

test("links between the pages lead somewhere", () => {
	for (const page of pages)
		for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
			assert.ok(existsSync(join(ROOT, dirname(page), target)), `${page}: ${target}`);
});

test("files and folders of src named in the pages exist", () => {
	for (const page of pages.filter((name) => name !== "CHANGELOG.md"))
		for (const [, path = ""] of read(page).matchAll(/`((?:src|scripts|test|workers|training|bench)\/[\w./-]*)`/g))
			assert.ok(existsSync(join(ROOT, path)), `${page}: ${path}`);
});

test("docs/errors.md lists the error codes with their meaning", () => {
	const documented = tableRows(read("docs/errors.md"), "Code");
	const known = Object.entries(ERRORS).map(([code, kind]) => [
		code,
		`${kind.status} | ${kind.retryable ? "yes" : "no"} | ${kind.title}`,
	]);
	assert.deepEqual(documented, known);
});

test("docs/operations.md lists the settings", () => {
	const documented = tableRows(read("docs/operations.md"), "Variable").map(([name]) => name);
	assert.deepEqual(documented, [...VARIABLES]);
});

test("docs/edge.md lists the bindings with their defaults, and wrangler.toml names no other variables", () => {
	const rows = tableRows(read("docs/edge.md"), "Binding");
	assert.deepEqual(
		rows.map(([name]) => name),
		[...EDGE_BINDINGS],
	);
	const defaults = rows.flatMap(([name, rest]) => {
		const [, value] = /^`([^`]+)`/.exec(rest) ?? [];
		return value === undefined ? [] : [[name, value] as const];
	});
	const needed = { SLUICE_ORIGIN: "https://origin.example", SLUICE_EDGE_SECRET: "s".repeat(32) };
	assert.deepEqual(readSettings({ ...needed, ...Object.fromEntries(defaults) }), readSettings(needed));
	assert.equal(defaults.length, 7);
	const [, vars = ""] = /^\[vars\]\n([\s\S]*?)^\[/m.exec(read("wrangler.toml")) ?? [];
	const named = [...vars.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name, value]) => [name!, value!]);
	assert.ok(named.length > 0);
	assert.deepEqual(
		readSettings({ ...needed, ...Object.fromEntries(named), SLUICE_ORIGIN: needed.SLUICE_ORIGIN }),
		readSettings(needed),
	);
	for (const [name] of named) assert.ok(EDGE_BINDINGS.includes(name!), name);
});

test("docs/policies.md says of each OpenAI category which policy measures it", async () => {
	const policies = await loadPolicies(join(ROOT, "policies"));
	const rows = tableRows(read("docs/policies.md"), "Category");
	const categories: readonly string[] = OPENAI_CATEGORIES;
	assert.deepEqual(rows.map(([category]) => category).sort(), [...categories].sort());
	for (const [category, measuredBy] of rows) {
		const ids = policies.filter((policy) => policy.maps.openai.includes(category)).map((policy) => `\`${policy.id}\``);
		assert.equal(measuredBy, ids.join(", ") || "not measured", category);
	}
});

test("TypeScript snippets in the pages compile against the public API", (t) => {
	mkdirSync(join(ROOT, ".cache"), { recursive: true });
	const folder = mkdtempSync(join(ROOT, ".cache", "snippets-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const snippets = pages.flatMap((page) => fences(read(page), "ts"));
	assert.ok(snippets.length > 0);
	for (const [i, snippet] of snippets.entries())
		writeFileSync(join(folder, `snippet-${i}.ts`), `${snippet}\nexport {};\n`);
	const settings = {
		extends: "../../tsconfig.json",
		compilerOptions: {
			paths: { sluice: ["../../src/index.ts"], "sluice/guard": ["../../src/guard/index.ts"] },
			noUnusedLocals: false,
		},
		include: ["*.ts"],
	};
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
	const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
	const checked = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
	assert.equal(checked.status, 0, checked.stdout);
});
