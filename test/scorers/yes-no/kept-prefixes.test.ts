/** States kept between calls, on the tiny ShieldGemma: what is read, what is kept, what becomes of it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SluiceError } from "../../../src/errors.ts";
import { createKeptPrefixes, type KeptPrefixes } from "../../../src/scorers/yes-no/kept-prefixes.ts";
import { maxDifference } from "../../conformance/golden.ts";
import { randomIds } from "../../engine/model-directory.ts";
import { openFixture, watchModel } from "./fixture-model.ts";

const { model, close } = await openFixture();
after(close);
/** Ids that begin differently for every seed. */
const ids = (length: number, seed = 1): Int32Array =>
	Int32Array.from([100 + seed, ...randomIds(length, { seed, vocabSize: 512 }).slice(1)]);
const join = (...parts: readonly Int32Array[]): Int32Array => Int32Array.from(parts.flatMap((part) => [...part]));
const LARGE = 2 ** 30;
const ANSWERS = [289, 375];

/** Borrows, checks the state by a suffix against the whole text, releases. */
async function check(prefixes: KeptPrefixes, prefix: Int32Array): Promise<boolean> {
	const state = await prefixes.borrow(prefix, {});
	const suffix = ids(20, 99);
	const [one, whole] = await Promise.all([
		state.session.score(suffix, ANSWERS),
		model.score(join(prefix, suffix), ANSWERS),
	]);
	state.release();
	assert.ok(maxDifference(one, whole) < 1e-3);
	return state.isReused;
}

test("the same beginning is read once, whether calls come one after another or at once", async () => {
	const watched = watchModel(model);
	const prefixes = createKeptPrefixes(watched.model, LARGE);
	await Promise.all([1, 2, 3, 4].map(() => check(prefixes, ids(100))));
	assert.equal(await check(prefixes, ids(100)), true);
	assert.deepEqual(watched.reads.shared, [100]);
	assert.deepEqual(prefixes.stats(), { states: 1, bytes: model.sessionBytes(100) });
	prefixes.close();
	assert.equal(model.stats().sessions, 0);
});

test("a conversation that grows reads only what is new and takes its state along", async () => {
	const watched = watchModel(model);
	const prefixes = createKeptPrefixes(watched.model, LARGE);
	const tail = ids(12, 50); // of the template, after the conversation
	let conversation = ids(150);
	await check(prefixes, join(conversation, tail));
	for (let turn = 0; turn < 4; turn++) {
		conversation = join(conversation, ids(40, 60 + turn));
		await check(prefixes, join(conversation, tail));
		assert.equal(watched.reads.shared.at(-1), 40 + 12);
		assert.equal(prefixes.stats().states, 1);
		assert.equal(model.stats().sessionBytes, model.sessionBytes(conversation.length + 12));
	}
	prefixes.close();
});

test("texts that begin alike share that and keep states of their own", async () => {
	const watched = watchModel(model);
	const prefixes = createKeptPrefixes(watched.model, LARGE);
	const [a, b] = [join(ids(100), ids(90, 2)), join(ids(100), ids(90, 3))];
	await check(prefixes, a);
	await check(prefixes, b);
	assert.deepEqual(watched.reads.shared, [190, 90]);
	assert.deepEqual([await check(prefixes, a), await check(prefixes, b)], [true, true]);
	prefixes.close();
});

test("kept states stay within their bytes; the least recently used goes first", async () => {
	const prefixes = createKeptPrefixes(model, 2.5 * model.sessionBytes(100));
	for (const seed of [1, 2, 1, 3]) await check(prefixes, ids(100, seed));
	assert.equal(prefixes.stats().states, 2);
	assert.equal(model.stats().sessions, 2);
	assert.equal(await check(prefixes, ids(100, 1)), true);
	assert.equal(await check(prefixes, ids(100, 2)), false);
	prefixes.close();
	assert.equal(model.stats().sessions, 0);
});

test("states in use are not closed, and with no bytes to keep none outlives its use", async () => {
	const prefixes = createKeptPrefixes(model, 0);
	const states = await Promise.all([1, 2, 3].map((seed) => prefixes.borrow(ids(100, seed), {})));
	assert.equal(model.stats().sessions, 3);
	for (const { session } of states) assert.equal((await session.score(ids(5), ANSWERS)).length, 2);
	for (const state of states) {
		state.release();
		state.release(); // without effect
	}
	assert.equal(model.stats().sessions, 0);
});

test("a caller that goes away or is late leaves the others their state; the last one ends the reading", async () => {
	const gate = Promise.withResolvers<void>();
	const aborted: boolean[] = [];
	const slow: typeof model.session = async (options) => {
		const session = await model.session(options);
		return {
			...session,
			get length() {
				return session.length;
			},
			append: async (given, call) => {
				call?.signal?.addEventListener("abort", () => aborted.push(true));
				await gate.promise;
				return session.append(given, call);
			},
		};
	};
	const prefixes = createKeptPrefixes({ ...model, session: slow }, LARGE);
	const stop = new AbortController();
	const gone = prefixes.borrow(ids(100), { signal: stop.signal });
	const late = prefixes.borrow(ids(100), { deadlineMs: performance.now() + 20 });
	const patient = prefixes.borrow(ids(100), {});
	stop.abort();
	await assert.rejects(gone, (error) => error instanceof SluiceError && error.code === "aborted");
	await assert.rejects(late, (error) => error instanceof SluiceError && error.code === "deadline_exceeded");
	assert.deepEqual(aborted, []);
	const last = prefixes.borrow(ids(70, 8), { deadlineMs: performance.now() + 20 });
	await assert.rejects(last, (error) => error instanceof SluiceError && error.code === "deadline_exceeded");
	assert.deepEqual(aborted, [true]);
	gate.resolve();
	(await patient).release();
	assert.deepEqual(prefixes.stats().states, 1);
	prefixes.close();
	await new Promise(setImmediate);
	assert.equal(model.stats().sessions, 0);
});

test("unused states make room where the engine has none; otherwise overload is overload", async () => {
	let room = 2;
	const limited: typeof model.session = async (options) => {
		if (model.stats().sessions >= room) throw new SluiceError("overloaded", { detail: "full" });
		return model.session(options);
	};
	const prefixes = createKeptPrefixes({ ...model, session: limited }, LARGE);
	for (const seed of [1, 2, 3]) await check(prefixes, ids(100, seed));
	const state = await prefixes.borrow(ids(100, 4), {});
	room = 0;
	await assert.rejects(
		prefixes.borrow(ids(100, 5), {}),
		(error) => error instanceof SluiceError && error.code === "overloaded",
	);
	state.release();
	prefixes.close();
	assert.equal(model.stats().sessions, 0);
});

test("a state found for a longer text can be used and is not found for others", async () => {
	const prefixes = createKeptPrefixes(model, LARGE);
	await check(prefixes, ids(100));
	assert.equal(prefixes.find(ids(100)), undefined, "nothing would be left to read");
	assert.equal(prefixes.find(ids(100, 2)), undefined);
	const state = prefixes.find(join(ids(100), ids(4, 3)))!;
	assert.equal(state.tokens, 100);
	state.release();
	prefixes.close();
});

test("a lost state is read again", async () => {
	let lost = false;
	const watched = watchModel(model);
	const flaky: typeof model.session = async (options) => {
		const session = await watched.model.session(options);
		return {
			...session,
			get length() {
				return session.length;
			},
			fork: async (forked) => ({
				...(await session.fork(forked)),
				get length() {
					return session.length;
				},
				append: () => Promise.reject(new SluiceError("inference_failed", { detail: lost ? "lost" : "?" })),
			}),
		};
	};
	const prefixes = createKeptPrefixes({ ...model, session: flaky }, LARGE);
	await check(prefixes, ids(100));
	lost = true;
	await check(prefixes, join(ids(100), ids(90, 2)));
	assert.deepEqual(watched.reads.shared, [100, 190]);
	prefixes.close();
	assert.equal(model.stats().sessions, 0);
});
