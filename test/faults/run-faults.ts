/**
 * A batch judged while processes are killed: workers with SIGKILL one after another, the owner of the records once, and
 * the Redis restarted once. What comes out is compared with the same batch left alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRandom } from "../../bench/engine/random.ts";
import type { QueueTarget } from "../../src/queue/index.ts";
import { startRedis, type TestRedis } from "../queue/redis-server.ts";
import type { PartSettings } from "./process.ts";

/** What happened, and what came out of it. */
export interface FaultReport {
	readonly items: number;
	readonly workerKills: number;
	readonly ownerKills: number;
	readonly redisRestarts: number;
	/** Lines of the output and of the error file. */
	readonly lines: number;
	readonly missing: number;
	readonly repeated: number;
	readonly outOfOrder: number;
	/** Results that differ from those of the undisturbed run. */
	readonly different: number;
	readonly seconds: number;
}

/** How much is done, and how often something dies. */
export interface FaultOptions {
	readonly kind: "redis" | "sqlite";
	readonly items: number;
	readonly workers: number;
	readonly killEveryMs: number;
	/** Workers killed at most; no limit where left out. On a slow machine a worker may need longer to start than it lives. */
	readonly mostKills?: number | undefined;
}

const LOCK_MS = 1500;
const OPENINGS = ["I am going to kill", "Thank you for", "Please send me", "You are a worthless", "The recipe needs"];
const ENDINGS = [
	"you and your family",
	"the lovely evening",
	"two eggs and flour",
	"idiot, go away",
	"my neighbour's dog",
];

/** A batch's file: seeded short texts, some of them harmful, every one different. */
export function toBatchFile(items: number): string {
	const random = createRandom(items);
	const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
	const lines = Array.from({ length: items }, (_, i) => {
		const input = `${pick(OPENINGS)} ${pick(ENDINGS)}, number ${i}.`;
		return JSON.stringify({ custom_id: `item-${i}`, method: "POST", url: "/v1/moderations", body: { input } });
	});
	return `${lines.join("\n")}\n`;
}

/** Runs the batch undisturbed, then disturbed; undefined where there is no Redis to run it on. */
export async function runFaults(options: FaultOptions): Promise<FaultReport | undefined> {
	const calm = await runBatch({ ...options, killEveryMs: 0 });
	if (calm === undefined) return undefined;
	const wild = (await runBatch(options))!;
	const expected = new Map(calm.lines.map((line) => [line.id, line.result]));
	const counts = new Map<string, number>();
	for (const { id } of wild.lines) counts.set(id, (counts.get(id) ?? 0) + 1);
	return {
		items: options.items,
		...wild.faults,
		lines: wild.lines.length,
		missing: Array.from({ length: options.items }, (_, i) => `item-${i}`).filter((id) => !counts.has(id)).length,
		repeated: [...counts.values()].filter((count) => count > 1).length,
		outOfOrder: wild.lines.filter((line, i) => i > 0 && toNumber(line.id) < toNumber(wild.lines[i - 1]!.id)).length,
		different: wild.lines.filter((line) => line.result === undefined || line.result !== expected.get(line.id)).length,
		seconds: Math.round(wild.ms / 1000),
	};
}

interface Outcome {
	readonly lines: readonly { readonly id: string; readonly result: string | undefined }[];
	readonly faults: Pick<FaultReport, "workerKills" | "ownerKills" | "redisRestarts">;
	readonly ms: number;
}

async function runBatch({ kind, items, workers, killEveryMs, mostKills }: FaultOptions): Promise<Outcome | undefined> {
	const redis = kind === "redis" ? await startRedis({ appendonly: true }) : undefined;
	if (kind === "redis" && redis === undefined) return undefined;
	const directory = await mkdtemp(join(tmpdir(), "sluice-faults-"));
	const target: QueueTarget = redis ? { redis: redis.url } : { sqlite: join(directory, "queue.sqlite") };
	const crew = new Crew({ target, directory, lockMs: LOCK_MS });
	try {
		await crew.startOwner();
		const began = performance.now();
		const batch = await createBatch(crew.url, toBatchFile(items));
		await Promise.all(Array.from({ length: workers }, () => crew.startWorker()));
		const faults = await untilOver({ crew, redis, batch, killEveryMs, mostKills, items });
		const ms = performance.now() - began;
		return { lines: await readOutcome(crew.url, batch), faults, ms };
	} finally {
		await crew.end();
		await redis?.stop();
		await rm(directory, { recursive: true, force: true });
	}
}

/** Waits for the end of the batch, killing meanwhile; what was killed comes back at once. */
async function untilOver(of: {
	crew: Crew;
	redis: TestRedis | undefined;
	batch: string;
	killEveryMs: number;
	mostKills: number | undefined;
	items: number;
}): Promise<Outcome["faults"]> {
	const { crew, redis, batch, killEveryMs, mostKills = Number.POSITIVE_INFINITY, items } = of;
	const faults = { workerKills: 0, ownerKills: 0, redisRestarts: 0 };
	for (let last = performance.now(); ; await delay(50)) {
		const { status, request_counts: counts } = await readBatch(crew.url, batch);
		if (status === "completed") return faults;
		if (status === "failed" || status === "expired") throw new Error(`the batch ended as ${status}`);
		if (killEveryMs === 0) continue;
		const share = (counts.completed + counts.failed) / items;
		const isDue = performance.now() - last > killEveryMs || (share > 0.1 && faults.workerKills === 0);
		if (redis !== undefined && share > 0.25 && faults.redisRestarts === 0) {
			faults.redisRestarts++;
			await redis.restart();
		} else if (share > 0.5 && faults.ownerKills === 0) {
			faults.ownerKills++;
			await crew.replaceOwner();
		} else if (isDue && faults.workerKills < mostKills) {
			last = performance.now();
			await crew.replaceWorker(faults.workerKills++);
		}
	}
}

/** The processes. */
class Crew {
	readonly #settings: Omit<PartSettings, "part" | "port">;
	readonly #workers: ChildProcess[] = [];
	#owner: ChildProcess | undefined;
	url = "";

	constructor(settings: Omit<PartSettings, "part" | "port">) {
		this.#settings = settings;
	}

	async startOwner(): Promise<void> {
		const port = this.url === "" ? 0 : Number(new URL(this.url).port);
		const { child, ready } = startPart({ ...this.#settings, part: "owner", port });
		this.#owner = child;
		this.url = await ready;
	}

	async replaceOwner(): Promise<void> {
		await kill(this.#owner!);
		await this.startOwner();
	}

	async startWorker(at: number = this.#workers.length): Promise<void> {
		const { child, ready } = startPart({ ...this.#settings, part: "worker", port: 0 });
		this.#workers[at] = child;
		await ready;
	}

	/** The new one takes its time to load; killing goes on meanwhile. */
	async replaceWorker(number: number): Promise<void> {
		const at = number % this.#workers.length;
		await kill(this.#workers[at]!);
		this.startWorker(at).catch(() => {}); // it may be killed while it starts
	}

	async end(): Promise<void> {
		await Promise.all([...this.#workers, this.#owner].map((child) => child && kill(child)));
	}
}

function startPart(settings: PartSettings): { child: ChildProcess; ready: Promise<string> } {
	const file = fileURLToPath(new URL("./process.ts", import.meta.url));
	const child = spawn(process.execPath, [file, JSON.stringify(settings)], { stdio: ["pipe", "pipe", "inherit"] });
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	createInterface({ input: child.stdout! }).on("line", (line) => {
		if (line.startsWith("ready ")) resolve(line.slice("ready ".length));
	});
	child.once("exit", () => reject(new Error(`the ${settings.part} ended before it was ready`)));
	return { child, ready: promise };
}

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, "exit");
	child.kill("SIGKILL");
	await gone;
}

interface BatchState {
	readonly id: string;
	readonly status: string;
	readonly output_file_id: string | null;
	readonly error_file_id: string | null;
	readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

async function createBatch(url: string, text: string): Promise<string> {
	const form = new FormData();
	form.set("purpose", "batch");
	form.set("file", new File([text], "items.jsonl"));
	const file = await ask<{ id: string }>(`${url}/v1/files`, { method: "POST", body: form });
	const body = JSON.stringify({ input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "24h" });
	const headers = { "content-type": "application/json" };
	return (await ask<BatchState>(`${url}/v1/batches`, { method: "POST", body, headers })).id;
}

/** The owner may be away for a moment, or wait for a queue that is. */
async function readBatch(url: string, batch: string): Promise<BatchState> {
	for (let tries = 0; ; tries++) {
		try {
			return await ask<BatchState>(`${url}/v1/batches/${batch}`, {});
		} catch (error) {
			if (tries === 100) throw error;
			await delay(100);
		}
	}
}

async function readOutcome(url: string, batch: string): Promise<Outcome["lines"]> {
	const { output_file_id: output, error_file_id: failures } = await readBatch(url, batch);
	const texts = await Promise.all(
		[output, failures].map(async (id) => (id ? (await fetch(`${url}/v1/files/${id}/content`)).text() : "")),
	);
	return texts.flatMap((text) =>
		text
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => {
				const { custom_id: id, response } = JSON.parse(line) as {
					custom_id: string;
					response: { status_code: number; body: { results?: unknown } } | null;
				};
				const results = response?.body.results;
				return { id, result: results === undefined ? undefined : JSON.stringify(results) };
			}),
	);
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
	const response = await fetch(url, init);
	if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as T;
}

function toNumber(id: string): number {
	return Number(id.slice("item-".length));
}
