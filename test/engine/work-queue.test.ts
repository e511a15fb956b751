import assert from "node:assert/strict";
import { test } from "node:test";
import { createWorkQueue, type Work } from "../../src/engine/work-queue.ts";

interface Named extends Work {
	readonly name: string;
}

const LIMITS = { rows: 8, tokens: 256, ragged: false };
const always = (): boolean => true;
const alone = (name: string, priority = 0): Named => ({
	name,
	priority,
	batchTokens: undefined,
	batchGroup: "texts",
});
const text = (name: string, batchTokens: number, priority = 0): Named => ({
	name,
	priority,
	batchTokens,
	batchGroup: "texts",
});

function queueOf(...works: Named[]): ReturnType<typeof createWorkQueue<Named>> {
	const queue = createWorkQueue<Named>();
	for (const work of works) queue.add(work);
	return queue;
}

function names(works: readonly Named[]): string {
	return works.map(({ name }) => name).join(" ");
}

test("work leaves by priority, then in the order it came", () => {
	const queue = queueOf(alone("a"), alone("low", -1), alone("b"), alone("high", 5), alone("c"), alone("high2", 5));
	const order = Array.from({ length: 6 }, () => names(queue.take(always, LIMITS)));
	assert.deepEqual(order, ["high", "high2", "a", "b", "c", "low"]);
	assert.deepEqual(queue.take(always, LIMITS), []);
});

test("texts of similar length share a batch, others keep their place", () => {
	const queue = queueOf(text("a", 16), text("far", 40), text("b", 20), text("c", 24), text("d", 9), text("e", 17));
	assert.equal(names(queue.take(always, LIMITS)), "a b c e");
	assert.equal(names(queue.take(always, LIMITS)), "far");
	assert.equal(names(queue.take(always, LIMITS)), "d");
});

test("a batch keeps its limits of rows and of padded tokens", () => {
	const many = queueOf(...Array.from({ length: 10 }, (_, i) => text(`${i}`, 10)));
	assert.equal(many.take(always, LIMITS).length, 8);
	assert.equal(many.take(always, { ...LIMITS, rows: 1 }).length, 1);
	const large = queueOf(...Array.from({ length: 10 }, (_, i) => text(`${i}`, 60 + (i % 2))));
	assert.equal(large.take(always, LIMITS).length, 4);
	const longest = queueOf(text("a", 256), text("b", 256));
	assert.equal(longest.take(always, LIMITS).length, 1);
});

test("ragged batches take rows of any length as far as their sum fits; longer ones keep their place", () => {
	const ragged = { ...LIMITS, ragged: true };
	const queue = queueOf(text("a", 1), text("b", 200), text("c", 100), text("d", 50), text("e", 6));
	assert.equal(names(queue.take(always, ragged)), "a b d");
	assert.equal(names(queue.take(always, ragged)), "c e");
});

test("a batch never mixes priorities", () => {
	const queue = queueOf(text("scan", 10, -1), text("live", 10, 1), text("live2", 10, 1));
	assert.equal(names(queue.take(always, LIMITS)), "live live2");
});

test("work that runs alone is in no batch", () => {
	const queue = queueOf(text("a", 10), alone("x"), text("b", 10));
	assert.equal(names(queue.take(always, LIMITS)), "a b");
	assert.equal(names(queue.take(always, LIMITS)), "x");
});

test("work that does not fit the taker is left for another", () => {
	const queue = queueOf(alone("pinned"), alone("free"));
	assert.equal(names(queue.take(({ name }) => name !== "pinned", LIMITS)), "free");
	assert.equal(queue.size, 1);
});

test("removed work is gone, and removing it again says so", () => {
	const [a, b] = [alone("a"), alone("b")];
	const queue = queueOf(a, b);
	assert.equal(queue.remove(a), true);
	assert.equal(queue.remove(a), false);
	assert.equal(names(queue.take(always, LIMITS)), "b");
});

test("work added again goes behind what came meanwhile", () => {
	const [long, short] = [alone("long"), alone("short")];
	const queue = queueOf(long);
	queue.take(always, LIMITS);
	queue.add(short);
	queue.add(long);
	assert.equal(names(queue.take(always, LIMITS)), "short");
});
