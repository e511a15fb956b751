/** Runs the recipe's own unit tests that need nothing but Python's standard library. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const root = new URL("../..", import.meta.url).pathname;
const python = spawnSync("python3", ["--version"]).status === 0;

test("the recipe's leak check and templates hold their guarantees", {
	skip: python ? false : "SKIPPED: no python3 on this machine; the recipe's tests did not run",
}, () => {
	const run = spawnSync("python3", ["-m", "unittest", "discover", "-s", "training", "-t", ".", "-p", "test_*.py"], {
		cwd: root,
		encoding: "utf8",
	});
	assert.equal(run.status, 0, run.stderr);
	assert.match(run.stderr, /Ran [1-9]/);
});
