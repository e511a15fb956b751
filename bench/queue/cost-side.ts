/**
 * A process of bench/queue-costs.ts: `gateway` has the HTTP interface and the records of batches, `worker` judges both kinds of
 * jobs with the no-op moderator. Its settings come as JSON; it says "ready" with its address, answers each line on stdin with
 * its counts, and goes when stdin ends.
 */
import { createInterface } from "node:readline";
import { openBatches, startScanWorker } from "../../src/batch/index.ts";
import { readConfig } from "../../src/config.ts";
import { createQueuedModerator, startScoreWorker } from "../../src/dispatch/index.ts";
import { createApp } from "../../src/http/app.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import { listen } from "../../src/http/server.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { openQueueBackend, type QueueBackend } from "../../src/queue/index.ts";
import { openStore } from "../../src/store/index.ts";
import { createNoOpModerator } from "./no-op.ts";

/** What a process is told. */
export interface CostSideSettings {
	readonly part: "gateway" | "worker";
	readonly redis: string;
	/** Of the records. */
	readonly directory: string;
	/** Lines of a batch in one job. */
	readonly chunkItems: number;
}

/** What a process has done since it began: processor time of all its threads, its jobs and their texts. */
export interface CostSideCounts {
	readonly cpuUs: number;
	readonly jobs: number;
	readonly texts: number;
}

const log = createLog({ level: "warn" });
const config = readConfig({}, {});
const noOp = createNoOpModerator();
let [jobs, texts] = [0, 0];
const counting: Moderator = {
	...noOp,
	moderate(contents, options) {
		texts += contents.length;
		return noOp.moderate(contents, options);
	},
};

async function runGateway(backend: QueueBackend, { directory, chunkItems }: CostSideSettings): Promise<string> {
	const moderator = createQueuedModerator({ backend, policies: noOp.policies, maxCharacters: 10_000, log });
	const batches = await openBatches({ store: await openStore(directory), backend, log, limits: { chunkItems } });
	await moderator.ready();
	return (await listen(createApp({ moderator, batches, limits: config, log }), { host: "127.0.0.1", port: 0 })).url;
}

function countJobs(of: QueueBackend): QueueBackend {
	return {
		...of,
		worker: (name, processor, settings) =>
			of.worker(
				name,
				(...job) => {
					jobs++;
					if (typeof processor !== "function") throw new Error("a processor in a file");
					return processor(...job);
				},
				settings,
			),
	};
}

async function runWorker(redis: QueueBackend): Promise<string> {
	const backend = countJobs(redis);
	const format = createBatchFormat({ moderator: counting, limits: config });
	startScanWorker({ backend, moderator: counting, format, log });
	await startScoreWorker({ backend, moderator: counting, log, concurrency: 8 }).ready();
	return "";
}

const settings = JSON.parse(process.argv[2]!) as CostSideSettings;
const backend = await openQueueBackend({ redis: settings.redis }, (error) => log.warn({ error: error.name }, "queue"));
process.stdout.write(
	`ready ${await (settings.part === "worker" ? runWorker(backend) : runGateway(backend, settings))}\n`,
);
for await (const _ of createInterface({ input: process.stdin })) {
	const { user, system } = process.cpuUsage();
	process.stdout.write(`${JSON.stringify({ cpuUs: user + system, jobs, texts } satisfies CostSideCounts)}\n`);
}
process.exit();
