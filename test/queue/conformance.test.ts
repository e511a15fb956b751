/**
 * What users of BullMQ rely on, held over every datastore. The cases are written from BullMQ's documentation and lie in
 * test/queue/conformance/.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { deduplicationCases } from "./conformance/deduplication.ts";
import type { Store } from "./conformance/harness.ts";
import { jobCases } from "./conformance/jobs.ts";
import { lockCases } from "./conformance/locks.ts";
import { orderCases } from "./conformance/order.ts";
import { queueCases } from "./conformance/queue-wide.ts";
import { retryCases } from "./conformance/retries.ts";
import { startRedis } from "./redis-server.ts";

const cases = [...orderCases, ...retryCases, ...lockCases, ...deduplicationCases, ...queueCases, ...jobCases];

const folder = await mkdtemp(join(tmpdir(), "sluice-queue-"));
const redis = await startRedis();

after(async () => {
	await redis?.stop();
	await rm(folder, { recursive: true, force: true });
});

const stores: Store[] = [{ name: "sqlite", target: { sqlite: join(folder, "queue.db") } }];
if (redis !== undefined) stores.push({ name: "redis", target: { redis: redis.url } });
else test("redis: every guarantee", { skip: "redis-server is not installed" }, () => undefined);

for (const store of stores) {
	describe(`queues in ${store.name}`, { concurrency: 6 }, () => {
		for (const define of cases) define(store);
	});
}
