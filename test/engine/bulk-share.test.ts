import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createBulkShare } from "../../src/engine/bulk-share.ts";

const MOST = 512;
const noteNothing = (): void => {};

test("without calls that somebody waits for, bulk runs on every thread, in runs of any length", () => {
	const share = createBulkShare(2, noteNothing);
	for (const thread of [0, 1]) assert.ok(share.mayRun(thread, 2));
	share.noteRun();
	assert.ok(share.mayRun(1, 2), "one run after the other");
	assert.equal(share.runTokens(MOST), MOST);
});

test("after such a call bulk leaves the first thread, runs shortly, and pauses only while the call lasts", () => {
	const share = createBulkShare(2, noteNothing);
	share.noteCall();
	assert.ok(!share.mayRun(0, 2));
	assert.ok(share.mayRun(1, 2), "the first run beside it");
	assert.equal(share.runTokens(MOST), 64);
	assert.equal(share.runTokens(16), 16, "a smaller limit stays");
	share.noteRun();
	assert.ok(!share.mayRun(1, 2), "not at once again");
	share.noteAnswer();
	assert.ok(share.mayRun(1, 2), "nobody waits");
	assert.ok(!share.mayRun(0, 2), "more calls may come");
	share.close();
});

test("a pause of bulk ends though the call goes on, so that bulk goes on too", async () => {
	const share = createBulkShare(2, noteNothing);
	share.noteCall();
	share.noteRun();
	await setTimeout(40);
	assert.ok(share.mayRun(1, 2));
	share.close();
});

test("where one thread can work, bulk shares it: it would never run otherwise", () => {
	const alone = createBulkShare(1, noteNothing);
	alone.noteCall();
	assert.ok(alone.mayRun(0, 1));
	assert.equal(alone.runTokens(MOST), MOST);
	const survivor = createBulkShare(2, noteNothing);
	survivor.noteCall();
	assert.ok(survivor.mayRun(0, 1), "the other thread has ended");
	survivor.close();
});

test("calm comes once no call came for the time given, each call beginning it anew", async () => {
	let calmMs = 0;
	const share = createBulkShare(2, () => (calmMs = performance.now()), 60);
	share.noteCall();
	await setTimeout(40);
	const lastMs = performance.now();
	share.noteCall();
	while (calmMs === 0) await setTimeout(5);
	assert.ok(calmMs - lastMs >= 59, `${calmMs - lastMs} ms after the last call`);
	assert.ok(share.mayRun(0, 2));
	assert.equal(share.runTokens(MOST), MOST);
});
