/**
 * Question: does any of a million hostile requests get an unexpected status, no answer, a broken one, or leave memory behind?
 * Command: npm run bench -- --expose-gc bench/fuzz.ts [--count 1000000] [--seed 1]
 * The whole app in this process over a scripted moderator, records and queue; requests of bench/fuzz/hostile-requests.ts over
 * every route, 8 at once. Resident memory and heap after each tenth. Writes bench/results/fuzz.json.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROUTES } from "../src/http/routes/index.ts";
import { openHostileService } from "../test/http/hostile/service.ts";
import { readMachine } from "./engine/machine.ts";
import { checkAnswers } from "./fuzz/check-answers.ts";
import { createHostileRequests } from "./fuzz/hostile-requests.ts";

const { values: given } = parseArgs({
	options: {
		count: { type: "string", default: "1000000" },
		seed: { type: "string", default: "1" },
		out: { type: "string", default: fileURLToPath(new URL("./results/fuzz.json", import.meta.url)) },
	},
});
const count = Number(given.count);
const PARTS = 10;

const service = await openHostileService();
const began = performance.now();
const statuses: Record<string, number> = {};
const memory: { sent: number; residentMb: number; heapMb: number }[] = [];
let slowest = 0;
try {
	const shapes = ROUTES.map(({ config }) => ({ method: config.method, path: config.path }));
	const next = createHostileRequests(Number(given.seed), shapes);
	for (let part = 1; part <= PARTS; part++) {
		const tally = await checkAnswers(service.app, next, { count: Math.ceil(count / PARTS) });
		for (const [status, n] of Object.entries(tally.statuses)) statuses[status] = (statuses[status] ?? 0) + n;
		slowest = Math.max(slowest, tally.slowest);
		service.lines.length = 0; // the harness keeps the log
		globalThis.gc?.();
		const { rss, heapUsed } = process.memoryUsage();
		memory.push({
			sent: (part * count) / PARTS,
			residentMb: Math.round(rss / 1e6),
			heapMb: Math.round(heapUsed / 1e6),
		});
		console.error(JSON.stringify(memory.at(-1)));
	}
	const seconds = Math.round((performance.now() - began) / 1000);
	const result = {
		machine: await readMachine(),
		run: { count, seed: Number(given.seed), seconds },
		statuses,
		slowestMs: Math.round(slowest),
		memory,
	};
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	console.table(statuses);
	console.table(memory);
} finally {
	await service.close();
}
