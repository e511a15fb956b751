/** Several processes on one queue file, killed without warning: no job is lost, none counts twice. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openQueueBackend } from "../../../src/queue/index.ts";

const PROGRAM = join(import.meta.dirname, "scan-worker.ts");
const JOBS = 1_500;
const KILLS = 4;

async function startWorker(path: string, name: string): Promise<ChildProcess> {
	const child = spawn(process.execPath, [PROGRAM, path, name], { stdio: ["ignore", "pipe", "inherit"] });
	if (child.stdout !== null) await once(child.stdout, "data");
	return child;
}

async function kill(child: ChildProcess | undefined): Promise<void> {
	if (child === undefined) return;
	const gone = once(child, "exit");
	child.kill("SIGKILL");
	await gone;
}

test("workers killed one after another lose no job, and each job has one outcome", async () => {
	const folder = await mkdtemp(join(tmpdir(), "sluice-processes-"));
	const path = join(folder, "queue.db");
	const backend = await openQueueBackend({ sqlite: path });
	const children: ChildProcess[] = [];
	try {
		const queue = backend.queue<{ n: number }, null>("scan", { defaultJobOptions: { removeOnComplete: true } });
		const results = backend.queue<{ n: number }, null>("scan-results");
		const jobs = Array.from({ length: JOBS }, (_, n) => ({ name: "scan", data: { n }, opts: { jobId: `chunk-${n}` } }));
		const { promise: all, resolve } = Promise.withResolvers<void>();
		const found = new Map<number, number>();
		backend.worker<{ n: number }, null>("scan-results", async (job) => {
			found.set(job.data.n, (found.get(job.data.n) ?? 0) + 1);
			if (found.size === JOBS) resolve();
			return null;
		});
		await queue.addBulk(jobs);
		children.push(...(await Promise.all([startWorker(path, "scan"), startWorker(path, "scan")])));
		for (let round = 0; round < KILLS; round++) {
			const mark = found.size;
			while (found.size < Math.min(mark + 100, JOBS)) await new Promise((next) => setTimeout(next, 5));
			await kill(children.shift());
			children.push(await startWorker(path, "scan"));
		}
		await all;
		assert.equal(found.size, JOBS);
		assert.ok(
			[...found.values()].every((times) => times === 1),
			"an outcome came twice",
		);
		while ((await queue.count()) + (await queue.getActiveCount()) > 0)
			await new Promise((next) => setTimeout(next, 20));
		assert.equal(await queue.getFailedCount(), 0);
		assert.equal(await results.getFailedCount(), 0);
	} finally {
		await Promise.all(children.map(kill));
		await backend.close();
		await rm(folder, { recursive: true, force: true });
	}
});
