/**
 * Question: what does a text cost at each hop of a fleet, apart from the model?
 * Command: npm run bench -- bench/queue-costs.ts [--seconds 3] [--lines 20000]   (needs redis-server; loopback only)
 * A gateway, a Redis (append-only file, fsync every second) and a worker with a moderator that costs nothing, each a process
 * of its own. Texts of 500 characters, verdicts of ten policies. Requests: over HTTP for a while, one text each, one by one
 * (a job each) and many at once (coalesced), and 32 texts each. Batches: from the upload of the file to its last result, one
 * line and 32 lines a job. Processor times, so that other load changes them little. Writes bench/results/queue-costs.json.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { startRedis } from "../test/queue/redis-server.ts";
import { readMachine } from "./engine/machine.ts";
import { runLoad } from "./load.ts";
import type { CostSideCounts, CostSideSettings } from "./queue/cost-side.ts";
import type { HopCosts } from "./queue/scaling.ts";

const { values: given } = parseArgs({
	options: {
		seconds: { type: "string", default: "3" },
		lines: { type: "string", default: "20000" },
		out: { type: "string", default: fileURLToPath(new URL("./results/queue-costs.json", import.meta.url)) },
	},
});
const [seconds, lines] = [Number(given.seconds), Number(given.lines)];
const text = "x".repeat(500);
/** Requests at once that fill jobs of 32 texts. */
const MANY = 128;
const ITEMS = 32;

interface Side {
	/** Where it listens; empty for a worker. */
	readonly url: string;
	counts(): Promise<CostSideCounts>;
	stop(): Promise<void>;
}

async function startSide(settings: CostSideSettings): Promise<Side> {
	const side = fileURLToPath(new URL("./queue/cost-side.ts", import.meta.url));
	const child: ChildProcess = spawn(process.execPath, [side, JSON.stringify(settings)], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	const said: Interface = createInterface({ input: child.stdout! });
	const line = async (): Promise<string> => {
		const gone = once(child, "exit").then(() => Promise.reject(new Error(`the ${settings.part} ended`)));
		return (await Promise.race([once(said, "line"), gone]))[0] as string;
	};
	const ready = await line();
	return {
		url: ready.slice("ready ".length),
		async counts() {
			const answer = line();
			child.stdin?.write("\n");
			return JSON.parse(await answer) as CostSideCounts;
		},
		async stop() {
			const gone = once(child, "exit");
			child.stdin?.end();
			await gone;
		},
	};
}

interface Counters {
	readonly gateway: CostSideCounts;
	readonly worker: CostSideCounts;
	readonly redis: Readonly<Record<"cpuUs" | "commands" | "inBytes" | "outBytes", number>>;
}

async function readRedis(client: Redis): Promise<Counters["redis"]> {
	const info = await client.info("everything");
	const number = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]);
	// what scripts call counts as well as what clients send
	const commands = [...info.matchAll(/^cmdstat_[^:]+:calls=(\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
	return {
		cpuUs: (number("used_cpu_user") + number("used_cpu_sys")) * 1e6,
		commands,
		inBytes: number("total_net_input_bytes"),
		outBytes: number("total_net_output_bytes"),
	};
}

interface Fleet {
	readonly gateway: Side;
	readonly worker: Side;
	readonly client: Redis;
}

async function readCounters({ gateway, worker, client }: Fleet): Promise<Counters> {
	return { redis: await readRedis(client), gateway: await gateway.counts(), worker: await worker.counts() };
}

/** What `work` costs per text. */
async function measure(fleet: Fleet, path: string, work: () => Promise<void>): Promise<HopCosts> {
	const before = await readCounters(fleet);
	const began = performance.now();
	await work();
	const tookMs = performance.now() - began;
	const after = await readCounters(fleet);
	const texts = after.worker.texts - before.worker.texts;
	const perText = (value: (of: Counters) => number): number =>
		Number(((value(after) - value(before)) / texts).toFixed(2));
	return {
		path,
		itemsPerJob: Number((texts / (after.worker.jobs - before.worker.jobs)).toFixed(1)),
		texts,
		perSecond: Math.round(texts / (tookMs / 1000)),
		gatewayCpuUs: perText(({ gateway }) => gateway.cpuUs),
		redisCpuUs: perText(({ redis }) => redis.cpuUs),
		workerCpuUs: perText(({ worker }) => worker.cpuUs),
		redisCommands: perText(({ redis }) => redis.commands),
		redisInBytes: perText(({ redis }) => redis.inBytes),
		redisOutBytes: perText(({ redis }) => redis.outBytes),
	};
}

/** Requests for about the time; what the first ones cost is left out. */
async function measureRequests(
	fleet: Fleet,
	path: string,
	load: { texts: number; inFlight: number },
): Promise<HopCosts> {
	const input = load.texts === 1 ? text : Array.from({ length: load.texts }, () => text);
	const of = {
		port: Number(new URL(fleet.gateway.url).port),
		path: "/v1/moderations",
		bodies: [JSON.stringify({ input })],
		inFlight: load.inFlight,
	};
	const { perSecond } = await runLoad({ ...of, requests: load.inFlight * 20 });
	await runLoad({ ...of, requests: Math.ceil(perSecond / 2) });
	return measure(fleet, path, async () => {
		const until = performance.now() + seconds * 1000;
		while (performance.now() < until) await runLoad({ ...of, requests: Math.ceil(perSecond / 2) });
	});
}

async function callApi(url: string, init?: RequestInit): Promise<Record<string, unknown>> {
	const response = await fetch(url, init);
	if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as Record<string, unknown>;
}

/** A batch of so many lines, until its status says that it is over. */
async function runBatch(gateway: string, count: number): Promise<void> {
	const request = (n: number): string =>
		`${JSON.stringify({ custom_id: `n${n}`, method: "POST", url: "/v1/moderations", body: { input: text } })}\n`;
	const form = new FormData();
	form.set("purpose", "batch");
	form.set("file", new Blob(Array.from({ length: count }, (_, n) => request(n))), "in.jsonl");
	const file = await callApi(`${gateway}/v1/files`, { method: "POST", body: form });
	const wish = { input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "24h" };
	let batch = await callApi(`${gateway}/v1/batches`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(wish),
	});
	while (batch.status !== "completed") {
		if (batch.status === "failed" || batch.status === "expired") throw new Error(`the batch ${batch.status}`);
		await wait(100);
		batch = await callApi(`${gateway}/v1/batches/${batch.id}`);
	}
}

async function measureScans(fleet: Fleet, count: number): Promise<HopCosts> {
	await runBatch(fleet.gateway.url, Math.ceil(count / 10));
	return measure(fleet, "scan", () => runBatch(fleet.gateway.url, count));
}

async function measureFleet(redis: string, folder: string, chunkItems: number): Promise<HopCosts[]> {
	const of = { redis, directory: join(folder, String(chunkItems)), chunkItems };
	const worker = await startSide({ part: "worker", ...of });
	const gateway = await startSide({ part: "gateway", ...of });
	const fleet = { gateway, worker, client: new Redis(redis) };
	try {
		if (chunkItems === 1)
			return [
				await measureRequests(fleet, "request of one text", { texts: 1, inFlight: 1 }),
				await measureScans(fleet, Math.ceil(lines / 4)),
			];
		return [
			await measureRequests(fleet, "request of one text", { texts: 1, inFlight: MANY }),
			await measureRequests(fleet, "request of 32 texts", { texts: ITEMS, inFlight: 4 }),
			await measureScans(fleet, lines),
		];
	} finally {
		fleet.client.disconnect();
		await gateway.stop();
		await worker.stop();
	}
}

const folder = await mkdtemp(join(tmpdir(), "sluice-bench-costs-"));
const redis = await startRedis({ appendonly: true });
if (redis === undefined) throw new Error("redis-server is needed");
try {
	const rows: HopCosts[] = [];
	for (const chunkItems of [1, ITEMS]) rows.push(...(await measureFleet(redis.url, folder, chunkItems)));
	const measured = new Date().toISOString().slice(0, 10);
	const result = { measured, machine: await readMachine(), seconds, lines, textBytes: text.length, hops: rows };
	console.table(rows);
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
} finally {
	await redis.stop();
	await rm(folder, { recursive: true });
}
