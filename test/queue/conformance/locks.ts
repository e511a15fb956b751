/** What happens to a job whose worker vanished, and to its worker when it comes back. docs.bullmq.io/guide/workers/stalled-jobs. */
import assert from "node:assert/strict";
import type { Job, Worker } from "../../../src/queue/index.ts";
import { type Case, gate, guarantee, heard, type Room } from "./harness.ts";

/** Takes a job by hand and never says another word about it, as a killed process would. */
async function takeAndVanish(room: Room, lockDuration = 200): Promise<Job<null, string>> {
	const holder: Worker<null, string> = room.backend.worker<null, string>(room.name, async () => "", {
		autorun: false,
		lockDuration,
	});
	const job = await holder.getNextJob("vanished");
	assert.ok(job);
	return job;
}

const watchful = { lockDuration: 200, stalledInterval: 100, drainDelay: 1 };

export const lockCases: readonly Case[] = [
	guarantee("a job whose holder vanished is done by another worker, and the old holder is refused", async (room) => {
		const queue = room.backend.queue<null, string>(room.name);
		await queue.add("x", null);
		const lost = await takeAndVanish(room);
		const worker = (await room.another()).worker<null, string>(room.name, async () => "taken over", watchful);
		const [stalled, [job]] = await Promise.all([
			heard<string>(worker, "stalled"),
			heard<Job<null, string>>(worker, "completed"),
		]);
		assert.deepEqual(stalled, [lost.id]);
		assert.deepEqual([job?.id, job?.returnvalue, job?.stalledCounter], [lost.id, "taken over", 1]);
		await assert.rejects(lost.moveToCompleted("too late", "vanished", false), /lock/i);
		assert.equal((await queue.getJob(lost.id ?? ""))?.returnvalue, "taken over");
	}),
	guarantee("a job that stalls more often than allowed is failed, not run", async (room) => {
		const queue = room.backend.queue<null, string>(room.name);
		await queue.add("x", null);
		const lost = await takeAndVanish(room);
		let runs = 0;
		const work = async () => {
			runs += 1;
			return "";
		};
		const worker = (await room.another()).worker<null, string>(room.name, work, { ...watchful, maxStalledCount: 0 });
		await heard(worker, "failed");
		const job = await queue.getJob(lost.id ?? "");
		assert.equal(await job?.getState(), "failed");
		assert.match(job?.failedReason ?? "", /stalled more than allowable limit/);
		assert.equal(runs, 0);
	}),
	guarantee("a job longer than its lock is run once, because its worker renews the lock", async (room) => {
		const queue = room.backend.queue<null, string>(room.name);
		await queue.add("x", null);
		let runs = 0;
		const work = async () => {
			runs += 1;
			await new Promise((resolve) => setTimeout(resolve, 900));
			return "";
		};
		const worker = room.backend.worker<null, string>(room.name, work, watchful);
		(await room.another()).worker<null, string>(room.name, work, watchful);
		await heard(worker, "completed");
		assert.equal(runs, 1);
	}),
	guarantee("a lock can be extended by its token only", async (room) => {
		const queue = room.backend.queue<null, string>(room.name);
		await queue.add("x", null);
		const job = await takeAndVanish(room, 5_000);
		assert.equal(await job.extendLock("vanished", 5_000), 1);
		await assert.rejects(job.moveToCompleted("", "somebody else", false), /lock/i);
		await job.moveToCompleted("done", "vanished", false);
		assert.equal(await job.getState(), "completed");
	}),
	guarantee("a worker that closes lets its job end first", async ({ backend, name, another }) => {
		const queue = backend.queue<null, string>(name);
		const { id } = await queue.add("x", null);
		const started = gate();
		const work = async () => {
			started.open();
			await new Promise((resolve) => setTimeout(resolve, 150));
			return "ended";
		};
		const other = await another();
		other.worker<null, string>(name, work);
		await started.opened;
		await other.close();
		assert.equal((await queue.getJob(id ?? ""))?.returnvalue, "ended");
	}),
];
