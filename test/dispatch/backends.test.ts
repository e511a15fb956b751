/** Gateway and worker over the real backends. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
	createQueuedModerator,
	openScoreQueues,
	type ScoreWorker,
	startScoreWorker,
} from "../../src/dispatch/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { openQueueBackend, type QueueBackend, type QueueTarget } from "../../src/queue/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { startRedis, type TestRedis } from "../queue/redis-server.ts";

const log = createLog({ level: "silent" });

interface Pair {
	readonly backends: readonly QueueBackend[];
	readonly queued: Moderator;
	readonly worker: ScoreWorker;
	close(): Promise<void>;
}

/** A gateway and a worker with a connection each. */
async function open(target: QueueTarget, direct: Moderator): Promise<Pair> {
	const backends = await Promise.all([openQueueBackend(target), openQueueBackend(target)]);
	const [backend, workers] = backends;
	const worker = startScoreWorker({ backend: workers, moderator: direct, log, concurrency: 4 });
	await worker.ready();
	const queued = createQueuedModerator({ backend, policies: direct.policies, maxCharacters: 500, log });
	await queued.ready();
	const close = async (): Promise<void> => {
		await queued.close();
		await worker.close();
		await Promise.all(backends.map((one) => one.close()));
	};
	return { backends, queued, worker, close };
}

for (const kind of ["redis", "sqlite"] as const)
	describe(`single requests over ${kind}`, { timeout: 60_000 }, () => {
		let redis: TestRedis | undefined;
		let folder = "";
		let pair: Pair | undefined;
		const direct = createFakeModerator({
			before(contents) {
				if (contents.some((content) => JSON.stringify(content).includes("breaks")))
					throw new SluiceError("inference_failed", { detail: "the model stopped", pointer: "/0" });
			},
		});
		before(async () => {
			folder = await mkdtemp(join(tmpdir(), "sluice-dispatch-"));
			if (kind === "redis") redis = await startRedis();
			if (kind === "redis" && redis === undefined) return;
			pair = await open(redis ? { redis: redis.url } : { sqlite: join(folder, "queue.sqlite") }, direct);
		});
		after(async () => {
			await pair?.close();
			await redis?.stop();
			await rm(folder, { recursive: true, force: true });
		});
		const step = (name: string, work: (of: Pair) => Promise<void>): void => {
			it(name, async (t) => (pair === undefined ? t.skip("redis-server is not installed") : work(pair)));
		};

		step("200 calls at once get the verdicts of the worker's moderator, each its own", async ({ queued }) => {
			const texts = Array.from({ length: 200 }, (_, i) => (i % 7 === 0 ? `bad ${i}` : `good ${i}`));
			const verdicts = await Promise.all(texts.map((text) => queued.moderate([text])));
			const expected = await direct.moderate(texts);
			for (const [i, [verdict]] of verdicts.entries())
				assert.deepEqual({ ...verdict, latencyMs: 0 }, { ...expected[i], latencyMs: 0 });
		});
		step(
			"nothing of a text stays behind, whether it was judged, failed or was given up",
			async ({ queued, backends }) => {
				const secret = "xyzzy-plugh";
				await queued.moderate([`${secret} good`, `${secret} bad`]);
				await assert.rejects(queued.moderate([`${secret} breaks`]), { code: "inference_failed", pointer: "/0" });
				await assert.rejects(queued.moderate([secret], { signal: AbortSignal.abort() }), { code: "aborted" });
				const [entry] = await openScoreQueues(backends[0]!).list();
				const queue = backends[0]!.queue(entry!.queue);
				while ((await queue.getJobCountByTypes("active")) > 0) await new Promise(setImmediate);
				const jobs = await queue.getJobs(["waiting", "active", "completed", "failed", "delayed"]);
				assert.deepEqual(jobs, []);
				if (redis === undefined) return;
				const port = new URL(redis.url).port;
				const script = "local r='' for _,k in ipairs(redis.call('keys','*')) do r=r..redis.call('dump',k) end return r";
				const { status, stdout } = spawnSync("redis-cli", ["-p", port, "--no-raw", "eval", script, "0"], {
					encoding: "latin1",
				});
				assert.equal(status, 0);
				assert.ok(stdout.length > 100);
				assert.equal(stdout.includes(secret), false);
			},
		);
		if (kind === "redis")
			step("while Redis is away calls fail at once; when it is back they are judged again", async ({ queued }) => {
				await redis!.restart();
				const began = performance.now();
				const codes = new Set<string>();
				for (;;) {
					const start = performance.now();
					try {
						await queued.moderate(["bad"], { deadlineMs: start + 2000 });
						break;
					} catch (error) {
						codes.add((error as SluiceError).code);
						assert.ok(performance.now() - began < 30_000, [...codes].join(" "));
						await new Promise((resolve) => setTimeout(resolve, 50));
					}
				}
				for (const code of codes) assert.match(code, /^(queue_unavailable|not_ready|deadline_exceeded)$/);
				assert.equal((await queued.moderate(["bad"]))[0]!.action, "block");
			});
	});
