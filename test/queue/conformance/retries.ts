/** What follows a failure: attempts, backoff, errors that end it. docs.bullmq.io/guide/retrying-failing-jobs. */
import assert from "node:assert/strict";
import { DelayedError, type Job, RateLimitError, UnrecoverableError } from "../../../src/queue/index.ts";
import { type Case, guarantee, heard } from "./harness.ts";

/** Times between the attempts of a job that always fails. */
function gaps(times: readonly number[]): number[] {
	return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

export const retryCases: readonly Case[] = [
	guarantee("a failing job is tried as often as its attempts say, then is failed with its reason", async (room) => {
		const queue = room.backend.queue<null, null>(room.name);
		const { id } = await queue.add("x", null, { attempts: 3 });
		let runs = 0;
		const worker = room.backend.worker<null, null>(room.name, async () => {
			throw new Error(`no ${++runs}`);
		});
		await heard(worker, "failed", 3);
		const job = await queue.getJob(id ?? "");
		assert.equal(await job?.getState(), "failed");
		assert.deepEqual([job?.attemptsMade, job?.attemptsStarted, job?.failedReason], [3, 3, "no 3"]);
		assert.equal(job?.stacktrace?.length, 3);
		assert.ok((job?.finishedOn ?? 0) >= (job?.processedOn ?? Infinity));
	}),
	guarantee("a job that fails and then succeeds is completed", async ({ backend, name }) => {
		const queue = backend.queue<null, string>(name);
		const { id } = await queue.add("x", null, { attempts: 2 });
		const worker = backend.worker<null, string>(name, async (job) => {
			if (job.attemptsMade === 0) throw new Error("first");
			return "second";
		});
		await heard(worker, "completed");
		const job = await queue.getJob(id ?? "");
		assert.deepEqual([await job?.getState(), job?.returnvalue, job?.attemptsMade], ["completed", "second", 2]);
	}),
	guarantee("fixed backoff waits the same before each attempt", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		await queue.add("x", null, { attempts: 3, backoff: { type: "fixed", delay: 120 } });
		const times: number[] = [];
		const worker = backend.worker<null, null>(name, async () => {
			times.push(Date.now());
			throw new Error("no");
		});
		await heard(worker, "failed", 3);
		for (const gap of gaps(times)) assert.ok(gap >= 118 && gap < 2000, `waited ${gap} ms`);
	}),
	guarantee("exponential backoff doubles the wait", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		await queue.add("x", null, { attempts: 3, backoff: { type: "exponential", delay: 100 } });
		const times: number[] = [];
		const worker = backend.worker<null, null>(name, async () => {
			times.push(Date.now());
			throw new Error("no");
		});
		await heard(worker, "failed", 3);
		const [first = 0, second = 0] = gaps(times);
		assert.ok(first >= 98 && second >= 198, `waited ${first} and ${second} ms`);
	}),
	guarantee("an unrecoverable error ends a job at its first attempt", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const { id } = await queue.add("x", null, { attempts: 5 });
		const worker = backend.worker<null, null>(name, async () => {
			throw new UnrecoverableError("never");
		});
		await heard(worker, "failed");
		const job = await queue.getJob(id ?? "");
		assert.deepEqual([await job?.getState(), job?.attemptsMade, job?.failedReason], ["failed", 1, "never"]);
	}),
	guarantee("a job that delays itself runs again later and costs no attempt", async ({ backend, name }) => {
		const queue = backend.queue<{ step: number }, number>(name);
		await queue.add("x", { step: 0 });
		const started = Date.now();
		const worker = backend.worker<{ step: number }, number>(name, async (job, token) => {
			if (job.data.step === 1) return Date.now() - started;
			await job.updateData({ step: 1 });
			await job.moveToDelayed(Date.now() + 150, token);
			throw new DelayedError();
		});
		const [job] = await heard<Job<{ step: number }, number>>(worker, "completed");
		assert.ok((job?.returnvalue ?? 0) >= 148);
		assert.equal(job?.attemptsMade, 1);
	}),
	guarantee("a failed job can be retried by hand", async ({ backend, name }) => {
		const queue = backend.queue<null, string>(name);
		const { id } = await queue.add("x", null);
		let well = false;
		const worker = backend.worker<null, string>(name, async () => {
			if (!well) throw new Error("ill");
			return "well";
		});
		await heard(worker, "failed");
		well = true;
		const done = heard<Job<null, string>>(worker, "completed");
		await (await queue.getJob(id ?? ""))?.retry();
		const [job] = await done;
		assert.deepEqual([job?.id, job?.returnvalue], [id, "well"]);
	}),
	guarantee("all failed jobs can be retried at once", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		await queue.addBulk([1, 2, 3].map(() => ({ name: "x", data: null })));
		let well = false;
		const worker = backend.worker<null, null>(name, async () => {
			if (!well) throw new Error("ill");
			return null;
		});
		await heard(worker, "failed", 3);
		well = true;
		const done = heard(worker, "completed", 3);
		await queue.retryJobs();
		await done;
		assert.deepEqual([await queue.getFailedCount(), await queue.getCompletedCount()], [0, 3]);
	}),
	guarantee("a worker's limiter lets so many jobs start per stretch of time", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		await queue.addBulk([1, 2, 3, 4, 5].map(() => ({ name: "x", data: null })));
		const times: number[] = [];
		const work = async () => {
			times.push(Date.now());
			return null;
		};
		const worker = backend.worker<null, null>(name, work, { limiter: { max: 2, duration: 250 }, concurrency: 5 });
		await heard(worker, "completed", 5);
		assert.ok((times[4] ?? 0) - (times[0] ?? 0) >= 480, `5 jobs at 2 per 250 ms: ${gaps(times)}`);
	}),
	guarantee("a job that meets a rate limit goes back in line and costs no attempt", async ({ backend, name }) => {
		const queue = backend.queue<null, number>(name);
		await queue.add("x", null);
		const started = Date.now();
		let limited = false;
		const work = async (job: Job<null, number>) => {
			if (limited) return Date.now() - started;
			limited = true;
			await queue.rateLimit(200);
			assert.equal(job.attemptsMade, 0);
			throw new RateLimitError();
		};
		const worker = backend.worker<null, number>(name, work, { limiter: { max: 100, duration: 1000 } });
		const [job] = await heard<Job<null, number>>(worker, "completed");
		assert.ok((job?.returnvalue ?? 0) >= 195, `came back after ${job?.returnvalue} ms`);
		assert.equal(job?.attemptsMade, 1);
	}),
];
