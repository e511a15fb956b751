import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { RESULTS_QUEUE, type ResultsJob, SCAN_QUEUE } from "../../src/batch/index.ts";
import { startFleetWorker } from "../../src/cli/run-worker.ts";
import { readConfig } from "../../src/config.ts";
import { fingerprintPolicies, type GatewayNotice } from "../../src/dispatch/index.ts";
import { createLog } from "../../src/log.ts";
import { openQueueBackend } from "../../src/queue/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { startRedis } from "../queue/redis-server.ts";

describe("a fleet's worker", { timeout: 60_000 }, () => {
	it("scans for the owner of the records only as long as that has the same policies", async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("redis-server is not installed");
		const lines: string[] = [];
		const log = createLog({ level: "debug", write: (line) => lines.push(line) });
		const moderator = createFakeModerator();
		const config = readConfig({ redisUrl: redis.url }, {});
		const backend = await openQueueBackend({ redis: redis.url });
		const worker = await startFleetWorker(config, async () => ({ moderator, close: () => moderator.close() }), log);
		t.after(async () => {
			await worker.close();
			await backend.close();
			await redis.stop();
		});
		await worker.ready();

		const results: ResultsJob[] = [];
		const taker = backend.worker<ResultsJob, void>(RESULTS_QUEUE, async ({ data }) => void results.push(data));
		const scan = backend.queue(SCAN_QUEUE);
		const say = (over: Partial<GatewayNotice>): Promise<void> => {
			const notice = { v: 1, id: "gw", policies: fingerprintPolicies(moderator.policies), owner: true, asks: false };
			return backend.publish("gateways", JSON.stringify({ ...notice, ...over }));
		};
		const job = (chunk: number): object => ({
			...{ batch: "batch_1", chunk, endpoint: "/v1/moderations" },
			items: [{ line: 1, body: { input: "bad" } }],
		});
		const said = async (words: string): Promise<void> => {
			for (let tries = 0; !lines.some((line) => line.includes(words)); tries++) {
				assert.ok(tries < 2000, `never said: ${words}`);
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
		};
		await scan.add("piece", job(0));
		await say({ owner: false });
		await say({ policies: "sha256:other" });
		await said("no scanning");
		assert.deepEqual(await scan.getJobCounts("waiting", "active"), { waiting: 1, active: 0 });
		await say({});
		await once(taker, "completed");
		assert.equal(results[0]!.chunk, 0);
		assert.equal(results[0]!.items[0]!.status, 200);
		lines.length = 0;
		await say({ id: "gw2", policies: "sha256:other" });
		await said("no scanning");
		await said("scanning ended");
		await scan.add("piece", job(1));
		assert.deepEqual(await scan.getJobCounts("waiting", "active"), { waiting: 1, active: 0 });
	});
});
