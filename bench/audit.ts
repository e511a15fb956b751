/**
 * Question: what does the record of a decision cost the thread that answers, and does its writing hold anybody up?
 * Command: npm run bench -- bench/audit.ts [--rounds 5] [--records 20000] [--in-flight 16]
 * A moderator that answers at once, with ten policies, bare and recorded, interleaved in turned order. Time of a call is wall
 * time of the loop over calls in groups of --in-flight, the disk writing beside; cpu is of the whole process. Writes
 * bench/results/audit.json.
 */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openTrail, recordDecisions, verifyAuditLog } from "../src/audit/index.ts";
import { createLog } from "../src/log.ts";
import type { Moderator } from "../src/moderator.ts";
import { createFakeModerator, fakePolicy } from "../test/fake-moderator.ts";
import { readMachine } from "./engine/machine.ts";
import { median } from "./load.ts";

const { values: given } = parseArgs({
	options: {
		rounds: { type: "string", default: "5" },
		records: { type: "string", default: "20000" },
		"in-flight": { type: "string", default: "16" },
		out: { type: "string", default: fileURLToPath(new URL("./results/audit.json", import.meta.url)) },
	},
});
const rounds = Number(given.rounds);
const records = Number(given.records);
const inFlight = Number(given["in-flight"]);
const TEXT = "a comment of usual length, about a hundred characters long, as people leave them under articles today";

/** One side in one round; times in microseconds per decision but for the loop's delay in ms. */
interface Sample {
	readonly side: "bare" | "recorded";
	readonly wallUs: number;
	readonly cpuUs: number;
	readonly loopDelayP99Ms: number;
	readonly loopDelayMaxMs: number;
}

async function measure(side: Sample["side"], moderator: Moderator): Promise<Sample> {
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	const cpu = process.cpuUsage();
	const began = performance.now();
	const origin = { surface: "/v1/moderations", requestId: "0b8a5f1e-6f0e-4a57-9d0c-1b2c3d4e5f60" };
	for (let n = 0; n < records; n += inFlight) {
		await Promise.all(Array.from({ length: inFlight }, (_, i) => moderator.moderate([`${TEXT} ${n + i}`], { origin })));
		await new Promise(setImmediate);
	}
	const wallMs = performance.now() - began;
	const { user, system } = process.cpuUsage(cpu);
	delay.disable();
	return {
		side,
		wallUs: (wallMs * 1000) / records,
		cpuUs: (user + system) / records,
		loopDelayP99Ms: delay.percentile(99) / 1e6 - 1,
		loopDelayMaxMs: delay.max / 1e6 - 1,
	};
}

function toMedians(samples: readonly Sample[], side: Sample["side"]): Sample {
	const own = samples.filter((sample) => sample.side === side);
	const of = (read: (sample: Sample) => number): number => Math.round(median(own.map(read)) * 100) / 100;
	return {
		side,
		wallUs: of((s) => s.wallUs),
		cpuUs: of((s) => s.cpuUs),
		loopDelayP99Ms: of((s) => s.loopDelayP99Ms),
		loopDelayMaxMs: of((s) => s.loopDelayMaxMs),
	};
}

const dir = await mkdtemp(join(tmpdir(), "sluice-bench-audit-"));
try {
	const log = createLog({ level: "silent" });
	const maxPending = 1_000_000; // the queue itself is not the question here
	const audit = await openTrail(dir, {
		log,
		keepsContent: false,
		onFailure: "block",
		maxPending,
		maxPendingCharacters: 2 ** 31,
	});
	const policies = Array.from({ length: 10 }, (_, n) => fakePolicy(`policy-${n}`));
	const bare = createFakeModerator({ policies });
	const sides = { bare, recorded: recordDecisions(bare, audit.trail) };
	const samples: Sample[] = [];
	for (let round = -1; round < rounds; round++) {
		const order: Sample["side"][] = round % 2 === 0 ? ["bare", "recorded"] : ["recorded", "bare"];
		for (const side of order) {
			const sample = await measure(side, sides[side]);
			await audit.log.flush();
			if (round >= 0) samples.push(sample); // the first one warms up
		}
	}
	await audit.close();
	const began = performance.now();
	const report = await verifyAuditLog(dir);
	const verifyMs = performance.now() - began;
	if (!report.isIntact || audit.log.dropped > 0) throw new Error("the log of the measurement is not whole");
	const medians = [toMedians(samples, "bare"), toMedians(samples, "recorded")] as const;
	const bytes = (await stat(join(dir, "000000000001.jsonl"))).size;
	const result = {
		machine: readMachine(),
		...{ rounds, records, inFlight, medians, samples },
		costUs: Math.round((medians[1].wallUs - medians[0].wallUs) * 100) / 100,
		verifyRecordsPerSecond: Math.round(report.records / (verifyMs / 1000)),
		firstFileBytes: bytes,
	};
	console.table(medians);
	console.log(`cost of a record: ${result.costUs} µs; verifying: ${result.verifyRecordsPerSecond} records per second`);
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
} finally {
	await rm(dir, { recursive: true, force: true });
}
