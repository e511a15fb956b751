import assert from "node:assert/strict";
import { test } from "node:test";
import { ROWS_LIMITS } from "../../src/engine/run-limits.ts";
import type { CallOptions } from "../../src/types.ts";
import { settled } from "./fake-threads.ts";
import { openBench } from "./pool-bench.ts";

const RUN_TOKENS = ROWS_LIMITS.wholeTokens;

test("while calls come that somebody waits for, runs of bulk are short", async () => {
	const { text, threads, pool } = await openBench({ threads: 2, calmMs: 10_000 });
	const bulk: CallOptions = { priority: -1 };
	const first = text(5);
	await threads[0]!.step();
	assert.equal(await first, 5);
	const waiting = Array.from({ length: 13 }, () => text(20, bulk));
	for (let i = 0; i < 6; i++) await threads[1]!.step();
	await Promise.all(waiting);
	const most = Math.max(...threads[1]!.runs.map((rows) => rows.reduce((sum, tokens) => sum + tokens, 0)));
	assert.equal(most, 60, "64 tokens at most");
	await pool.close();
});

test("while somebody waits for a call, bulk pauses after each of its runs, and goes on when the call is over", async () => {
	const { text, threads, pool } = await openBench({ threads: 2 });
	const bulk: CallOptions = { priority: -1 };
	const first = text(5);
	const waiting = [text(RUN_TOKENS, bulk), text(RUN_TOKENS, bulk)];
	await threads[1]!.step();
	await settled();
	assert.deepEqual(threads[1]!.runs, [[RUN_TOKENS]], "the next run of bulk waits");
	await threads[0]!.step();
	assert.equal(await first, 5);
	await settled();
	assert.deepEqual(threads[1]!.runs, [[RUN_TOKENS], [RUN_TOKENS]]);
	await threads[1]!.step();
	await Promise.all(waiting);
	await pool.close();
});

test("while calls come that somebody waits for, bulk leaves them a thread; without them it takes all", async () => {
	const { text, threads, pool } = await openBench({ threads: 2, calmMs: 20 });
	const bulk: CallOptions = { priority: -1 };
	const first = text(5);
	const waiting = [text(RUN_TOKENS, bulk), text(RUN_TOKENS, bulk)];
	await threads[0]!.step();
	assert.equal(await first, 5);
	assert.deepEqual([threads[0]!.runs, threads[1]!.runs], [[[5]], [[RUN_TOKENS]]], "the first thread stays free");
	const second = text(6);
	await settled();
	assert.deepEqual(threads[0]!.runs.at(-1), [6], "so the next call need not wait");
	await threads[0]!.step();
	assert.equal(await second, 6);
	while (threads[0]!.runs.length < 3) await settled();
	assert.deepEqual(threads[0]!.runs.at(-1), [RUN_TOKENS], "no more calls: bulk takes it");
	await Promise.all(threads.map((thread) => thread.step()));
	await Promise.all(waiting);
	await pool.close();
});
