/** The queue as a whole: pause, drain, clean, obliterate, removal of finished jobs, counts and lists. docs.bullmq.io/guide/queues. */
import assert from "node:assert/strict";
import { type Case, guarantee, heard } from "./harness.ts";

function many(count: number): { name: string; data: number }[] {
	return Array.from({ length: count }, (_, data) => ({ name: "x", data }));
}

export const queueCases: readonly Case[] = [
	guarantee("a paused queue gives out nothing until it is resumed", async ({ backend, name, another }) => {
		const queue = backend.queue<number, null>(name);
		await queue.pause();
		await queue.addBulk(many(3));
		const worker = (await another()).worker<number, null>(name, async () => null, { drainDelay: 1 });
		let done = 0;
		worker.on("completed", () => (done += 1));
		await heard(worker, "drained");
		await new Promise((resolve) => setTimeout(resolve, 100));
		assert.deepEqual([done, await queue.isPaused(), await queue.count()], [0, true, 3]);
		const all = heard(worker, "completed", 3);
		await queue.resume();
		await all;
		assert.equal(await queue.isPaused(), false);
	}),
	guarantee("drain removes what waits, and what is delayed only where asked", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name);
		await queue.addBulk(many(3));
		await queue.add("x", 1, { priority: 5 });
		await queue.add("x", 2, { delay: 60_000 });
		await queue.drain();
		assert.deepEqual([await queue.getWaitingCount(), await queue.getPrioritizedCount()], [0, 0]);
		assert.equal(await queue.getDelayedCount(), 1);
		await queue.drain(true);
		assert.equal(await queue.getDelayedCount(), 0);
	}),
	guarantee("clean removes finished jobs older than asked, at most so many", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name);
		await queue.addBulk(many(5));
		await heard(
			backend.worker<number, null>(name, async () => null),
			"completed",
			5,
		);
		assert.deepEqual(await queue.clean(60_000, 0, "completed"), []);
		assert.equal((await queue.clean(0, 2, "completed")).length, 2);
		assert.equal(await queue.getCompletedCount(), 3);
		assert.equal((await queue.clean(0, 0, "completed")).length, 3);
	}),
	guarantee("obliterate removes a queue with all its jobs", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name);
		await queue.addBulk(many(3));
		await queue.add("x", 1, { delay: 60_000, jobId: "mine" });
		await queue.obliterate();
		assert.equal(await queue.getJobCountByTypes(), 0);
		assert.equal(await queue.getJob("mine"), undefined);
	}),
	guarantee("a job that says so is removed when it completes or fails", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name);
		const opts = { removeOnComplete: true, removeOnFail: true };
		await queue.addBulk(many(4).map((job) => ({ ...job, opts })));
		const worker = backend.worker<number, null>(name, async (job) => {
			if (job.data === 0) throw new Error("no");
			return null;
		});
		await Promise.all([heard(worker, "completed", 3), heard(worker, "failed")]);
		assert.equal(await queue.getJobCountByTypes(), 0);
	}),
	guarantee("so many finished jobs are kept as said, the newest", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name, { defaultJobOptions: { removeOnComplete: 2 } });
		await queue.addBulk(many(6));
		await heard(
			backend.worker<number, null>(name, async () => null),
			"completed",
			6,
		);
		assert.deepEqual((await queue.getCompleted()).map((job) => job.data).sort(), [4, 5]);
	}),
	guarantee("finished jobs are kept as long as said", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name, { defaultJobOptions: { removeOnComplete: { age: 1 } } });
		const worker = backend.worker<number, null>(name, async () => null);
		const first = heard(worker, "completed", 2);
		await queue.addBulk(many(2));
		await first;
		assert.equal(await queue.getCompletedCount(), 2);
		await new Promise((resolve) => setTimeout(resolve, 1_100));
		const later = heard(worker, "completed");
		await queue.add("x", 7);
		await later;
		assert.deepEqual(
			(await queue.getCompleted()).map((job) => job.data),
			[7],
		);
	}),
	guarantee("counts and lists say what is there, in order", async ({ backend, name }) => {
		const queue = backend.queue<number, null>(name);
		await queue.addBulk(many(4));
		await queue.add("x", 10, { priority: 2 });
		await queue.add("x", 11, { priority: 1 });
		await queue.add("x", 12, { delay: 60_000 });
		const counts = await queue.getJobCounts("wait", "prioritized", "delayed", "active", "completed", "failed");
		assert.deepEqual(counts, { wait: 4, prioritized: 2, delayed: 1, active: 0, completed: 0, failed: 0 });
		assert.deepEqual(
			(await queue.getWaiting(1, 2)).map((job) => job.data),
			[1, 2],
		);
		assert.deepEqual(
			(await queue.getPrioritized()).map((job) => job.data),
			[11, 10],
		);
		assert.deepEqual(await queue.getCountsPerPriority([1, 2, 3]), { 1: 1, 2: 1, 3: 0 });
		assert.equal(await queue.getJobState((await queue.getDelayed())[0]?.id ?? ""), "delayed");
		assert.equal(await queue.getJobState("nobody"), "unknown");
	}),
	guarantee("completed jobs are listed newest first", async ({ backend, name }) => {
		const queue = backend.queue<number, number>(name);
		const worker = backend.worker<number, number>(name, async (job) => job.data * 2);
		for (const n of [1, 2, 3]) {
			const done = heard(worker, "completed");
			await queue.add("x", n);
			await done;
			await new Promise((resolve) => setTimeout(resolve, 3));
		}
		assert.deepEqual(
			(await queue.getCompleted()).map((job) => job.returnvalue),
			[6, 4, 2],
		);
	}),
];
