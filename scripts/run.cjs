/**
 * First-run launcher: `npm start` and `npm test` work as the first command in a fresh clone with any Node >= 12 and npm.
 * Installs the locked dependencies when they are missing or out of date, then goes on with the pinned Node.
 * Commands: start [ARGS], test [PATHS AND FLAGS], check, build, node FILE [ARGS].
 * Plain syntax on purpose: it has to parse on the Node that happens to be there. Knows nothing of Sluice itself.
 */
"use strict";

const childProcess = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const ROOT = path.resolve(__dirname, "..");
const WINDOWS = process.platform === "win32";
const OLDEST_NODE = [22, 18];
const TEST_CONCURRENCY = 2;
const TEST_TIMEOUT_MS = 120000;
const PARENT_CHECK_MS = 500;
// Answers and lines of a scan die young: larger spaces for them only keep 90 MB more resident (docs/log.md).
const SERVE_FLAGS = ["--max-semi-space-size=8"];
const MAIN = path.join(ROOT, "src", "cli", "main.ts");
const TSC = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");
const BIOME = path.join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");

/** A message for the person at the keyboard; stdout belongs to the program that is started. */
function say(message) {
	process.stderr.write(`sluice: ${message}\n`);
}

/** Whether a Node version ("v24.1.0") runs TypeScript without flags. */
function isNewEnough(version) {
	const parts = version.replace(/^v/, "").split(".").map(Number);
	return parts[0] > OLDEST_NODE[0] || (parts[0] === OLDEST_NODE[0] && parts[1] >= OLDEST_NODE[1]);
}

/**
 * Compares package-lock.json with the list npm keeps of what it installed (node_modules/.package-lock.json).
 * Answers whether the runtime packages and the development packages are the locked ones.
 * An absent optional package is fine: npm leaves out those made for other systems.
 */
function compareLocks(wanted, installed) {
	const state = { runtime: true, development: true };
	for (const name of Object.keys(wanted.packages)) {
		const want = wanted.packages[name];
		const have = installed.packages[name];
		if (name === "" || want.link) continue;
		const same = have !== undefined && have.version === want.version && have.integrity === want.integrity;
		if (same || (have === undefined && want.optional)) continue;
		state[want.dev || want.devOptional ? "development" : "runtime"] = false;
	}
	return state;
}

/** {@link compareLocks} on the files of a project folder; nothing installed reads as nothing in place. */
function readInstallState(root) {
	try {
		const read = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
		const wanted = read(path.join(root, "package-lock.json"));
		return compareLocks(wanted, read(path.join(root, "node_modules", ".package-lock.json")));
	} catch (_) {
		return { runtime: false, development: false };
	}
}

/** The pinned Node of the development dependencies, or undefined where they are left out. */
function findPinnedNode(root) {
	const name = WINDOWS ? "node.exe" : "node";
	const candidates = [
		path.join(root, "node_modules", "node", "bin", name),
		path.join(root, "node_modules", ".bin", name),
	];
	return candidates.find((file) => fs.existsSync(file));
}

/** How to call npm: the npm that started us, under the Node it runs on, or the one on the PATH. */
function npmCommand(env) {
	const script = env.npm_execpath;
	if (script && /\.c?js$/.test(script) && /npm/.test(path.basename(script))) {
		return { file: env.npm_node_execpath || process.execPath, args: [script], shell: false };
	}
	return { file: "npm", args: [], shell: WINDOWS };
}

/** Ctrl-C in a terminal reaches the whole process group by itself; sending it on would deliver it twice. */
function forwardedSignals() {
	const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
	return onTerminal ? ["SIGTERM", "SIGHUP"] : ["SIGTERM", "SIGHUP", "SIGINT"];
}

/**
 * npm runs scripts through a shell, and a signal sent to npm ends that shell without reaching us. Calls `stop` once the
 * shell is gone; answers a function that ends the watch.
 */
function watchParent(stop) {
	if (WINDOWS || !process.env.npm_lifecycle_event) return () => {};
	const parent = process.ppid;
	const timer = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(timer);
		stop();
	}, PARENT_CHECK_MS);
	return () => clearInterval(timer);
}

/** Runs a program to its end; resolves to { code, signal }. Signals sent to us meanwhile go to the program. */
function runProgram(file, args, options) {
	return new Promise((resolve, reject) => {
		const child = childProcess.spawn(file, args, Object.assign({ stdio: "inherit" }, options));
		const forward = (signal) => child.kill(signal);
		const ignore = () => {};
		const passed = forwardedSignals();
		for (const signal of passed) process.on(signal, forward);
		if (passed.indexOf("SIGINT") < 0) process.on("SIGINT", ignore);
		const unwatch = watchParent(() => child.kill("SIGTERM"));
		child.on("error", (error) => {
			unwatch();
			reject(error);
		});
		child.on("exit", (code, signal) => {
			unwatch();
			for (const name of passed) process.removeListener(name, forward);
			process.removeListener("SIGINT", ignore);
			resolve({ code, signal });
		});
	});
}

/** Ends this process as the program ended: same exit code, or the same signal. */
function endLike(result) {
	if (!result.signal) {
		process.exitCode = result.code;
		return;
	}
	process.exitCode = 128 + (os.constants.signals[result.signal] || 0);
	process.kill(process.pid, result.signal);
}

const INSTALL_FAILED = `the locked dependencies could not be installed (npm ci, see above).
  The npm registry has to be reachable. Behind a mirror or a proxy, tell npm about it and run the command again:
    npm config set registry URL      npm config set proxy URL      npm config set cafile FILE
  With no network at all, copy node_modules from a machine with the same system and CPU.`;

async function install() {
	say("installing the locked dependencies (npm ci); this happens once");
	const npm = npmCommand(process.env);
	const args = npm.args.concat(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
	// stdout stays clean for the program itself.
	const options = { cwd: ROOT, shell: npm.shell, stdio: ["ignore", 2, 2] };
	const result = await runProgram(npm.file, args, options).catch((error) => {
		say(error.code === "ENOENT" ? "npm is not on the PATH" : error.message);
		return { code: 1, signal: null };
	});
	if (result.signal === null && result.code === 0) return true;
	if (result.signal === null) say(INSTALL_FAILED);
	endLike(result);
	return false;
}

/** Makes the dependencies ready and answers the Node to go on with, or undefined after saying why there is none. */
async function prepare(needsDevelopment) {
	const running = isNewEnough(process.version) ? process.execPath : undefined;
	const state = readInstallState(ROOT);
	const leftOut = state.runtime && !needsDevelopment && running !== undefined;
	if (!(state.runtime && state.development) && !leftOut && !(await install())) return undefined;
	const node = findPinnedNode(ROOT) || running;
	if (node !== undefined) return node;
	say(`Node ${process.version} is too old and the pinned Node is not installed.
  Either install Node ${OLDEST_NODE.join(".")} or newer, or let npm install the development dependencies and run
  their install scripts (no --omit=dev, no NODE_ENV=production, no ignore-scripts): npm ci`);
	process.exitCode = 1;
	return undefined;
}

/** Splits what follows `npm test --` into test files and flags for node; folders stand for the tests in them. */
function testArguments(args, cwd) {
	const files = [];
	const flags = [];
	for (const arg of args) {
		const isPath = !arg.startsWith("-") && (arg.indexOf("*") >= 0 || fs.existsSync(path.resolve(cwd, arg)));
		if (!isPath) flags.push(arg);
		else if (fs.existsSync(path.resolve(cwd, arg)) && fs.statSync(path.resolve(cwd, arg)).isDirectory())
			files.push(`${arg.replace(/[\\/]+$/, "")}/**/*.test.ts`);
		else files.push(arg);
	}
	const reporter = flags.some((flag) => flag.startsWith("--test-reporter")) ? [] : ["--test-reporter=spec"];
	const limits = [`--test-concurrency=${TEST_CONCURRENCY}`, `--test-timeout=${TEST_TIMEOUT_MS}`];
	const chosen = files.length > 0 ? files : ["test/**/*.test.ts"];
	return ["--test"].concat(limits, reporter, flags, chosen);
}

/** Node's own flags for a program: those of the service for all of `sluice`, none for others. */
function flagsOf(file) {
	return file !== undefined && path.resolve(file) === MAIN ? SERVE_FLAGS : [];
}

/** The programs behind a command, in order. Every one runs, so one call shows all that is wrong. */
function steps(command, args) {
	const check = [
		{ name: "types", args: [TSC, "-p", "."] },
		{ name: "lint and format", args: [BIOME, "check", "."] },
	];
	switch (command) {
		case "start":
			return [{ name: "serve", args: SERVE_FLAGS.concat([MAIN, "serve"], args), here: true }];
		case "node":
			return [{ name: "node", args: flagsOf(args[0]).concat(args), here: true }];
		case "check":
			return check;
		case "build":
			return [{ name: "build", args: [TSC, "-p", "tsconfig.build.json"].concat(args) }];
		case "test":
			return check.concat([{ name: "tests", args: testArguments(args, ROOT) }]);
		default:
			return undefined;
	}
}

async function main(argv) {
	const command = argv[0];
	const plan = steps(command, argv.slice(1));
	if (plan === undefined) {
		say("usage: run.cjs start | test | check | build | node FILE, each with arguments of its own");
		process.exitCode = 2;
		return;
	}
	const node = await prepare(command !== "start" && command !== "node");
	if (node === undefined) return;
	if (command === "build") removeFolder(path.join(ROOT, "dist"));
	const failed = [];
	let worst = { code: 0, signal: null };
	for (const step of plan) {
		const result = await runProgram(node, step.args, step.here ? {} : { cwd: ROOT });
		if (result.signal !== null) return endLike(result);
		if (result.code === 0) continue;
		failed.push(step.name);
		if (worst.code === 0) worst = result;
	}
	if (plan.length > 1 && failed.length > 0) say(`failed: ${failed.join(", ")}`);
	endLike(worst);
}

function removeFolder(folder) {
	if (fs.rmSync) fs.rmSync(folder, { recursive: true, force: true });
	else if (fs.existsSync(folder)) fs.rmdirSync(folder, { recursive: true });
}

module.exports = {
	SERVE_FLAGS,
	compareLocks,
	findPinnedNode,
	flagsOf,
	isNewEnough,
	main,
	npmCommand,
	readInstallState,
	testArguments,
};

if (require.main === module) {
	main(process.argv.slice(2)).catch((error) => {
		say(error.message);
		process.exitCode = 1;
	});
}
