/** One job: its events, result, progress, log and changes; and messages between processes. docs.bullmq.io/guide/events. */
import assert from "node:assert/strict";
import { type Case, guarantee, heard } from "./harness.ts";

export const jobCases: readonly Case[] = [
	guarantee("a job's result reaches who waits for it, in another connection", async ({ backend, name, another }) => {
		const queue = backend.queue<{ n: number }, { double: number }>(name);
		const events = backend.events(name);
		await events.waitUntilReady();
		(await another()).worker<{ n: number }, { double: number }>(name, async (job) => ({ double: job.data.n * 2 }));
		const job = await queue.add("x", { n: 21 });
		assert.deepEqual(await job.waitUntilFinished(events, 5_000), { double: 42 });
		assert.deepEqual(await job.waitUntilFinished(events, 5_000), { double: 42 });
	}),
	guarantee("who waits for a job that fails hears the reason", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const events = backend.events(name);
		await events.waitUntilReady();
		backend.worker<null, null>(name, async () => {
			throw new Error("because");
		});
		const job = await queue.add("x", null);
		await assert.rejects(job.waitUntilFinished(events, 5_000), /because/);
	}),
	guarantee("a job's life is told in order, its progress too", async ({ backend, name, another }) => {
		const queue = backend.queue<null, string>(name);
		const events = (await another()).events(name);
		await events.waitUntilReady();
		const told: string[] = [];
		for (const event of ["added", "waiting", "active", "progress", "completed"] as const) {
			events.on(event, (args: { jobId: string; data?: unknown; returnvalue?: unknown }) => {
				told.push(`${event} ${args.jobId} ${JSON.stringify(args.data ?? args.returnvalue ?? null)}`);
			});
		}
		const done = heard(events, "completed");
		backend.worker<null, string>(name, async (job) => {
			await job.updateProgress({ part: 0.5 });
			return "end";
		});
		// Events are read from the moment their reader asked first.
		await new Promise((resolve) => setTimeout(resolve, 50));
		const { id } = await queue.add("x", null);
		await done;
		const expected = ["added", "waiting", "active", "progress", "completed"];
		const values = [null, null, null, { part: 0.5 }, "end"];
		assert.deepEqual(
			told,
			expected.map((event, index) => `${event} ${id} ${JSON.stringify(values[index])}`),
		);
		assert.deepEqual((await queue.getJob(id ?? ""))?.progress, { part: 0.5 });
	}),
	guarantee("data, names and results come back as they were given", async ({ backend, name }) => {
		const data = { text: "Zeile\n\u2028 ünï 𝔘 \u0000 '\"", list: [1, null, { a: [] }], deep: { big: 2 ** 53 - 1 } };
		const queue = backend.queue<typeof data, typeof data>(name);
		const { id } = await queue.add("a name, ünï", data);
		await heard(
			backend.worker<typeof data, typeof data>(name, async (job) => job.data),
			"completed",
		);
		const job = await queue.getJob(id ?? "");
		assert.deepEqual([job?.name, job?.data, job?.returnvalue], ["a name, ünï", data, data]);
	}),
	guarantee("a job's log keeps its lines in order, and only the newest where said", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const job = await queue.add("x", null, { keepLogs: 2 });
		for (const line of ["one", "two", "three"]) await job.log(line);
		assert.deepEqual(await queue.getJobLogs(job.id ?? ""), { logs: ["two", "three"], count: 2 });
		await job.clearLogs();
		assert.deepEqual(await queue.getJobLogs(job.id ?? ""), { logs: [], count: 0 });
	}),
	guarantee("a delayed job can be promoted, and its delay and priority changed", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const late = await queue.add("late", null, { delay: 60_000 });
		const later = await queue.add("later", null, { delay: 60_000 });
		const plain = await queue.add("plain", null);
		await late.promote();
		await later.changeDelay(50);
		await plain.changePriority({ priority: 7 });
		assert.deepEqual([await late.getState(), await plain.getState()], ["waiting", "prioritized"]);
		await assert.rejects(late.promote(), /not in the delayed state/);
		await heard(
			backend.worker<null, null>(name, async () => null),
			"completed",
			3,
		);
	}),
	guarantee("a removed job is gone; one that a worker holds is not removed", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const job = await queue.add("x", null);
		await queue.remove(job.id ?? "");
		assert.equal(await queue.getJob(job.id ?? ""), undefined);
		const held = await queue.add("x", null);
		const holder = backend.worker<null, null>(name, async () => null, { autorun: false });
		assert.equal((await holder.getNextJob("token"))?.id, held.id);
		await assert.rejects(held.remove(), /locked/);
	}),
	guarantee("calls for a job that is not there are refused", async ({ backend, name }) => {
		const queue = backend.queue<null, null>(name);
		const job = await queue.add("x", null);
		await job.remove();
		await assert.rejects(job.updateProgress(1), /Missing key for job/);
		await assert.rejects(job.updateData(null), /Missing key for job/);
		await assert.rejects(job.log("line"), /Missing key for job/);
	}),
	guarantee("a message reaches who listens to its channel, in every connection, until they stop", async (room) => {
		const [here, there] = [room.backend, await room.another()];
		const got: string[] = [];
		const { promise: both, resolve } = Promise.withResolvers<void>();
		const listen = (place: string) => (message: string) => {
			if (got.push(`${place} ${message}`) === 2) resolve();
		};
		const stops = [
			await here.subscribe(room.name, listen("here")),
			await there.subscribe(room.name, listen("there")),
			await there.subscribe(`${room.name}-other`, listen("other")),
			await there.subscribe(room.name, () => {
				throw new Error("a listener's own trouble");
			}),
		];
		await here.publish(room.name, "one ünï");
		await both;
		assert.deepEqual(got.sort(), ["here one ünï", "there one ünï"]);
		await stops[0]?.();
		const { promise: again, resolve: heardAgain } = Promise.withResolvers<string>();
		await there.subscribe(room.name, heardAgain);
		await there.publish(room.name, "two");
		assert.equal(await again, "two");
		assert.ok(!got.includes("here two"));
		assert.ok(got.includes("there two"));
	}),
];
