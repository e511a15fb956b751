import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reservation } from "../../src/engine/job.ts";
import { ROWS_LIMITS, slotsLimits } from "../../src/engine/run-limits.ts";
import { isSluiceError } from "../../src/errors.ts";
import { settled } from "./fake-threads.ts";
import { openBench } from "./pool-bench.ts";

const CHUNK_TOKENS = ROWS_LIMITS.partTokens(0);
const RUN_TOKENS = ROWS_LIMITS.wholeTokens;
const SMALL: Reservation = { bytes: 8, checkpoints: 0 };

/** The code a promise rejects with. */
function codeOf(promise: Promise<unknown>): Promise<string> {
	return promise.then(
		() => "no error",
		(error) => (isSluiceError(error) ? error.code : String(error)),
	);
}

test("an idle thread takes a call at once, and what waits leaves together when it is free", async () => {
	const { text, threads, pool } = await openBench();
	const first = text(5);
	const rest = [text(6), text(7), text(8)];
	assert.deepEqual(
		{ ...pool.stats(), waitMs: 0 },
		{ queued: 3, running: 1, threads: 1, restarts: 0, sessions: 0, sessionBytes: 0, waitMs: 0 },
	);
	await threads[0]!.step();
	assert.equal(await first, 5);
	await threads[0]!.step();
	assert.deepEqual(await Promise.all(rest), [6, 7, 8]);
	assert.deepEqual(threads[0]!.runs, [[5], [6, 7, 8]]);
	await pool.close();
});

test("callers that shared a run go on one after another: none waits for the next steps of the others", async () => {
	const { text, threads, pool } = await openBench();
	const done: string[] = [];
	const goOn = async (n: number): Promise<void> => {
		await text(n);
		for (const step of ["first", "second", "third"]) {
			done.push(`${n} ${step}`);
			await null;
		}
	};
	const all = [text(5), goOn(6), goOn(7), goOn(8)];
	await threads[0]!.step();
	await threads[0]!.step();
	await Promise.all(all);
	const steps = (n: number): string[] => [`${n} first`, `${n} second`, `${n} third`];
	assert.deepEqual(done, [...steps(6), ...steps(7), ...steps(8)]);
	await pool.close();
});

test("two threads share what waits", async () => {
	const { text, threads, pool } = await openBench({ threads: 2 });
	const all = Array.from({ length: 6 }, () => text(10));
	for (const thread of [0, 1, 0, 1, 0]) await threads[thread]!.step();
	assert.deepEqual(await Promise.all(all), [10, 10, 10, 10, 10, 10]);
	assert.deepEqual(threads[0]!.runs, [[10], [10, 10], [10]]);
	assert.deepEqual(threads[1]!.runs, [[10], [10]]);
	await pool.close();
});

test("higher priority runs first", async () => {
	const { text, threads, pool } = await openBench();
	const done: string[] = [];
	const note = (name: string, n: number, priority: number): Promise<unknown> =>
		text(n, { priority }).then(() => done.push(name));
	const all = [note("first", 1, 0), note("low", 2, -1), note("normal", 3, 0), note("high", 4, 1)];
	for (const _ of all) await threads[0]!.step();
	await Promise.all(all);
	assert.deepEqual(done, ["first", "high", "normal", "low"]);
	await pool.close();
});

test("short texts pass between the chunks of a long one, and its answer is that of one piece", async () => {
	const { text, threads, pool } = await openBench();
	const long = text(3 * CHUNK_TOKENS + 5);
	const short = [text(3), text(200)];
	for (let i = 0; i < 6; i++) await threads[0]!.step();
	assert.deepEqual(await Promise.all([long, ...short]), [3 * CHUNK_TOKENS + 5, 3, 200]);
	assert.deepEqual(threads[0]!.runs, [[CHUNK_TOKENS], [3], [200], [CHUNK_TOKENS], [CHUNK_TOKENS], [5]]);
	await pool.close();
});

test("a long text stays on the thread that holds its caches", async () => {
	const { text, threads, pool } = await openBench({ threads: 2, mode: "free" });
	const lengths = [600, 700, 800, 900, 1000];
	assert.deepEqual(await Promise.all(lengths.map((n) => text(n))), lengths);
	for (const { orders } of threads) {
		const starts = new Map<number, number>();
		for (const order of orders)
			if (order.type === "run")
				for (const { carry, start, ids } of order.rows) {
					assert.equal(start, starts.get(carry!.job) ?? 0);
					starts.set(carry!.job, start + ids.length);
				}
	}
	await pool.close();
});

test("only a few long texts are under way on a thread at a time", async () => {
	const { text, threads, pool } = await openBench({ mode: "free" });
	await Promise.all(Array.from({ length: 9 }, () => text(RUN_TOKENS + 1)));
	let open = 0;
	let most = 0;
	for (const order of threads[0]!.orders) {
		if (order.type !== "run") continue;
		const { start, carry } = order.rows[0]!;
		open += Number(start === 0) - Number(carry!.last);
		most = Math.max(most, open);
	}
	assert.equal(most, 4);
	await pool.close();
});

test("a full queue refuses with advice when to come back, and takes calls again afterwards", async () => {
	const { text, threads, pool } = await openBench({ maxQueue: 2 });
	const taken = [text(1), text(2), text(3)];
	await assert.rejects(text(4), (error) => {
		assert.ok(isSluiceError(error) && error.code === "overloaded" && error.retryable);
		assert.match(error.detail, /^2 texts wait for the model, which is the limit; try again in about \d+ s$/);
		return true;
	});
	await threads[0]!.step();
	const later = text(4);
	await threads[0]!.step();
	await threads[0]!.step();
	assert.deepEqual(await Promise.all([...taken, later]), [1, 2, 3, 4]);
	await pool.close();
});

test("work whose deadline passes while it waits is refused then, and never runs", async (t) => {
	const { text, threads, pool } = await openBench();
	const first = text(1);
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const late = codeOf(text(50, { deadlineMs: performance.now() + 20 }));
	t.mock.timers.tick(30);
	assert.equal(await late, "deadline_exceeded");
	assert.equal(pool.stats().queued, 0);
	await threads[0]!.step();
	assert.equal(await first, 1);
	assert.deepEqual(threads[0]!.runs, [[1]]);
	await pool.close();
});

test("work that is late when its turn comes never runs, even if its timer has not fired", async (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const { text, threads, pool } = await openBench();
	const first = text(1);
	const deadlineMs = performance.now() + 1;
	const late = codeOf(text(50, { deadlineMs }));
	while (performance.now() <= deadlineMs);
	await threads[0]!.step();
	assert.deepEqual([await first, await late], [1, "deadline_exceeded"]);
	assert.deepEqual(threads[0]!.runs, [[1]]);
	await pool.close();
});

test("a deadline that has passed and a signal that is aborted are refused at once", async () => {
	const { text, threads, pool } = await openBench();
	assert.equal(await codeOf(text(1, { deadlineMs: performance.now() - 1 })), "deadline_exceeded");
	assert.equal(await codeOf(text(1, { deadlineMs: Number.NaN })), "deadline_exceeded");
	assert.equal(await codeOf(text(1, { signal: AbortSignal.abort() })), "aborted");
	assert.equal(await codeOf(text(1, { priority: Number.NaN })), "invalid_request");
	assert.deepEqual(threads[0]!.runs, []);
	await pool.close();
});

test("an abort removes waiting work, and drops the answer of running work", async () => {
	const { text, threads, pool } = await openBench();
	const controller = new AbortController();
	const { signal } = controller;
	const aborted = [text(1, { signal }), text(2, { signal })].map(codeOf);
	const kept = text(3);
	await settled();
	controller.abort();
	assert.deepEqual(await Promise.all(aborted), ["aborted", "aborted"]);
	await threads[0]!.step();
	await threads[0]!.step();
	assert.equal(await kept, 3);
	assert.deepEqual(threads[0]!.runs, [[1], [3]]);
	assert.deepEqual(
		{ ...pool.stats(), waitMs: 0 },
		{ queued: 0, running: 0, threads: 1, restarts: 0, sessions: 0, sessionBytes: 0, waitMs: 0 },
	);
	await pool.close();
});

test("an abort of a long text between chunks stops it and frees its caches", async () => {
	const { text, threads, pool } = await openBench();
	const controller = new AbortController();
	const long = codeOf(text(4 * CHUNK_TOKENS, { signal: controller.signal }));
	const other = text(7);
	await threads[0]!.step(); // the long text waits behind the other now
	controller.abort();
	await threads[0]!.step();
	assert.deepEqual([await long, await other], ["aborted", 7]);
	assert.deepEqual(threads[0]!.runs, [[CHUNK_TOKENS], [7]]);
	assert.equal(threads[0]!.orders.filter(({ type }) => type === "forget").length, 1);
	assert.equal(pool.stats().waitMs, 0);
	await pool.close();
});

test("a run that fails fails its calls only", async () => {
	const { text, threads, pool } = await openBench();
	const failed = codeOf(text(1));
	const next = text(2);
	await threads[0]!.step(new Error("bad kernel"));
	await threads[0]!.step();
	assert.deepEqual([await failed, await next], ["inference_failed", 2]);
	assert.equal(pool.stats().restarts, 0);
	await pool.close();
});

test("a thread that ends fails its work only, and is replaced", async () => {
	const { text, threads, pool } = await openBench();
	const failed = codeOf(text(1));
	const waiting = text(2);
	await settled();
	threads[0]!.crash();
	assert.equal(await failed, "inference_failed");
	await settled();
	await threads[1]!.step();
	assert.equal(await waiting, 2);
	assert.equal(pool.stats().restarts, 1);
	await pool.close();
});

test("a thread that ends takes half-read long texts with it, and nothing hangs", async () => {
	const { text, threads, pool } = await openBench();
	const long = codeOf(text(RUN_TOKENS + 1));
	const short = codeOf(text(1));
	await threads[0]!.step();
	threads[0]!.crash(); // while the short text runs and the long one waits
	assert.deepEqual(await Promise.all([long, short]), ["inference_failed", "inference_failed"]);
	await pool.close();
});

test("a thread that keeps ending is given up, and calls then fail instead of waiting", async () => {
	const { text, threads, pool } = await openBench();
	for (let i = 0; i < 6; i++) {
		const failed = codeOf(text(1));
		await settled();
		threads[i]!.crash();
		assert.equal(await failed, "inference_failed");
		await settled();
	}
	assert.equal(threads.length, 6);
	assert.equal(pool.stats().threads, 0);
	assert.equal(await codeOf(text(1)), "inference_failed");
	assert.throws(() => pool.openLane(SMALL), { code: "inference_failed" });
	await pool.close();
});

test("where one of two threads is given up, the other does all the work", async () => {
	const { text, threads, pool } = await openBench({ threads: 2 });
	let first = threads[0]!;
	for (let i = 0; i < 6; i++) {
		first.crash();
		await settled();
		first = threads.at(-1)!;
	}
	assert.equal(pool.stats().threads, 1);
	const answer = text(3);
	await threads[1]!.step();
	assert.equal(await answer, 3);
	await pool.close();
});

test("appends continue the session in the order of the calls", async () => {
	const { text, pool } = await openBench({ threads: 2, mode: "free" });
	const lane = pool.openLane(SMALL);
	const answers = await Promise.all([
		text(3, { lane }),
		text(RUN_TOKENS + 1, { lane }),
		text(2, { lane, priority: 9 }),
	]);
	assert.deepEqual(answers, [3, RUN_TOKENS + 4, RUN_TOKENS + 6]);
	assert.equal(lane.state?.tokens, RUN_TOKENS + 6);
	await pool.close();
});

test("an append that is aborted leaves the session as it was", async () => {
	const { text, threads, pool } = await openBench();
	const lane = pool.openLane(SMALL);
	const first = text(2, { lane });
	await threads[0]!.step();
	await first;
	const controller = new AbortController();
	const aborted = codeOf(text(5, { lane, signal: controller.signal }));
	await settled();
	controller.abort();
	const next = text(1, { lane });
	await threads[0]!.step();
	await threads[0]!.step();
	assert.deepEqual([await aborted, await next], ["aborted", 3]);
	await pool.close();
});

test("copies of a session go their own ways, and each state is freed once with its last user", async () => {
	const { text, threads, pool } = await openBench({ mode: "free" });
	const lane = pool.openLane(SMALL);
	await text(2, { lane });
	const copy = pool.openLane(SMALL, lane);
	assert.deepEqual([await text(1, { lane }), await text(10, { lane: copy })], [3, 12]);
	assert.equal(await text(1, { lane }), 4);
	pool.closeLane(lane);
	pool.closeLane(copy);
	pool.closeLane(copy);
	const forgotten = threads[0]!.orders.flatMap((order) => (order.type === "forget" ? [order.state] : []));
	const kept = threads[0]!.orders.flatMap((order) => (order.type === "run" ? [order.rows[0]!.carry!.keep] : []));
	assert.deepEqual(forgotten.toSorted(), kept.toSorted());
	assert.equal(await codeOf(text(1, { lane })), "invalid_request");
	assert.equal(pool.stats().sessions, 0);
	await pool.close();
});

test("streams of one model decode together, joining and leaving between steps, beside a prompt that is read", async () => {
	const { text, threads, pool } = await openBench({ limits: slotsLimits(8) });
	const lanes = [pool.openLane(SMALL), pool.openLane(SMALL), pool.openLane(SMALL)] as const;
	const thread = threads[0]!;
	const first = text(3, { lane: lanes[0] });
	await thread.step();
	assert.equal(await first, 3);
	const running = text(1, { lane: lanes[0] });
	await settled();
	const joined = [text(5, { lane: lanes[1] }), text(2, { lane: lanes[2] })];
	await thread.step();
	assert.equal(await running, 4);
	const next = text(1, { lane: lanes[0] });
	await thread.step();
	await thread.step();
	assert.deepEqual([await Promise.all(joined), await next], [[5, 2], 5]);
	const step = text(1, { lane: lanes[0] });
	await settled();
	pool.closeLane(lanes[1]);
	const rest = Promise.all([text(1, { lane: lanes[2] }), text(4)]);
	await thread.step();
	assert.equal(await step, 6);
	const last = text(1, { lane: lanes[0] });
	await thread.step();
	await thread.step();
	assert.deepEqual([await rest, await last], [[3, 4], 7]);
	assert.deepEqual(thread.runs.slice(0, 5), [[3], [1], [5, 2], [1], [1]]);
	assert.deepEqual(thread.runs.slice(5), [[1, 4], [1]]);
	await pool.close();
});

test("streams that fell apart share the next run: none leaves before all that have their answer went on", async () => {
	const { threads, pool } = await openBench({ limits: slotsLimits(8) });
	const stream = async (): Promise<void> => {
		const lane = pool.openLane(SMALL);
		for (let step = 0; step < 3; step++)
			await pool.submit({ wanted: { logits: "last" }, ids: Int32Array.of(1), lane }, {});
	};
	const first = stream();
	await settled();
	const others = [stream(), stream(), stream()];
	let over = false;
	const all = Promise.all([first, ...others]).then(() => {
		over = true;
	});
	for (let runs = 1; !over; runs++) {
		for (let i = 0; i < 5 && threads[0]!.runs.length < runs; i++) await settled();
		if (!over) await threads[0]!.step();
	}
	await all;
	assert.deepEqual(
		threads[0]!.runs.map((rows) => rows.length),
		[1, 4, 4, 3],
	);
	await pool.close();
});

test("sessions beyond the limit are refused until one is closed", async () => {
	const { pool } = await openBench({ maxSessions: 2 });
	const lane = pool.openLane(SMALL);
	pool.openLane(SMALL);
	assert.throws(() => pool.openLane(SMALL), { code: "overloaded" });
	pool.closeLane(lane);
	pool.openLane(SMALL);
	await pool.close();
});

test("a session whose thread ended says so; a fresh one goes on", async () => {
	const { text, threads, pool } = await openBench({ mode: "free" });
	const [used, fresh] = [pool.openLane(SMALL), pool.openLane(SMALL)];
	await text(2, { lane: used });
	threads[0]!.crash();
	await settled();
	assert.equal(await codeOf(text(1, { lane: used })), "inference_failed");
	assert.equal(await text(1, { lane: fresh }), 1);
	pool.closeLane(used);
	await pool.close();
});

test("closing lets the running call finish, rejects the rest, and ends the threads", async () => {
	const { text, threads, pool } = await openBench();
	const running = text(1);
	const waiting = codeOf(text(2));
	await settled();
	const closed = pool.close();
	assert.equal(await waiting, "inference_failed");
	await threads[0]!.step();
	assert.equal(await running, 1);
	await closed;
	await pool.close();
	assert.equal(threads[0]!.orders.at(-1)!.type, "close");
	assert.equal(threads.length, 1);
	assert.equal(await codeOf(text(1)), "inference_failed");
});

test("closing stops a long text after its running chunk", async () => {
	const { text, threads, pool } = await openBench();
	const long = codeOf(text(5 * CHUNK_TOKENS));
	await settled();
	const closed = pool.close();
	await threads[0]!.step();
	assert.equal(await long, "inference_failed");
	await closed;
	assert.deepEqual(threads[0]!.runs, [[CHUNK_TOKENS]]);
});
