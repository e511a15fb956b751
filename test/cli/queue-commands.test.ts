import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { countQueues } from "../../src/cli/queue-counts.ts";
import type { Config } from "../../src/config.ts";
import { openQueueBackend, type QueueTarget } from "../../src/queue/index.ts";
import { run } from "./harness.ts";

const redis = "redis://127.0.0.1:1";

describe("sluice gateway and sluice worker", () => {
	it("take flags over the environment", async () => {
		const got: Partial<Config>[] = [];
		const keep = async (config: Config): Promise<void> => void got.push(config);
		const context = { runQueuedGateway: keep, runWorker: keep };
		const env = { SLUICE_REDIS_URL: "redis://other:1", SLUICE_CONCURRENCY: "3", SLUICE_DATA_DIR: "" };
		const lines = [
			["gateway", "--redis", redis, "--port", "0", "--data", "/d", "--policies", "/p"],
			["gateway", "--records", "http://127.0.0.1:1/"],
			["worker", "--redis", redis, "--concurrency", "9", "--threads", "1"],
			["worker"],
		];
		for (const line of lines) assert.equal((await run(line, { env, context })).exitCode, 0);
		const [owner, other, worker, plain] = got;
		assert.deepEqual([owner!.redisUrl, owner!.port, owner!.dataDir, owner!.policies], [redis, 0, "/d", "/p"]);
		assert.deepEqual([other!.redisUrl, other!.recordsUrl], ["redis://other:1", "http://127.0.0.1:1"]);
		assert.deepEqual([worker!.redisUrl, worker!.concurrency, worker!.threads], [redis, 9, 1]);
		assert.equal(plain!.concurrency, 3);
	});
	it("serve takes a data directory", async () => {
		let got: Config | undefined;
		const runGateway = async (config: Config): Promise<void> => {
			got = config;
		};
		await run(["serve", "--data", "/d"], { context: { runGateway } });
		assert.equal(got?.dataDir, "/d");
	});
	it("a password in the address shows in no message", async () => {
		const { exitCode, stderr } = await run(["worker", "--redis", "http://:geheim@x"]);
		assert.equal(exitCode, 2);
		assert.match(stderr, /^sluice: --redis must be an address that begins with redis:/);
		assert.doesNotMatch(stderr, /geheim/);
	});
});

describe("sluice queue stats", () => {
	let folder = "";
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "sluice-stats-"));
		const backend = await openQueueBackend({ sqlite: join(folder, "queue.sqlite") });
		await backend.queue("scan").addBulk([
			{ name: "a", data: {}, opts: { priority: 5 } },
			{ name: "b", data: {} },
			{ name: "c", data: {}, opts: { delay: 100_000 } },
		]);
		await backend
			.queue("score-queues")
			.add("queue", { queue: "score-1", model: { id: "guard" } }, { jobId: "score-1" });
		await backend.close();
	});
	after(() => rm(folder, { recursive: true }));

	it("counts every queue, for people and as JSON", async () => {
		const table = await run(["queue", "stats", "--data", folder], { context: { countQueues } });
		assert.deepEqual(
			table.stdout.split("\n").map((line) => line.trim().split(/\s+/)),
			[
				["queue", "waiting", "active", "delayed", "failed"],
				["score-1", "0", "0", "0", "0"],
				["scan", "2", "0", "1", "0"],
				["results", "0", "0", "0", "0"],
				[""],
			],
		);
		const json = await run(["queue", "stats", "--data", folder, "--json"], { context: { countQueues } });
		assert.deepEqual(JSON.parse(json.stdout)[0], {
			...{ queue: "score-1", model: "guard" },
			...{ waiting: 0, active: 0, delayed: 0, failed: 0 },
		});
	});
	it("asks Redis where one is named, and says what is missing where nothing is", async () => {
		const asked: QueueTarget[] = [];
		const context = {
			async countQueues(target: QueueTarget) {
				asked.push(target);
				return [];
			},
		};
		await run(["queue", "stats", "--redis", redis], { context, env: { SLUICE_DATA_DIR: folder } });
		assert.deepEqual(asked, [{ redis }]);
		const nowhere = await run(["queue", "stats"], { context });
		assert.deepEqual([nowhere.exitCode, /--redis URL, or --data DIR/.test(nowhere.stderr)], [2, true]);
		const empty = await run(["queue", "stats", "--data", join(folder, "none")], { context });
		assert.deepEqual([empty.exitCode, /holds no queues/.test(empty.stderr)], [2, true]);
	});
	it("exits 3 with one sentence where Redis cannot be reached", async () => {
		const { exitCode, stderr } = await run(["queue", "stats", "--redis", redis], { context: { countQueues } });
		assert.deepEqual([exitCode, stderr], [3, "sluice: Redis could not be reached\n"]);
	});
});
