/**
 * Question: what do requests notice of a batch that runs beside them, and what does the batch make of the model?
 * Command: npm run bench -- bench/mixed.ts [--seconds 5] [--rounds 5] [--rate 40] [--lines 20000]   (Linux; loopback only)
 * One `sluice serve` with the shipped classifier. Four turns a round, in changing order: requests of one text at random times,
 * alone; the same while a batch runs; the batch alone; and, in this process while the server rests, the same texts handed to
 * `moderate` directly, 64 at a time with some calls under way. Texts of the batch: 4 to 27 words; of the requests: three of
 * those. Medians of the rounds, and of the ratios within a round. Writes bench/results/mixed.json.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModerator } from "../src/cli/open-moderator.ts";
import { readConfig } from "../src/config.ts";
import type { Moderator } from "../src/moderator.ts";
import { readMachine } from "./engine/machine.ts";
import { median, post, quantile } from "./load.ts";
import { textOf } from "./scan/lines.ts";
import { startServer } from "./server-process.ts";

const { values: given } = parseArgs({
	options: {
		seconds: { type: "string", default: "5" },
		rounds: { type: "string", default: "5" },
		rate: { type: "string", default: "40" },
		lines: { type: "string", default: "20000" },
		out: { type: "string", default: fileURLToPath(new URL("./results/mixed.json", import.meta.url)) },
	},
});
const [seconds, rounds, rate, lines] = [given.seconds, given.rounds, given.rate, given.lines].map(Number) as [
	...[number, number, number, number],
];
const { SERVE_FLAGS } = createRequire(import.meta.url)("../scripts/run.cjs") as { SERVE_FLAGS: readonly string[] };
/** Calls that keep both threads of the classifier busy. */
const DIRECT_CALLS = 4;
const GROUP = 64;
/** How long a batch runs before anything is counted. */
const WARM_MS = 500;
/** After the last request, bulk leaves a thread to the next ones for a while. */
const CALM_MS = 2500;

interface Latencies {
	readonly requests: number;
	readonly p50Ms: number;
	readonly p95Ms: number;
	readonly p99Ms: number;
}

/** Requests at random times, as many per second as wanted whatever the answers take. */
async function sendRequests(port: number, seed: number): Promise<Latencies> {
	const agent = new Agent({ keepAlive: true });
	let state = seed + 1;
	const random = (): number => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return (state + 1) / 2 ** 31;
	};
	const latencies: number[] = [];
	const running: Promise<void>[] = [];
	const send = async (input: string): Promise<void> => {
		const began = performance.now();
		await post(agent, port, "/v1/moderations", JSON.stringify({ input }));
		latencies.push(performance.now() - began);
	};
	const began = performance.now();
	for (let dueMs = 0, n = 0; dueMs < seconds * 1000; dueMs += (-Math.log(random()) * 1000) / rate, n += 3) {
		const restMs = began + dueMs - performance.now();
		if (restMs > 0) await wait(restMs);
		running.push(send([0, 1, 2].map((i) => textOf(seed * 1_000_000 + n + i)).join(" ")));
	}
	await Promise.all(running);
	agent.destroy();
	latencies.sort((a, b) => a - b);
	const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((q) => Number(quantile(latencies, q).toFixed(2)));
	return { requests: latencies.length, p50Ms: p50Ms!, p95Ms: p95Ms!, p99Ms: p99Ms! };
}

interface Batch {
	readonly id: string;
	readonly status: string;
	readonly request_counts: { readonly completed: number };
}

/** The batches of a server. */
function createClient(port: number) {
	const call = async <T>(path: string, body?: FormData | object): Promise<T> => {
		const isForm = body instanceof FormData;
		const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
		const init = body === undefined ? {} : { method: "POST", ...(isForm ? { body } : json) };
		const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, init);
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as T;
	};
	return {
		async upload(): Promise<string> {
			const request = (n: number): string =>
				`${JSON.stringify({ custom_id: `n${n}`, method: "POST", url: "/v1/moderations", body: { input: textOf(n) } })}\n`;
			const form = new FormData();
			form.set("purpose", "batch");
			form.set("file", new Blob(Array.from({ length: lines }, (_, n) => request(n))), "in.jsonl");
			return (await call<{ id: string }>("/files", form)).id;
		},
		begin: (input_file_id: string) =>
			call<Batch>("/batches", { input_file_id, endpoint: "/v1/moderations", completion_window: "24h" }),
		look: (id: string) => call<Batch>(`/batches/${id}`),
		cancel: (id: string) => call<Batch>(`/batches/${id}/cancel`, {}),
	};
}

/** Texts per second that a batch gets done while `work` goes on; it is cancelled afterwards. */
async function besideBatch<T>(
	client: ReturnType<typeof createClient>,
	file: string,
	work: () => Promise<T>,
): Promise<{ result: T; perSecond: number }> {
	const { id } = await client.begin(file);
	while ((await client.look(id)).request_counts.completed === 0) await wait(20);
	await wait(WARM_MS);
	const before = (await client.look(id)).request_counts.completed;
	const began = performance.now();
	const result = await work();
	const { status, request_counts } = await client.look(id);
	const tookMs = performance.now() - began;
	if (status !== "in_progress") throw new Error(`the batch is ${status} too early: more --lines`);
	for (let now = await client.cancel(id); now.status !== "cancelled"; now = await client.look(id)) await wait(20);
	return { result, perSecond: Math.round((request_counts.completed - before) / (tookMs / 1000)) };
}

/** Texts per second of direct calls. */
async function callDirectly(moderator: Moderator): Promise<number> {
	let [next, done] = [0, 0];
	const began = performance.now();
	const lane = async (): Promise<void> => {
		while (performance.now() - began < seconds * 1000) {
			const from = next;
			next += GROUP;
			await moderator.moderate(Array.from({ length: GROUP }, (_, i) => textOf((from + i) % lines)));
			done += GROUP;
		}
	};
	await Promise.all(Array.from({ length: DIRECT_CALLS }, lane));
	return Math.round(done / ((performance.now() - began) / 1000));
}

interface Round {
	alone: Latencies;
	beside: Latencies;
	/** Texts per second of the batch. */
	batchBeside: number;
	batchAlone: number;
	direct: number;
}

async function measureRound(
	parts: { port: number; file: string; moderator: Moderator },
	round: number,
): Promise<Round> {
	const client = createClient(parts.port);
	const row: Partial<Round> = {};
	const turns = [
		async () => {
			row.alone = await sendRequests(parts.port, round);
		},
		async () => {
			const { result, perSecond } = await besideBatch(client, parts.file, () => sendRequests(parts.port, round));
			Object.assign(row, { beside: result, batchBeside: perSecond });
		},
		async () => {
			await wait(CALM_MS);
			row.batchAlone = (await besideBatch(client, parts.file, () => wait(seconds * 1000))).perSecond;
		},
		async () => {
			row.direct = await callDirectly(parts.moderator);
		},
	];
	if (round % 2 === 1) turns.reverse();
	for (const turn of turns) await turn();
	return row as Round;
}

const folder = await mkdtemp(join(tmpdir(), "sluice-bench-mixed-"));
const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const env = { SLUICE_DATA_DIR: join(folder, "data"), SLUICE_LOG_LEVEL: "warn" };
const server = await startServer([...SERVE_FLAGS, main, "serve"], env);
const moderator = await openModerator(readConfig());
try {
	await moderator.ready();
	await moderator.moderate(Array.from({ length: GROUP }, (_, n) => textOf(n)));
	await sendRequests(server.port, 99);
	const parts = { port: server.port, file: await createClient(server.port).upload(), moderator };
	const rows: Round[] = [];
	for (let round = 0; round < rounds; round++) {
		rows.push(await measureRound(parts, round));
		process.stderr.write(`round ${round + 1} of ${rounds}: ${JSON.stringify(rows.at(-1))}\n`);
	}
	const middle = (value: (row: Round) => number): number => Number(median(rows.map(value)).toFixed(3));
	const summary = {
		aloneP50Ms: middle(({ alone }) => alone.p50Ms),
		aloneP95Ms: middle(({ alone }) => alone.p95Ms),
		besideP50Ms: middle(({ beside }) => beside.p50Ms),
		besideP95Ms: middle(({ beside }) => beside.p95Ms),
		p95Ratio: middle(({ alone, beside }) => beside.p95Ms / alone.p95Ms),
		batchAlonePerSecond: middle(({ batchAlone }) => batchAlone),
		batchBesidePerSecond: middle(({ batchBeside }) => batchBeside),
		directPerSecond: middle(({ direct }) => direct),
		batchToDirect: middle(({ batchAlone, direct }) => batchAlone / direct),
	};
	const result = { machine: await readMachine(), ...{ seconds, rounds, rate }, summary, rows };
	await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
	process.stdout.write(`${JSON.stringify(summary, null, "\t")}\n`);
} finally {
	await moderator.close();
	await server.stop();
	await rm(folder, { recursive: true });
}
