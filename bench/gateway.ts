/**
 * Question: what do keys, limits, records of decisions and metrics cost, against a bare route and beside the engine?
 * Command: npm run bench -- bench/gateway.ts [--rounds 5] [--seconds 4] [--in-flight 16]   (Linux; loopback only)
 * Throughput: a bare Hono echo route, the same with one duty more per stage (gateway/stages.ts), the whole gateway over a moderator
 * that answers at once and over the shipped classifier, interleaved; the client (autocannon) on the same machine. Overhead: over
 * the classifier, the time that a request spends in the process outside of judging. Writes bench/results/gateway.json.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import autocannon from "autocannon";
import { addToKeysFile } from "../src/keys/index.ts";
import { readMachine } from "./engine/machine.ts";
import { STAGES } from "./gateway/stages.ts";
import { median, quantile } from "./load.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const { SERVE_FLAGS } = createRequire(import.meta.url)("../scripts/run.cjs") as { SERVE_FLAGS: readonly string[] };
const { values: given } = parseArgs({
	options: {
		rounds: { type: "string", default: "5" },
		seconds: { type: "string", default: "4" },
		"in-flight": { type: "string", default: "16" },
		out: { type: "string", default: fileURLToPath(new URL("./results/gateway.json", import.meta.url)) },
	},
});
const [rounds, seconds, inFlight] = [Number(given.rounds), Number(given.seconds), Number(given["in-flight"])];
const SIDE = fileURLToPath(new URL("./gateway/side.ts", import.meta.url));
const TEXT = "The quick brown fox jumps over the lazy dog, and nobody in the village minds it any more.";
const SIDES = [...STAGES, "gateway", "engine"] as const;

interface Sample {
	readonly perSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly cpuMicros: number;
}

const scratch = await mkdtemp(join(tmpdir(), "sluice-bench-"));
const keysFile = join(scratch, "keys.json");
const limits = { requestsPerMinute: 1e9, charactersPerMinute: 1e12 };
const made = { name: "bench", tenant: "bench", scopes: ["moderate"], expiresMs: null, grant: {}, limits } as const;
const { secret } = addToKeysFile(keysFile, made, Date.now());

/** Load for some seconds; every answer is a 200. */
async function sample(server: ServerProcess): Promise<Sample> {
	const before = await server.cpuMs();
	const result = await autocannon({
		url: `http://127.0.0.1:${server.port}/v1/moderations`,
		method: "POST",
		headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
		body: JSON.stringify({ input: TEXT }),
		connections: inFlight,
		duration: seconds,
	});
	if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refusals, ${result.errors} errors`);
	const cpuMicros = (1000 * ((await server.cpuMs()) - before)) / result.requests.total;
	return { perSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99, cpuMicros };
}

/** Throughput as a share of the bare route's, round by round. */
function toShare(samples: readonly Sample[], echo: readonly Sample[]): number {
	const shares = samples.map(({ perSecond }, round) => perSecond / echo[round]!.perSecond);
	return Number(median(shares).toPrecision(3));
}

function toRow(name: string, samples: readonly Sample[], echo: readonly Sample[]): object {
	const of = (key: keyof Sample): number => Number(median(samples.map((each) => each[key])).toPrecision(4));
	const row = { perSecond: of("perSecond"), p50Ms: of("p50Ms"), p99Ms: of("p99Ms"), cpuMicros: of("cpuMicros") };
	return {
		side: name,
		...row,
		shareOfEcho: toShare(samples, echo),
		raw: samples.map((each) => Math.round(each.perSecond)),
	};
}

const times = join(scratch, "times.json");
const servers = new Map<string, ServerProcess>();
const samples = new Map<string, Sample[]>(SIDES.map((name) => [name, []]));
try {
	for (const name of SIDES) {
		const env = {
			SLUICE_KEYS_FILE: keysFile,
			SLUICE_REQUIRE_KEYS: "1",
			SLUICE_AUDIT_DIR: join(scratch, `audit-${name}`),
		};
		servers.set(
			name,
			await startServer([...SERVE_FLAGS, SIDE, name], { ...env, ...(name === "engine" && { TIMES: times }) }),
		);
	}
	for (const server of servers.values()) await sample(server); // warms up
	for (let round = 0; round < rounds; round++)
		for (const name of round % 2 === 0 ? SIDES : SIDES.toReversed())
			samples.get(name)!.push(await sample(servers.get(name)!));
} finally {
	for (const server of servers.values()) await server.stop();
}
try {
	const outside = (JSON.parse(await readFile(times, "utf8")) as number[]).sort((a, b) => a - b);
	const echo = samples.get("echo")!;
	const rows = SIDES.map((name) => toRow(name, samples.get(name)!, echo));
	const overhead = { requests: outside.length, p50Ms: quantile(outside, 0.5), p99Ms: quantile(outside, 0.99) };
	const share = toShare(samples.get("gateway")!, echo);
	const result = {
		machine: await readMachine(),
		run: { rounds, seconds, inFlight },
		rows,
		shareOfEcho: share,
		overhead,
	};
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	console.table(rows);
	console.log(
		`throughput of the bare route: ${share}; outside of judging p50 ${overhead.p50Ms.toFixed(2)} ms, p99 ${overhead.p99Ms.toFixed(2)} ms`,
	);
} finally {
	await rm(scratch, { recursive: true });
}
