/** Batches over real records and a real queue, with a fake moderator: everything of a deployment but the sockets. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type Batches,
	type BatchesOptions,
	type BatchLimits,
	openBatches,
	type ScanWorker,
	startScanWorker,
} from "../../src/batch/index.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import { createLog, type Log } from "../../src/log.ts";
import { openQueueBackend, type QueueBackend, type QueueTarget } from "../../src/queue/index.ts";
import { type BatchRecord, openStore, type Store } from "../../src/store/index.ts";
import { createFakeModerator, type FakeModeratorOptions } from "../fake-moderator.ts";

/** What a test may choose. */
export interface BenchOptions extends FakeModeratorOptions {
	limits?: Partial<BatchLimits>;
	webhook?: BatchesOptions["webhook"];
	/** A SQLite file in the bench's folder where left out. */
	queue?: QueueTarget;
	lockMs?: number;
	/** Folder of the records, which stays; one in the bench's folder where left out. */
	data?: string;
}

/** A deployment in one process. */
export interface Bench {
	readonly dir: string;
	readonly store: Store;
	readonly backend: QueueBackend;
	readonly log: Log;
	readonly lines: string[];
	readonly batches: Batches;
	/** Starts one more worker. */
	work(concurrency?: number): ScanWorker;
	/** Ends the owner of the records and starts it again on the same folder. */
	reopen(): Promise<void>;
	upload(content: string | Uint8Array, tenant?: string): Promise<string>;
	/** Uploads lines and begins a batch. */
	begin(lines: readonly (string | object)[], of?: Begin): Promise<BatchRecord>;
	/** Lines of a file, parsed. */
	read(id: string | null): Promise<OutputLine[]>;
	close(): Promise<void>;
}

/** What a test may choose of a batch. */
export interface Begin {
	tenant?: string;
	endpoint?: "/v1/moderations" | "/v1/classify";
	windowMs?: number;
}

/** A line of an output or error file. */
export interface OutputLine {
	id: string;
	custom_id: string | null;
	response: { status_code: number; request_id: string; body: Body } | null;
	error: { code: string; message: string; line: number; param: string | null } | null;
}

interface Body {
	results: { flagged?: boolean; action?: string; latency_ms?: number }[];
	error?: { code: string; message: string; param: string | null };
}

/** A request line. */
export function requestLine(id: string, input: unknown, url = "/v1/moderations"): object {
	return { custom_id: id, method: "POST", url, body: { input } };
}

/** Opens one; `close` ends everything and removes its folder. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
	const dir = await mkdtemp(join(tmpdir(), "sluice-batch-"));
	const lines: string[] = [];
	const log = createLog({ level: "debug", write: (line) => lines.push(line) });
	const moderator = createFakeModerator(options);
	const format = createBatchFormat({ moderator, limits: { maxInputs: 8 } });
	const data = options.data ?? join(dir, "data");
	let store = await openStore(data);
	const backend = await openQueueBackend(options.queue ?? { sqlite: join(dir, "queue.sqlite") }, (error) =>
		lines.push(String(error)),
	);
	const open = () => openBatches({ store, backend, log, limits: options.limits, webhook: options.webhook });
	let batches = await open();
	const workers: ScanWorker[] = [];
	const bench: Bench = {
		dir,
		backend,
		log,
		lines,
		get store() {
			return store;
		},
		get batches() {
			return batches;
		},
		work(concurrency = 2) {
			const worker = startScanWorker({ backend, moderator, format, log, concurrency, lockMs: options.lockMs });
			workers.push(worker);
			return worker;
		},
		async reopen() {
			await batches.close();
			store.close();
			store = await openStore(data);
			batches = await open();
		},
		async upload(content, tenant = "default") {
			const upload = await batches.upload(tenant);
			await upload.write(Buffer.from(content));
			return (await upload.commit({ filename: "in.jsonl", purpose: "batch" })).id;
		},
		async begin(of, { tenant = "default", endpoint = "/v1/moderations", windowMs = 86_400_000 } = {}) {
			const text = of.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
			const inputFile = await bench.upload(text, tenant);
			return batches.create(tenant, { inputFile, endpoint, completionWindow: "24h", windowMs, metadata: null });
		},
		async read(id) {
			if (id === null) return [];
			const text = await readFile(store.contents.path(id), "utf8");
			return text
				.split("\n")
				.slice(0, -1)
				.map((line) => JSON.parse(line) as OutputLine);
		},
		async close() {
			await Promise.all(workers.map((worker) => worker.close()));
			await batches.close();
			await backend.close();
			store.close();
			await rm(dir, { recursive: true, force: true });
		},
	};
	return bench;
}
