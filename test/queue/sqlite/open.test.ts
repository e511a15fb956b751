import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { FlowProducer } from "bullmq";
import { openQueueBackend, type QueueBackend } from "../../../src/queue/index.ts";

async function withFile(use: (path: string) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-file-"));
	try {
		await use(join(folder, "queue.db"));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

function withBackend(use: (backend: QueueBackend, path: string) => Promise<void>): Promise<void> {
	return withFile(async (path) => {
		const backend = await openQueueBackend({ sqlite: path });
		try {
			await use(backend, path);
		} finally {
			await backend.close();
		}
	});
}

test("what was added is there after the process closed and opened the file again", async () => {
	await withFile(async (path) => {
		const first = await openQueueBackend({ sqlite: path });
		// Not awaited: closing commits what waits.
		const added = first.queue<number, null>("kept").add("x", 7, { jobId: "seven", priority: 3 });
		await first.close();
		assert.equal((await added).id, "seven");
		const second = await openQueueBackend({ sqlite: path });
		try {
			const job = await second.queue<number, null>("kept").getJob("seven");
			assert.deepEqual([job?.data, job?.priority], [7, 3]);
		} finally {
			await second.close();
		}
	});
});

test("a call after closing is queue_unavailable", async () => {
	await withFile(async (path) => {
		const backend = await openQueueBackend({ sqlite: path });
		const queue = backend.queue<null, null>("closed");
		await backend.close();
		await assert.rejects(queue.add("x", null), { code: "queue_unavailable" });
		await assert.rejects(queue.count(), { code: "queue_unavailable" });
	});
});

test("the file is readable to its owner alone", async () => {
	await withBackend(async (backend, path) => {
		await backend.queue<null, null>("private").add("x", null);
		for (const part of ["", "-wal", "-shm"]) assert.equal((await stat(`${path}${part}`)).mode & 0o777, 0o600);
	});
});

test("the data of a removed job is not left in the file", async () => {
	await withFile(async (path) => {
		const secret = "a text that somebody asked to have deleted";
		const backend = await openQueueBackend({ sqlite: path });
		const queue = backend.queue<string, null>("secret");
		const jobs = await queue.addBulk(Array.from({ length: 50 }, () => ({ name: "x", data: secret.repeat(40) })));
		const holder = await openQueueBackend({ sqlite: path });
		await holder.close();
		for (const job of jobs) await job.remove();
		await backend.close();
		assert.ok(!(await readFile(path)).includes(secret));
	});
});

test("a file that is no queue is refused, and one of a newer version too", async () => {
	await withFile(async (path) => {
		await writeFile(path, "certainly not a database, and long enough to be looked at as one".repeat(20));
		await assert.rejects(openQueueBackend({ sqlite: path }), { code: "queue_unavailable" });
	});
	await withFile(async (path) => {
		const file = new DatabaseSync(path);
		file.exec("pragma user_version = 99");
		file.close();
		await assert.rejects(openQueueBackend({ sqlite: path }), { code: "invalid_config", detail: /version 99/ });
	});
});

test("what is not supported is named", async () => {
	await withBackend(async (backend) => {
		const queue = backend.queue<null, null>("plain");
		const unsupported = (name: string) => ({ detail: `${name} is not supported by the sqlite backend` });
		await assert.rejects(queue.upsertJobScheduler("daily", { every: 1000 }), unsupported("addJobScheduler"));
		await assert.rejects(queue.getMetrics("completed"), unsupported("getMetrics"));
		const parent = { id: "1", queue: "plain" };
		await assert.rejects(queue.add("x", null, { parent }), unsupported("A job with a parent"));
		const job = await queue.add("x", null);
		await assert.rejects(job.getDependencies(), unsupported("getDependencies"));
		assert.throws(
			() => backend.worker<null, null>("plain", async () => null, { metrics: { maxDataPoints: 10 } }),
			unsupported("The worker option metrics"),
		);
		const flows = new FlowProducer({ connection: {} as never }, (() => queue.getBackend()) as never);
		await assert.rejects(flows.add({ name: "x", queueName: "plain" }), unsupported("addFlow"));
	});
});

test("the next job is found by the index alone, whatever waits", async () => {
	await withBackend(async (backend, path) => {
		await backend.queue<null, null>("plan").add("x", null);
		const file = new DatabaseSync(path, { readOnly: true });
		const plan = (sql: string) =>
			file
				.prepare(`explain query plan ${sql}`)
				.all()
				.map((row) => String(row.detail))
				.join("; ");
		const next = "select * from job where queue = 'q' and state = 'waiting' order by priority, seq limit 1";
		const due =
			"select rid from job where queue = 'q' and state = 'delayed' and process_at <= 1 order by process_at, seq";
		assert.equal(plan(next), "SEARCH job USING INDEX job_waiting (queue=?)");
		assert.match(plan(due), /^SEARCH job USING (COVERING )?INDEX job_delayed \(queue=\? AND process_at<\?\)$/);
		file.close();
	});
});

test("a call that is refused does not undo those it shares a commit with", async () => {
	await withBackend(async (backend) => {
		const queue = backend.queue<null, null>("shared");
		const gone = await queue.add("x", null);
		await gone.remove();
		const [added, refused, other] = await Promise.allSettled([
			queue.add("x", null, { jobId: "added" }),
			gone.updateProgress(1),
			queue.add("x", null, { jobId: "other" }),
		]);
		assert.deepEqual([added.status, refused.status, other.status], ["fulfilled", "rejected", "fulfilled"]);
		assert.equal(await queue.count(), 2);
	});
});

test("events are kept to about as many as said", async () => {
	await withBackend(async (backend, path) => {
		const queue = backend.queue<null, null>("events", { streams: { events: { maxLen: 50 } } });
		await queue.addBulk(Array.from({ length: 1_000 }, () => ({ name: "x", data: null })));
		const file = new DatabaseSync(path, { readOnly: true });
		const row = file.prepare("select count(*) as n from event").get();
		file.close();
		assert.ok(Number(row?.n) <= 1_050, `${row?.n} events`);
	});
});
