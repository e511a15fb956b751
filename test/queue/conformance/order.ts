/** Which job comes next: order, priority, delay, concurrency. docs.bullmq.io/guide/jobs. */
import assert from "node:assert/strict";
import type { JobsOptions } from "../../../src/queue/index.ts";
import { type Case, gate, guarantee, heard, type Room } from "./harness.ts";

/** Adds jobs named so to a queue no worker looks at yet, then lets one worker do them one by one. */
async function orderOf({ backend, name }: Room, jobs: readonly (readonly [string, JobsOptions?])[]): Promise<string[]> {
	const queue = backend.queue<null, null>(name);
	for (const [word, options] of jobs) await queue.add(word, null, options);
	const done: string[] = [];
	const worker = backend.worker<null, null>(name, async (job) => {
		done.push(job.name);
		return null;
	});
	await heard(worker, "completed", jobs.length);
	return done;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

export const orderCases: readonly Case[] = [
	guarantee("jobs run in the order they were added", async (room) => {
		assert.deepEqual(await orderOf(room, [["a"], ["b"], ["c"]]), ["a", "b", "c"]);
	}),
	guarantee("a last-in-first-out job runs before those that wait", async (room) => {
		assert.deepEqual(await orderOf(room, [["a"], ["b", { lifo: true }], ["c", { lifo: true }]]), ["c", "b", "a"]);
	}),
	guarantee("a lower priority number runs first, none at all before any, equals in order", async (room) => {
		const jobs = [
			["late", { priority: 10 }],
			["soon", { priority: 1 }],
			["later", { priority: 10 }],
			["first"],
		] as const;
		assert.deepEqual(await orderOf(room, jobs), ["first", "soon", "late", "later"]);
	}),
	guarantee("any mix of priorities and last-in-first-out jobs runs in the order of the rules", async (room) => {
		const next = seeded(20261123);
		const line: string[] = [];
		const ranked: { word: string; priority: number }[] = [];
		const jobs = Array.from({ length: 150 }, (_, n): [string, JobsOptions] => {
			const [word, priority, lifo] = [`job ${n}`, next() < 0.5 ? 0 : Math.ceil(next() * 4), next() < 0.3];
			if (priority > 0) ranked.push({ word, priority });
			else if (lifo) line.unshift(word);
			else line.push(word);
			return [word, { priority, lifo }];
		});
		const expected = [...line, ...ranked.sort((a, b) => a.priority - b.priority).map((job) => job.word)];
		assert.deepEqual(await orderOf(room, jobs), expected);
	}),
	guarantee("a job of addBulk keeps its place and its options", async ({ backend, name }) => {
		const queue = backend.queue<{ n: number }, number>(name);
		const jobs = await queue.addBulk([0, 1, 2].map((n) => ({ name: "n", data: { n }, opts: { priority: 3 - n } })));
		assert.equal(new Set(jobs.map((job) => job.id)).size, 3);
		const done: number[] = [];
		const worker = backend.worker<{ n: number }, number>(name, async (job) => done.push(job.data.n));
		await heard(worker, "completed", 3);
		assert.deepEqual(done, [2, 1, 0]);
	}),
	guarantee("addBulk adds all jobs or none", async ({ backend, name }) => {
		const queue = backend.queue<string, null>(name);
		const jobs = ["short", "far too long for its limit"].map((data) => ({ name: "t", data, opts: { sizeLimit: 10 } }));
		await assert.rejects(queue.addBulk(jobs), /exceeds the limit/);
		assert.equal(await queue.count(), 0);
	}),
	guarantee("a delayed job is not run before its time, and an idle worker runs it then", async ({ backend, name }) => {
		const queue = backend.queue<null, number>(name);
		const worker = backend.worker<null, number>(name, async () => Date.now());
		await worker.waitUntilReady();
		const added = Date.now();
		await queue.add("late", null, { delay: 400 });
		await queue.add("soon", null, { delay: 150 });
		assert.equal(await queue.getDelayedCount(), 2);
		const [soon, late] = await heard<{ name: string; returnvalue: number }>(worker, "completed", 2);
		assert.deepEqual([soon?.name, late?.name], ["soon", "late"]);
		assert.ok((soon?.returnvalue ?? 0) - added >= 149 && (late?.returnvalue ?? 0) - added >= 399);
		assert.ok((late?.returnvalue ?? 0) - added < 3000, "the worker slept past the job's time");
	}),
	guarantee("an idle worker starts a new job within a second", async ({ backend, name, another }) => {
		const worker = backend.worker<null, number>(name, async () => Date.now(), { drainDelay: 5 });
		await heard(worker, "drained");
		const queue = (await another()).queue<null, number>(name);
		const added = Date.now();
		const done = heard<{ returnvalue: number }>(worker, "completed");
		await queue.add("x", null);
		const [job] = await done;
		assert.ok((job?.returnvalue ?? Infinity) - added < 1000);
	}),
	guarantee("a worker runs as many jobs at once as its concurrency, and no more", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		await queue.addBulk(Array.from({ length: 9 }, () => ({ name: "x", data: null })));
		let running = 0;
		let most = 0;
		const work = async () => {
			most = Math.max(most, ++running);
			await new Promise((resolve) => setTimeout(resolve, 30));
			running -= 1;
			return null;
		};
		await heard(backend.worker<null, null>(name, work, { concurrency: 3 }), "completed", 9);
		assert.equal(most, 3);
	}),
	guarantee("a global concurrency bounds all workers together", async ({ backend, name, another }) => {
		const queue = backend.queue<null, null>(name);
		await queue.setGlobalConcurrency(1);
		await queue.addBulk(Array.from({ length: 4 }, () => ({ name: "x", data: null })));
		let running = 0;
		let most = 0;
		const work = async () => {
			most = Math.max(most, ++running);
			await new Promise((resolve) => setTimeout(resolve, 30));
			running -= 1;
			return null;
		};
		const settings = { concurrency: 2, drainDelay: 0.1 };
		const workers = [backend, await another()].map((one) => one.worker<null, null>(name, work, settings));
		const events = backend.events(name);
		await events.waitUntilReady();
		while ((await queue.getCompletedCount()) < 4) await new Promise((resolve) => setTimeout(resolve, 20));
		assert.equal(most, 1);
		assert.equal(workers.length, 2);
	}),
	guarantee("several workers on several connections run each job once", async ({ backend, name, another }) => {
		const queue = backend.queue<{ n: number }, null>(name, { defaultJobOptions: { removeOnComplete: true } });
		const seen: number[] = [];
		const all = gate();
		const work = async (job: { data: { n: number } }) => {
			if (seen.push(job.data.n) === 200) all.open();
			return null;
		};
		for (const one of [backend, backend, await another(), await another()]) {
			one.worker<{ n: number }, null>(name, work, { concurrency: 4 });
		}
		await queue.addBulk(Array.from({ length: 200 }, (_, n) => ({ name: "n", data: { n } })));
		await all.opened;
		assert.equal(new Set(seen).size, 200);
		assert.equal(seen.length, 200);
	}),
];
