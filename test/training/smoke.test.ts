/** The recipe from data to an exported directory, on a few hundred rows; needs torch. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openModel } from "../../src/engine/index.ts";

const root = new URL("../..", import.meta.url).pathname;
const python = ["python3", "/usr/bin/python3"].find(
	(command) => spawnSync(command, ["-c", "import torch, numpy"]).status === 0,
);

test("the recipe trains, calibrates and exports a model that the engine opens", {
	skip: python ? false : "SKIPPED: no python3 with torch and numpy on this machine; the recipe did not run",
	timeout: 120_000,
}, async () => {
	const work = mkdtempSync(join(tmpdir(), "sluice-recipe-"));
	try {
		const run = spawnSync(python!, ["-B", "-m", "training.smoke", "--work", work, "--node", process.execPath], {
			cwd: root,
			encoding: "utf8",
			env: { ...process.env, OMP_NUM_THREADS: "1", OMP_WAIT_POLICY: "passive" },
		});
		assert.equal(run.status, 0, run.stderr);
		const note = JSON.parse(readFileSync(join(work, "run/data.json"), "utf8")) as { leaks_dropped: number };
		assert.ok(note.leaks_dropped >= 20, "rows of the evaluation set are found in the training rows and dropped");
		const heads = JSON.parse(readFileSync(join(work, "out/heads.json"), "utf8")) as { thresholds: object };
		assert.ok("any" in heads.thresholds);
		const model = await openModel(join(work, "out"), { weights: "f32", threads: 1 });
		await model.close();
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
});
