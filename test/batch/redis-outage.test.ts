import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "../queue/redis-server.ts";
import { openBench, requestLine } from "./harness.ts";

const COUNT = 300;

for (const appendonly of [true, false])
	it(`a batch outlives a restart of Redis that ${appendonly ? "keeps its jobs" : "forgets everything"}`, async (t) => {
		const redis = await startRedis({ appendonly });
		if (redis === undefined) return t.skip("redis-server is not installed");
		const limits = { chunkItems: 5, chunksOut: 10, checkMs: 300, lockMs: 500 };
		const bench = await openBench({ queue: { redis: redis.url }, limits, lockMs: 1000, before: () => sleep(2) });
		try {
			bench.work(2);
			const lines = Array.from({ length: COUNT }, (_, i) => requestLine(`c${i}`, "good"));
			const { id } = await bench.begin(lines);
			while (bench.batches.batch("default", id).completed < 50) await new Promise(setImmediate);
			await redis.restart();
			const batch = await bench.batches.finished("default", id);
			assert.deepEqual([batch.status, batch.completed, batch.failed], ["completed", COUNT, 0]);
			assert.equal((await bench.read(batch.outputFile)).length, COUNT);
		} finally {
			await bench.close();
			await redis.stop();
		}
	});
