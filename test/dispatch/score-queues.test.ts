import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openScoreQueues } from "../../src/dispatch/index.ts";
import { openQueueBackend } from "../../src/queue/index.ts";

describe("the list of queues", () => {
	it("has each queue once, and deletes only what is older than any deadline", async () => {
		const folder = await mkdtemp(join(tmpdir(), "sluice-queues-"));
		const backend = await openQueueBackend({ sqlite: join(folder, "queue.sqlite") });
		try {
			const queues = openScoreQueues(backend);
			const entry = { queue: "score-1", policies: "sha256:1", model: { id: "guard", hash: "1" } };
			await queues.enter(entry);
			await queues.enter(entry);
			assert.deepEqual(await queues.list(), [entry]);
			const queue = backend.queue("score-1");
			const hourAgo = Date.now() - 3_600_000;
			await queue.add("score", {}, { jobId: "old", timestamp: hourAgo });
			await queue.add("score", {}, { jobId: "young" });
			assert.equal(await queues.sweep(), 1);
			assert.deepEqual(
				(await queue.getJobs(["waiting"])).map(({ id }) => id),
				["young"],
			);
		} finally {
			await backend.close();
			await rm(folder, { recursive: true });
		}
	});
});
