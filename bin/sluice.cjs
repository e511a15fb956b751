#!/usr/bin/env node
/**
 * The `sluice` command: starts the built program, or in a checkout the sources on the pinned Node.
 * Plain syntax, so that an old Node gets a sentence instead of a syntax error.
 */
"use strict";

const fs = require("fs");
const path = require("path");
const url = require("url");

const root = path.resolve(__dirname, "..");
const built = path.join(root, "dist", "src", "cli", "main.js");
const launcher = path.join(root, "scripts", "run.cjs");
const version = process.versions.node.split(".").map(Number);

function fail(message) {
	process.stderr.write(`sluice: ${message}\n`);
	process.exitCode = 1;
}

if (fs.existsSync(launcher)) {
	const main = path.join(root, "src", "cli", "main.ts");
	require(launcher)
		.main(["node", main].concat(process.argv.slice(2)))
		.catch((error) => fail(error.message));
} else if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
	fail(`Node ${process.version} is too old; Node 22.18 or newer is needed`);
} else {
	process.argv[1] = built;
	import(url.pathToFileURL(built).href).catch((error) => fail(error.message));
}
