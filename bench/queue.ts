/**
 * Question: what does the way through the queue cost, with a moderator that costs nothing?
 * Command: npm run bench -- bench/queue.ts [--seconds 3] [--rounds 3] [--jobs 20000]
 * Requests: texts of 500 characters, one per call, 1, 8, 64 and 256 calls in flight, gateway -> coalesced job -> worker ->
 * verdict of ten policies; over Redis (append-only file, fsync every second) the worker is a process of its own, over SQLite
 * it is the gateway's. Jobs: added in bulk, taken and ended by a worker of this process, one text or 32 a job. Backends take
 * turns; medians of the rounds. Needs redis-server. Writes bench/results/queue.json.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createQueuedModerator, startScoreWorker } from "../src/dispatch/index.ts";
import { createLog } from "../src/log.ts";
import { openQueueBackend, type QueueBackend, type QueueTarget } from "../src/queue/index.ts";
import { startRedis } from "../test/queue/redis-server.ts";
import { readMachine } from "./engine/machine.ts";
import { median, quantile } from "./load.ts";
import { createNoOpModerator } from "./queue/no-op.ts";

const { values: given } = parseArgs({
	options: {
		seconds: { type: "string", default: "3" },
		rounds: { type: "string", default: "3" },
		jobs: { type: "string", default: "20000" },
		out: { type: "string", default: fileURLToPath(new URL("./results/queue.json", import.meta.url)) },
	},
});
const [seconds, rounds, jobs] = [Number(given.seconds), Number(given.rounds), Number(given.jobs)];
const IN_FLIGHT = [1, 8, 64, 256];
const ITEMS_PER_JOB = [1, 32];
const BULK = 500;
const text = "x".repeat(500);
const log = createLog({ level: "warn" });

interface RequestSample {
	readonly backend: string;
	readonly inFlight: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly perSecond: number;
}

interface JobSample {
	readonly backend: string;
	readonly itemsPerJob: number;
	readonly jobsPerSecond: number;
	readonly itemsPerSecond: number;
}

function open(target: QueueTarget): Promise<QueueBackend> {
	return openQueueBackend(target, (error) => log.warn({ error: error.message }, "queue"));
}

async function startSide(target: QueueTarget): Promise<ChildProcess> {
	const side = fileURLToPath(new URL("./queue/side.ts", import.meta.url));
	const child = spawn(process.execPath, [side, JSON.stringify(target)], { stdio: ["pipe", "pipe", "inherit"] });
	await once(child.stdout!, "data");
	return child;
}

/** Calls in flight, each followed by the next, for a while. */
async function measureRequests(
	judge: (text: string) => Promise<unknown>,
	backend: string,
	inFlight: number,
): Promise<RequestSample> {
	const latencies: number[] = [];
	const began = performance.now();
	const until = began + seconds * 1000;
	const lane = async (): Promise<void> => {
		for (let start = performance.now(); start < until; ) {
			await judge(text);
			const now = performance.now();
			latencies.push(now - start);
			start = now;
		}
	};
	await Promise.all(Array.from({ length: inFlight }, lane));
	const took = (performance.now() - began) / 1000;
	latencies.sort((a, b) => a - b);
	const [p50Ms, p99Ms] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
	return { backend, inFlight, p50Ms, p99Ms, perSecond: latencies.length / took };
}

async function runRequests(target: QueueTarget): Promise<RequestSample[]> {
	const backend = await open(target);
	const noOp = createNoOpModerator();
	const side = backend.kind === "redis" ? await startSide(target) : undefined;
	const own = side === undefined ? startScoreWorker({ backend, moderator: noOp, log, concurrency: 8 }) : undefined;
	const moderator = createQueuedModerator({ backend, policies: noOp.policies, maxCharacters: 10_000, log });
	try {
		await moderator.ready();
		const judge = (one: string): Promise<unknown> => moderator.moderate([one]);
		for (let i = 0; i < 2000; i += 10) await Promise.all(Array.from({ length: 10 }, () => judge(text)));
		const samples: RequestSample[] = [];
		for (const inFlight of IN_FLIGHT) samples.push(await measureRequests(judge, backend.kind, inFlight));
		return samples;
	} finally {
		await moderator.close();
		await own?.close();
		await backend.close();
		if (side !== undefined) {
			const gone = once(side, "exit");
			side.stdin?.end();
			await gone;
		}
	}
}

async function runJobs(target: QueueTarget, itemsPerJob: number): Promise<JobSample> {
	const backend = await open(target);
	const name = `bench-${itemsPerJob}`;
	const queue = backend.queue<{ items: string[] }, number>(name);
	let done = 0;
	const all = Promise.withResolvers<void>();
	const count = Math.ceil(jobs / Math.sqrt(itemsPerJob));
	const worker = backend.worker<{ items: string[] }, number>(name, async ({ data }) => data.items.length, {
		...{ concurrency: 16, removeOnComplete: { count: 0 } },
	});
	worker.on("completed", () => ++done === count && all.resolve());
	const items = Array.from({ length: itemsPerJob }, () => text);
	try {
		const began = performance.now();
		for (let added = 0; added < count; added += BULK) {
			const more = Math.min(BULK, count - added);
			await queue.addBulk(Array.from({ length: more }, () => ({ name: "item", data: { items } })));
		}
		await all.promise;
		const jobsPerSecond = count / ((performance.now() - began) / 1000);
		return { backend: backend.kind, itemsPerJob, jobsPerSecond, itemsPerSecond: jobsPerSecond * itemsPerJob };
	} finally {
		await backend.close();
	}
}

/** Medians of samples that agree in `keys`. */
function toMedians<S extends object>(samples: readonly S[], keys: readonly (keyof S)[]): object[] {
	const groups = Map.groupBy(samples, (sample) => keys.map((key) => String(sample[key])).join(" "));
	return [...groups.values()].map((group) =>
		Object.fromEntries(
			Object.keys(group[0]!).map((key) => {
				const name = key as keyof S;
				if (keys.includes(name)) return [key, group[0]![name]];
				return [key, Math.round(median(group.map((sample) => Number(sample[name]))) * 100) / 100];
			}),
		),
	);
}

const folder = await mkdtemp(join(tmpdir(), "sluice-bench-queue-"));
const redis = await startRedis({ appendonly: true });
if (redis === undefined) throw new Error("redis-server is needed");
const requests: RequestSample[] = [];
const bulk: JobSample[] = [];
try {
	for (let round = 0; round < rounds; round++) {
		for (const target of [{ redis: redis.url }, { sqlite: join(folder, `${round}.sqlite`) }]) {
			requests.push(...(await runRequests(target)));
			for (const itemsPerJob of ITEMS_PER_JOB) bulk.push(await runJobs(target, itemsPerJob));
		}
	}
} finally {
	await redis.stop();
	await rm(folder, { recursive: true });
}
const result = {
	measured: new Date().toISOString().slice(0, 10),
	machine: await readMachine(),
	...{ seconds, rounds },
	requests: toMedians(requests, ["backend", "inFlight"]),
	jobs: toMedians(bulk, ["backend", "itemsPerJob"]),
	raw: { requests, jobs: bulk },
};
console.table(result.requests);
console.table(result.jobs);
await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
