/** Real inference threads, one at a time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convertModel } from "../../src/convert/index.ts";
import { createPool } from "../../src/engine/pool.ts";
import type { Order, Report, ThreadSetup, Wanted } from "../../src/engine/protocol.ts";
import { ROWS_LIMITS } from "../../src/engine/run-limits.ts";
import { createThreadStarter, type Thread } from "../../src/engine/thread.ts";
import { createThreadSlot } from "../../src/engine/thread-slot.ts";
import { createModelDirectory } from "./model-directory.ts";

interface Observed {
	readonly thread: Thread;
	readonly ended: Promise<{ exitCode: number; cause: unknown }>;
	next(): Promise<Report>;
}

function observe(setup: ThreadSetup): Observed {
	const reports: Report[] = [];
	let wake: () => void = () => {};
	const { promise: ended, resolve } = Promise.withResolvers<{ exitCode: number; cause: unknown }>();
	const thread = createThreadStarter(setup)({
		report: (message) => {
			reports.push(message);
			wake();
		},
		ended: (exitCode, cause) => resolve({ exitCode, cause }),
	});
	return {
		thread,
		ended,
		async next() {
			if (reports.length === 0) await new Promise<void>((done) => (wake = done));
			return reports.shift()!;
		},
	};
}

async function setupOf(root: string, source: string): Promise<ThreadSetup> {
	const directory = `${root}/out`;
	const { caches, layers, headRows } = await convertModel(source, directory, { weights: "f32" });
	return {
		files: { logits: `${directory}/model.onnx` },
		layout: { kind: "rows", caches },
		layers,
		headRows,
		first: "logits",
		graph: { cores: 1, keepsMemory: false },
	};
}

test("a thread opens its model, runs, and ends with exit code 0 when told to close", async () => {
	const own = createModelDirectory("hawk");
	const { thread, next, ended } = observe(await setupOf(own.root, own.source));
	assert.deepEqual(await next(), { type: "ready" });
	const wanted: Wanted = { logits: "all", hidden: { layers: [0, 1], of: "all" } };
	const rows = [{ ids: Int32Array.of(2, 3), start: 0, wanted }];
	const order: Order = { type: "run", task: 5, rows };
	thread.post(order, [rows[0]!.ids.buffer]);
	const report = await next();
	assert.ok(report.type === "done" && report.task === 5);
	assert.equal(report.outputs[0]!.logits!.length % 2, 0);
	thread.post({ type: "close" }, []);
	assert.deepEqual(await ended, { exitCode: 0, cause: undefined });
	own.remove();
});

test("an order with a wrong input fails, and the thread goes on", async () => {
	const own = createModelDirectory("hawk");
	const { thread, next, ended } = observe(await setupOf(own.root, own.source));
	await next();
	const run = (id: number): Order => ({
		type: "run",
		task: id,
		rows: [{ ids: Int32Array.of(id), start: 0, wanted: { logits: "all" } }],
	});
	thread.post(run(1_000_000), []);
	thread.post(run(1), []);
	assert.deepEqual([(await next()).type, (await next()).type], ["failed", "done"]);
	thread.post({ type: "close" }, []);
	assert.equal((await ended).exitCode, 0);
	own.remove();
});

test("a model that is not there is reported by the thread, and its slot starts no other", async () => {
	const setup: ThreadSetup = {
		files: { heads: "/nowhere/heads.onnx" },
		layout: { kind: "rows", caches: [] },
		layers: 1,
		headRows: 3,
		first: "heads",
		graph: { cores: 1, keepsMemory: false },
	};
	const { next, thread, ended } = observe(setup);
	const report = await next();
	assert.ok(report.type === "unusable" && /heads\.onnx/.test(report.reason));
	thread.terminate();
	assert.equal((await ended).exitCode, 1);

	let started = 0;
	const start = createThreadStarter(setup);
	const slot = createThreadSlot(
		(events) => {
			started++;
			return start(events);
		},
		{ idle: () => {}, lost: () => {} },
	);
	await assert.rejects(slot.started, { code: "inference_failed" });
	assert.deepEqual([started, slot.status], [1, "dead"]);
	await slot.close();
});

test("when a thread dies under its work, the work fails and the next call runs on a new thread", async (t) => {
	const own = createModelDirectory("hawk");
	t.after(own.remove);
	const start = createThreadStarter(await setupOf(own.root, own.source));
	let threads = 0;
	let dies = false;
	const pool = createPool({
		start(events) {
			const thread = start(events);
			threads++;
			return {
				...thread,
				post(order, transfer) {
					// Before the order, not after it: a small model can be done before a thread is seen to die.
					if (dies && order.type === "run") thread.terminate();
					dies = false;
					thread.post(order, transfer);
				},
			};
		},
		threads: 1,
		maxQueue: 10,
		maxSessions: 1,
		maxSessionBytes: 1 << 20,
		limits: ROWS_LIMITS,
	});
	t.after(() => pool.close());
	await pool.started;
	const call = (length: number): ReturnType<typeof pool.submit> =>
		pool.submit({ wanted: { logits: "all" }, ids: new Int32Array(length).fill(2) });
	const expected = await call(3);
	dies = true;
	const lost = call(256);
	const waiting = call(3);
	await assert.rejects(lost, { code: "inference_failed" });
	assert.deepEqual(await waiting, expected);
	assert.deepEqual([threads, pool.stats().restarts], [2, 1]);
});
