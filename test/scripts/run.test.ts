/** The first-run launcher: when it installs, which Node it picks, how it passes arguments, exit codes and signals on. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

interface Lock {
	packages: Record<string, { version?: string; integrity?: string; dev?: boolean; optional?: boolean }>;
}
interface Launcher {
	compareLocks(wanted: Lock, installed: Lock): { runtime: boolean; development: boolean };
	readInstallState(root: string): { runtime: boolean; development: boolean };
	flagsOf(file: string | undefined): readonly string[];
	isNewEnough(version: string): boolean;
	npmCommand(env: Record<string, string>): { file: string; args: string[] };
	testArguments(args: string[], cwd: string): string[];
}

const ROOT = join(import.meta.dirname, "../..");
const LAUNCHER = join(ROOT, "scripts", "run.cjs");
const launcher: Launcher = createRequire(import.meta.url)(LAUNCHER);

const run = (...args: string[]) => spawnSync(process.execPath, [LAUNCHER, ...args], { encoding: "utf8" });

test("an install counts as current only when every package the lock asks for is there", () => {
	const wanted: Lock = {
		packages: {
			"": {},
			"node_modules/a": { version: "1.0.0", integrity: "x" },
			"node_modules/b": { version: "1.0.0", integrity: "y", dev: true },
			"node_modules/c-darwin": { version: "1.0.0", integrity: "z", optional: true },
		},
	};
	const { a, b } = { a: wanted.packages["node_modules/a"]!, b: wanted.packages["node_modules/b"]! };
	const compare = (packages: Lock["packages"]) => launcher.compareLocks(wanted, { packages });
	assert.deepEqual(compare({ "node_modules/a": a, "node_modules/b": b }), { runtime: true, development: true });
	assert.deepEqual(compare({ "node_modules/a": a }), { runtime: true, development: false });
	assert.deepEqual(compare({ "node_modules/b": b }), { runtime: false, development: true });
	const changed = { ...a, integrity: "other" };
	assert.deepEqual(compare({ "node_modules/a": changed, "node_modules/b": b }).runtime, false);
	const extra = { "node_modules/a": a, "node_modules/b": b, "node_modules/d": { version: "2.0.0" } };
	assert.deepEqual(compare(extra), { runtime: true, development: true });
});

test("a folder without node_modules, or with an unreadable list, is not installed", (t) => {
	const folder = mkdtempSync(join(tmpdir(), "sluice-run-"));
	t.after(() => rmSync(folder, { recursive: true }));
	cpSync(join(ROOT, "package-lock.json"), join(folder, "package-lock.json"));
	const nothing = { runtime: false, development: false };
	assert.deepEqual(launcher.readInstallState(folder), nothing);
	mkdirSync(join(folder, "node_modules"));
	writeFileSync(join(folder, "node_modules", ".package-lock.json"), "{");
	assert.deepEqual(launcher.readInstallState(folder), nothing);
});

test("a Node that runs TypeScript by itself is told from an older one", () => {
	for (const version of ["v22.18.0", "v24.0.0", "v26.1.0"]) assert.equal(launcher.isNewEnough(version), true, version);
	for (const version of ["v12.22.0", "v20.20.2", "v22.9.0", "v22.17.9"])
		assert.equal(launcher.isNewEnough(version), false, version);
});

test("npm is the one that started us, under its own Node", () => {
	const command = launcher.npmCommand({ npm_execpath: "/x/npm-cli.js", npm_node_execpath: "/x/node" });
	assert.deepEqual([command.file, command.args], ["/x/node", ["/x/npm-cli.js"]]);
	for (const env of [{}, { npm_execpath: "/x/yarn.js" }, { npm_execpath: "/x/npm" }])
		assert.equal(launcher.npmCommand(env as Record<string, string>).file, "npm");
});

test("npm test takes folders, files and flags, and reports in the form CI reads", () => {
	const of = (...args: string[]) => launcher.testArguments(args, ROOT);
	assert.equal(of().at(-1), "test/**/*.test.ts");
	assert.ok(of().includes("--test-reporter=spec") && of().includes("--test-concurrency=2"));
	assert.equal(of("test/scripts/").at(-1), "test/scripts/**/*.test.ts");
	assert.equal(of("test/scripts/run.test.ts").at(-1), "test/scripts/run.test.ts");
	assert.deepEqual(of("--test-name-pattern", "a b", "test/scripts").slice(-3, -1), ["--test-name-pattern", "a b"]);
	assert.ok(!of("--test-reporter=tap").includes("--test-reporter=spec"));
});

test("arguments and exit codes pass through, on the pinned Node", () => {
	const script = "console.log(JSON.stringify([process.version, process.argv.slice(1)])); process.exit(7)";
	const result = run("node", "-e", script, "--", "a b", "--flag", "");
	assert.equal(result.status, 7, result.stderr);
	const [version, args] = JSON.parse(result.stdout);
	const pinned = JSON.parse(readFileSync(join(ROOT, "node_modules/node/package.json"), "utf8")).version;
	assert.equal(version, `v${pinned}`);
	assert.deepEqual(args, ["a b", "--flag", ""]);
});

test("a signal reaches the program, and its way of ending becomes ours", async () => {
	const script = "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1e6); console.log('up')";
	const polite = spawn(process.execPath, [LAUNCHER, "node", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
	await once(polite.stdout, "data");
	polite.kill("SIGTERM");
	assert.deepEqual(await once(polite, "exit"), [5, null]);
	const killed = run("node", "-e", "process.kill(process.pid, 'SIGKILL')");
	assert.equal(killed.signal, "SIGKILL");
});

test("when npm's shell is ended, the program is told to end too", { skip: process.platform === "win32" }, async () => {
	const script =
		"process.on('SIGTERM', () => { console.log('told'); process.exit() }); setInterval(() => {}, 1e6); console.log('up')";
	const words = [process.execPath, LAUNCHER, "node", "-e", script].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
	const shell = spawn("sh", ["-c", `${words.join(" ")}; true`], {
		stdio: ["ignore", "pipe", "inherit"],
		env: { ...process.env, npm_lifecycle_event: "start" },
	});
	let printed = "";
	shell.stdout.on("data", (chunk) => {
		printed += chunk;
		if (printed === "up\n") shell.kill("SIGTERM");
	});
	await once(shell.stdout, "end");
	assert.equal(printed, "up\ntold\n");
});

test("an unknown command is a usage error", () => {
	const result = run("dance");
	assert.equal(result.status, 2);
	assert.match(result.stderr, /usage/);
	assert.equal(result.stdout, "");
});

test("a failed install says what to do and ends with npm's code", (t) => {
	const folder = mkdtempSync(join(tmpdir(), "sluice-run-"));
	t.after(() => rmSync(folder, { recursive: true }));
	cpSync(LAUNCHER, join(folder, "scripts", "run.cjs"));
	writeFileSync(join(folder, "npm-cli.js"), "console.log('npm speaks', process.argv.slice(2)); process.exit(9);");
	const result = spawnSync(process.execPath, [join(folder, "scripts", "run.cjs"), "start"], {
		encoding: "utf8",
		env: { ...process.env, npm_execpath: join(folder, "npm-cli.js"), npm_node_execpath: process.execPath },
	});
	assert.equal(result.status, 9);
	assert.match(result.stderr, /npm speaks.*'ci'/s);
	assert.match(result.stderr, /registry has to be reachable/);
	assert.equal(result.stdout, "");
});

test("with the development packages left out, a new enough Node starts the program itself", (t) => {
	const folder = mkdtempSync(join(tmpdir(), "sluice-run-"));
	t.after(() => rmSync(folder, { recursive: true }));
	cpSync(LAUNCHER, join(folder, "scripts", "run.cjs"));
	mkdirSync(join(folder, "src/cli"), { recursive: true });
	mkdirSync(join(folder, "node_modules"));
	writeFileSync(
		join(folder, "src/cli/main.ts"),
		"const args: string[] = process.argv.slice(2); console.log(args.join());",
	);
	const locked = { packages: { "node_modules/d": { version: "1.0.0", dev: true } } };
	writeFileSync(join(folder, "package-lock.json"), JSON.stringify(locked));
	writeFileSync(join(folder, "node_modules/.package-lock.json"), '{"packages":{}}');
	const result = spawnSync(process.execPath, [join(folder, "scripts/run.cjs"), "start", "--port", "1"], {
		encoding: "utf8",
	});
	assert.equal(result.stdout, "serve,--port,1\n", result.stderr);
});

test("every command of sluice gets the service's flags for Node, other programs get none", () => {
	assert.deepEqual(launcher.flagsOf(join(ROOT, "src/cli/main.ts")), ["--max-semi-space-size=8"]);
	assert.deepEqual(launcher.flagsOf(join(ROOT, "bench/scan.ts")), []);
	assert.deepEqual(launcher.flagsOf(undefined), []);
});
