/** Jobs that are the same job. docs.bullmq.io/guide/jobs/job-ids, .../deduplication. */
import assert from "node:assert/strict";
import { type Case, gate, guarantee, heard } from "./harness.ts";

export const deduplicationCases: readonly Case[] = [
	guarantee("an id of the caller's is added once, whatever became of the job, until it is removed", async (room) => {
		const queue = room.backend.queue<string, null>(room.name);
		await queue.add("x", "first", { jobId: "mine" });
		assert.equal((await queue.add("x", "second", { jobId: "mine" })).id, "mine");
		assert.deepEqual([await queue.count(), (await queue.getJob("mine"))?.data], [1, "first"]);
		const worker = room.backend.worker<string, null>(room.name, async () => null);
		await heard(worker, "completed");
		await queue.add("x", "third", { jobId: "mine" });
		assert.equal(await queue.count(), 0);
		await (await queue.getJob("mine"))?.remove();
		const done = heard(worker, "completed");
		await queue.add("x", "fourth", { jobId: "mine" });
		await done;
		assert.equal((await queue.getJob("mine"))?.data, "fourth");
	}),
	guarantee("two connections that add one id at once make one job", async ({ backend, name, another }) => {
		const queues = [backend, await another()].map((one) => one.queue<number, null>(name));
		await Promise.all(Array.from({ length: 40 }, (_, n) => queues[n % 2]?.add("x", n, { jobId: `job-${n % 5}` })));
		assert.equal(await queues[0]?.count(), 5);
	}),
	guarantee("a deduplicated job stands for later ones until it finishes", async ({ backend, name }) => {
		const queue = backend.queue<string, null>(name);
		const deduplication = { id: "same" };
		const first = await queue.add("x", "first", { deduplication });
		const second = await queue.add("x", "second", { deduplication });
		assert.equal(second.id, first.id);
		assert.equal(await queue.getDeduplicationJobId("same"), first.id);
		const worker = backend.worker<string, null>(name, async () => null);
		await heard(worker, "completed");
		const done = heard(worker, "completed");
		const third = await queue.add("x", "third", { deduplication });
		assert.notEqual(third.id, first.id);
		await done;
	}),
	guarantee("deduplication with a lifetime stands that long, whether the job has finished or not", async (room) => {
		const queue = room.backend.queue<string, null>(room.name);
		const deduplication = { id: "same", ttl: 400 };
		const worker = room.backend.worker<string, null>(room.name, async () => null);
		const done = heard(worker, "completed");
		const first = await queue.add("x", "first", { deduplication });
		await done;
		assert.equal((await queue.add("x", "second", { deduplication })).id, first.id);
		await new Promise((resolve) => setTimeout(resolve, 450));
		assert.notEqual((await queue.add("x", "third", { deduplication })).id, first.id);
	}),
	guarantee("a delayed job can be replaced by the newest with its key", async ({ backend, name }) => {
		const queue = backend.queue<string, null>(name);
		const options = { deduplication: { id: "same", replace: true }, delay: 60_000 };
		const first = await queue.add("x", "first", options);
		const second = await queue.add("x", "second", options);
		assert.notEqual(second.id, first.id);
		assert.deepEqual(
			(await queue.getDelayed()).map((job) => job.data),
			["second"],
		);
	}),
	guarantee("the last of those added while the job runs is run after it", async ({ backend, name }) => {
		const queue = backend.queue<string, null>(name);
		const options = { deduplication: { id: "same", keepLastIfActive: true } };
		const [running, go] = [gate(), gate()];
		const seen: string[] = [];
		const worker = backend.worker<string, null>(name, async (job) => {
			seen.push(job.data);
			running.open();
			await go.opened;
			return null;
		});
		const done = heard(worker, "completed", 2);
		await queue.add("x", "first", options);
		await running.opened;
		await queue.add("x", "second", options);
		await queue.add("x", "third", options);
		go.open();
		await done;
		assert.deepEqual(seen, ["first", "third"]);
	}),
	guarantee("a key can be given up by hand", async ({ backend, name }) => {
		const queue = backend.queue<string, null>(name);
		const first = await queue.add("x", "first", { deduplication: { id: "same" } });
		assert.equal(await queue.removeDeduplicationKey("same"), 1);
		const second = await queue.add("x", "second", { deduplication: { id: "same" } });
		assert.notEqual(second.id, first.id);
	}),
];
