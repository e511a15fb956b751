/** A process that a test starts and kills: does the jobs of a queue and says each one's number before it completes it. */
import { openQueueBackend } from "../../../src/queue/index.ts";

const [path = "", name = ""] = process.argv.slice(2);
const backend = await openQueueBackend({ sqlite: path }, (error) => process.stderr.write(`${error.stack}\n`));
const settings = { concurrency: 4, lockDuration: 400, stalledInterval: 200, maxStalledCount: 100, drainDelay: 1 };
const results = backend.queue<{ n: number }, null>(`${name}-results`);
backend.worker<{ n: number }, null>(
	name,
	async (job) => {
		await new Promise((resolve) => setTimeout(resolve, 2));
		await results.add("found", { n: job.data.n }, { jobId: `found-${job.data.n}` });
		return null;
	},
	settings,
);
process.stdout.write("ready\n");
