/**
 * Question: does every item of a batch get one result, the same as undisturbed, whoever is killed?
 * Command: npm run bench -- bench/faults.ts [--items 20000] [--workers 3] [--kill-every-ms 1000] [--backends sqlite,redis]
 * Workers are killed with SIGKILL one after another, the owner of the records once, Redis (append-only) is restarted once.
 * The embedded model judges. Prints the counts; exits 1 where one is wrong. Needs redis-server for its part.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runFaults } from "../test/faults/run-faults.ts";
import { readMachine } from "./engine/machine.ts";

const { values: given } = parseArgs({
	options: {
		items: { type: "string", default: "20000" },
		workers: { type: "string", default: "3" },
		"kill-every-ms": { type: "string", default: "1000" },
		backends: { type: "string", default: "sqlite,redis" },
		out: { type: "string", default: fileURLToPath(new URL("./results/faults.json", import.meta.url)) },
	},
});

const rows: object[] = [];
for (const kind of given.backends.split(",") as ("sqlite" | "redis")[]) {
	const [items, workers] = [Number(given.items), Number(given.workers)];
	const report = await runFaults({ kind, items, workers, killEveryMs: Number(given["kill-every-ms"]) });
	if (report === undefined) throw new Error("redis-server is not installed");
	rows.push({ backend: kind, ...report });
	const { lines, missing, repeated, outOfOrder, different } = report;
	if (lines !== items || missing + repeated + outOfOrder + different > 0) process.exitCode = 1;
}
await writeFile(given.out, `${JSON.stringify({ machine: await readMachine(), rows }, null, "\t")}\n`);
console.table(rows);
