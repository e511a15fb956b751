import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import {
	createQueuedModerator,
	type QueuedModeratorOptions,
	type ScoreWorker,
	startScoreWorker,
} from "../../src/dispatch/index.ts";
import { ERRORS, type ErrorCode, isSluiceError, SluiceError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import type { Content, Verdict } from "../../src/types.ts";
import { createFakeModerator, type FakeModeratorOptions, fakePolicy } from "../fake-moderator.ts";
import { createFakeBackend, type FakeBackend } from "./fake-backend.ts";

interface Bench {
	readonly backend: FakeBackend;
	readonly direct: Moderator;
	readonly queued: Moderator;
	readonly lines: string[];
	/** Starts one more worker. */
	work(moderator?: Moderator): Promise<ScoreWorker>;
}

/** A gateway and, unless told otherwise, a worker. */
async function open(
	t: TestContext,
	of: { worker?: FakeModeratorOptions | false; gateway?: Partial<QueuedModeratorOptions> } = {},
): Promise<Bench> {
	const backend = createFakeBackend();
	const lines: string[] = [];
	const log = createLog({ level: "debug", write: (line) => lines.push(line) });
	const direct = createFakeModerator(of.worker === false ? {} : of.worker);
	const { policies } = direct;
	const queued = createQueuedModerator({
		...{ backend, policies, maxCharacters: 500, log, patienceMs: 20 },
		...of.gateway,
	});
	t.after(() => queued.close());
	const work = async (moderator = direct): Promise<ScoreWorker> => {
		const worker = startScoreWorker({ backend, moderator, log, concurrency: 2, graceMs: 50 });
		t.after(() => worker.close());
		await worker.ready();
		return worker;
	};
	if (of.worker !== false) {
		await work();
		await queued.ready();
	}
	return { backend, direct, queued, lines, work };
}

const withoutTime = (verdicts: readonly Verdict[]): object[] =>
	verdicts.map(({ latencyMs, ...rest }) => ({ ...rest, timed: latencyMs >= 0 }));

async function failure(call: Promise<unknown>): Promise<SluiceError> {
	const error: unknown = await call.then(
		() => assert.fail("it was answered"),
		(reason: unknown) => reason,
	);
	assert.ok(isSluiceError(error), String(error));
	return error;
}

describe("the queued moderator", () => {
	it("gives the verdicts of the worker's own moderator, in order, for texts and answers, few and many", async (t) => {
		const { direct, queued, backend } = await open(t);
		const contents: Content[] = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? `bad ${i}` : `good ${i} text`));
		contents.push({ prompt: "bad", response: "fine" }, { prompt: "fine", response: "bad" });
		const expected = withoutTime(await direct.moderate(contents));
		assert.deepEqual(withoutTime(await queued.moderate(contents)), expected);
		assert.deepEqual(queued.model, direct.model);
		assert.equal(backend.added.length >= 4, true, "it was cut into pieces");
		assert.deepEqual(await queued.moderate([]), []);
	});
	it("sends what comes in together in one job", async (t) => {
		const { queued, backend } = await open(t);
		await Promise.all(Array.from({ length: 20 }, (_, i) => queued.moderate([`text ${i}`])));
		assert.equal(backend.added.length, 1);
	});
	it("keeps a call with a budget whole, and passes budget and priority on", async (t) => {
		const seen: unknown[] = [];
		const { queued, backend } = await open(t, {
			worker: { before: (contents, options) => void seen.push([contents.length, options?.budget, options?.priority]) },
		});
		const budget = { maxEscalations: 3 };
		await queued.moderate(Array<string>(50).fill("text"), { budget, priority: 2 });
		assert.deepEqual(seen, [[50, budget, 2]]);
		assert.equal(backend.added.length, 1);
	});
	it("texts that may wait queue behind those that may not; a job with both does not wait", async (t) => {
		const { queued, backend } = await open(t);
		await queued.moderate(["scanned"], { priority: -10 });
		await queued.moderate(["asked"]);
		await Promise.all([queued.moderate(["scanned"], { priority: -10 }), queued.moderate(["asked"])]);
		assert.deepEqual(
			backend.added.map(({ priority }) => priority),
			[10, undefined, undefined],
		);
	});
	for (const code of Object.keys(ERRORS) as ErrorCode[])
		it(`passes ${code} on with its detail, and its pointer as one into the call`, async (t) => {
			const { queued } = await open(t, {
				worker: {
					before(contents) {
						const index = contents.indexOf("wrong");
						if (index < 0) return;
						throw new SluiceError(code, { detail: "because", pointer: `/${index}`, retryAfterMs: 7, cause: "secret" });
					},
				},
			});
			const contents = Array<string>(60).fill("text");
			contents[45] = "wrong";
			const error = await failure(queued.moderate(contents));
			assert.deepEqual([error.code, error.detail, error.pointer, error.retryAfterMs], [code, "because", "/45", 7]);
		});
	it("a foreign error of a worker says nothing of itself, and one call's failure is no other's", async (t) => {
		const { queued, backend } = await open(t, {
			worker: {
				before(contents) {
					if (contents[0] === "wrong") throw new TypeError("cannot read wrong");
				},
			},
		});
		const [bad, good] = await Promise.allSettled([queued.moderate(["wrong"]), queued.moderate(["text"])]);
		assert.equal(bad.status, "rejected");
		assert.equal((bad.reason as SluiceError).code, "internal");
		assert.doesNotMatch(JSON.stringify((bad.reason as SluiceError).detail), /wrong/);
		assert.equal(good.status, "fulfilled");
		assert.equal(backend.added.length, 1);
	});
	it("refuses a text above its limit or the workers' without sending it", async (t) => {
		const { queued, backend } = await open(t, { worker: { maxCharacters: 100 } });
		assert.equal(queued.maxCharacters, 100);
		const error = await failure(queued.moderate(["ok", "x".repeat(101)]));
		assert.deepEqual([error.code, error.pointer], ["text_too_long", "/1"]);
		assert.equal(backend.added.length, 0);
	});
	it("without workers, or with workers of other policies only, is not ready and says how to fix it", async (t) => {
		const { queued, work } = await open(t, { worker: false });
		assert.equal(queued.isReady(), false);
		assert.match((await failure(queued.moderate(["text"]))).detail, /start one with `sluice worker/);
		const other = createFakeModerator({ policies: [fakePolicy("any")] });
		await work(other);
		await turn();
		assert.equal(queued.isReady(), false);
		const error = await failure(queued.moderate(["text"]));
		assert.deepEqual([error.code, error.retryable], ["not_ready", true]);
		assert.match(error.detail, /same SLUICE_POLICIES/);
		await work();
		await queued.ready();
		assert.equal((await queued.moderate(["text"])).length, 1);
	});
	it("takes no verdict from a worker that judges by something else, whatever its message says", async (t) => {
		const { backend, queued } = await open(t);
		let forged = 0;
		backend.onPublish = (channel, message) => {
			if (!channel.startsWith("reply:") || message.includes("score-ffff")) return true;
			forged++;
			void backend.publish(channel, message.replaceAll(/score-[0-9a-f]{16}/g, "score-ffffffffffffffff"));
			return false;
		};
		const error = await failure(queued.moderate(["text"], { deadlineMs: performance.now() + 60 }));
		assert.equal(error.code, "deadline_exceeded");
		assert.ok(forged > 0);
	});
});

describe("deadlines and aborts over the queue", () => {
	it("a call ends by its deadline, and a worker that comes too late does not judge its texts", async (t) => {
		let judged = 0;
		const { queued, backend } = await open(t, { worker: { before: () => void judged++ } });
		backend.isOpen = false;
		const calls = Array.from({ length: 3 }, () =>
			failure(queued.moderate(["text"], { deadlineMs: performance.now() + 100 })),
		);
		for (const error of await Promise.all(calls)) assert.equal(error.code, "deadline_exceeded");
		backend.isOpen = true;
		backend.deliver();
		await queued.moderate(["last"]);
		assert.equal(judged, 1);
		assert.deepEqual(queued.load(), { queued: 0, running: 0 });
	});
	it("a call whose time is over is not sent at all", async (t) => {
		const { queued, backend } = await open(t);
		const error = await failure(queued.moderate(["text"], { deadlineMs: performance.now() - 1 }));
		assert.equal(error.code, "deadline_exceeded");
		assert.equal(backend.added.length, 0);
	});
	it("an aborted call is not sent where that is still possible, and not begun", async (t) => {
		const { queued, backend } = await open(t);
		const controller = new AbortController();
		const call = failure(queued.moderate(["text"], { signal: controller.signal }));
		controller.abort();
		assert.equal((await call).code, "aborted");
		await turn();
		await turn();
		assert.equal(backend.added.length, 0);
		assert.equal((await failure(queued.moderate(["text"], { signal: controller.signal }))).code, "aborted");
	});
	it("an aborted call's waiting job is deleted, and others that share a job are judged", async (t) => {
		const judged: Content[] = [];
		const { queued, backend } = await open(t, { worker: { before: (contents) => void judged.push(...contents) } });
		backend.isOpen = false;
		const [one, two] = [new AbortController(), new AbortController()];
		const alone = failure(queued.moderate(["alone"], { signal: one.signal }));
		await turn();
		await turn();
		const shared = failure(queued.moderate(["left"], { signal: two.signal }));
		const kept = queued.moderate(["kept"]);
		await turn();
		await turn();
		assert.equal(backend.added.length, 2);
		for (const controller of [one, two]) controller.abort();
		await Promise.all([alone, shared]);
		await turn();
		backend.isOpen = true;
		backend.deliver();
		await kept;
		assert.deepEqual(judged, ["kept"]);
	});
	it("an abort reaches the worker that is judging", async (t) => {
		const began = Promise.withResolvers<AbortSignal>();
		const { queued } = await open(t, {
			worker: {
				async before(_, options) {
					began.resolve(options!.signal!);
					await once(options!.signal!, "abort");
					throw new SluiceError("aborted", { detail: "left" });
				},
			},
		});
		const controller = new AbortController();
		const call = failure(queued.moderate(["text"], { signal: controller.signal }));
		const signal = await began.promise;
		const told = once(signal, "abort");
		controller.abort();
		await Promise.all([told, call]);
	});
});

describe("losses on the way", () => {
	it("a lost reply is asked for once more", async (t) => {
		const { queued, backend } = await open(t);
		let lost = 0;
		backend.onPublish = (channel) => !channel.startsWith("reply:") || lost++ > 0;
		assert.equal((await queued.moderate(["bad"]))[0]!.action, "block");
		assert.equal(backend.added.length, 2);
	});
	it("a reply that could not be sent fails its job with nothing of the text in the reason, and is asked for again", async (t) => {
		const { queued, backend } = await open(t);
		let failures = 0;
		backend.onPublish = (channel, message) => {
			if (channel.startsWith("reply:") && failures++ === 0) throw new Error(`cannot send ${message}: very secret`);
			return true;
		};
		assert.equal((await queued.moderate(["very secret bad"]))[0]!.action, "block");
		assert.equal(backend.failures.length, 1);
		const [{ message, stack }] = backend.failures as [Error];
		assert.doesNotMatch(`${message} ${stack}`, /secret/);
		assert.equal(backend.failures[0]!.cause, undefined);
	});
	it("the texts of a worker that died are judged by another", async (t) => {
		const { queued, backend } = await open(t);
		backend.isOpen = false;
		const call = queued.moderate(["bad"]);
		while (backend.added.length === 0) await turn();
		backend.added[0]!.processedBy = "worker-that-died";
		backend.isOpen = true;
		assert.equal((await call)[0]!.action, "block");
		assert.equal(backend.added.length, 2);
	});
	it("a text that costs every worker its life is given up, and is an error", async (t) => {
		const { queued, backend } = await open(t);
		backend.isOpen = false;
		backend.onAdd = (job) => {
			job.processedBy = "worker-that-died";
		};
		const error = await failure(queued.moderate(["bad"]));
		assert.equal(error.code, "inference_failed");
		assert.equal(backend.added.length, 3);
	});
	it("a job that waits is left alone, however long", async (t) => {
		const { queued, backend } = await open(t);
		backend.isOpen = false;
		await failure(queued.moderate(["text"], { deadlineMs: performance.now() + 150 }));
		assert.equal(backend.added.length, 1);
	});
	it("what waits for workers that are gone goes to those with a newer model, under the newer model's name", async (t) => {
		const { queued, backend, direct, work } = await open(t, { worker: false });
		const worker = await work();
		await queued.ready();
		backend.isOpen = false;
		const call = queued.moderate(["bad"]);
		while (backend.added.length === 0) await turn();
		const newer = Object.defineProperty({ ...direct }, "model", { value: { id: "newer", hash: "sha256:1" } });
		await work(newer);
		await worker.close();
		backend.isOpen = true;
		assert.equal((await call)[0]!.model.id, "newer");
		assert.equal(queued.model.id, "newer");
		assert.notEqual(backend.added[0]!.queue, backend.added[1]!.queue);
	});
	it("a queue that is away fails the calls at once", async (t) => {
		const { queued, backend } = await open(t);
		backend.onAdd = () => {
			throw new SluiceError("queue_unavailable", { detail: "away" });
		};
		assert.equal((await failure(queued.moderate(["text"]))).code, "queue_unavailable");
		assert.deepEqual(queued.load(), { queued: 0, running: 0 });
	});
	it("refuses calls above the limit of waiting texts", async (t) => {
		const { queued, backend } = await open(t, { gateway: { maxQueue: 2 } });
		backend.isOpen = false;
		const waiting = queued.moderate(["a", "b"]);
		const error = await failure(queued.moderate(["c"]));
		assert.equal(error.code, "overloaded");
		assert.ok(error.retryAfterMs! >= 1000);
		backend.isOpen = true;
		backend.deliver();
		await waiting;
	});
});

describe("ending", () => {
	it("a gateway that closes fails what waits, and takes nothing more", async (t) => {
		const { queued, backend } = await open(t);
		backend.isOpen = false;
		const call = failure(queued.moderate(["text"]));
		await queued.close();
		assert.equal((await call).code, "not_ready");
		assert.equal((await failure(queued.moderate(["text"]))).code, "not_ready");
		assert.equal(queued.isReady(), false);
	});
	it("a worker that closes finishes what it judges and takes nothing more", async (t) => {
		const gate = Promise.withResolvers<void>();
		const began = Promise.withResolvers<void>();
		const { queued, work } = await open(t, { worker: false });
		const slow = createFakeModerator({
			async before() {
				began.resolve();
				await gate.promise;
			},
		});
		const worker = await work(slow);
		await queued.ready();
		const call = queued.moderate(["bad"]);
		await began.promise;
		const closed = worker.close();
		gate.resolve();
		assert.equal((await call)[0]!.action, "block");
		await closed;
		await turn();
		assert.equal(queued.isReady(), false);
	});
	it("a worker that cannot finish in time leaves its texts to another", async (t) => {
		const began = Promise.withResolvers<void>();
		const { queued, work } = await open(t, { worker: false });
		const stuck = createFakeModerator({
			async before(_, options) {
				began.resolve();
				await once(options!.signal!, "abort");
				throw new SluiceError("aborted", { detail: "stopped" });
			},
		});
		const worker = await work(stuck);
		await queued.ready();
		const call = queued.moderate(["bad"]);
		await began.promise;
		const closed = worker.close();
		await work();
		await closed;
		assert.equal((await call)[0]!.action, "block");
	});
	it("a worker whose model does not load says so, and can be closed while it loads", async (t) => {
		const { backend } = await open(t, { worker: false });
		const log = createLog({ level: "silent" });
		const fails = Object.assign(createFakeModerator(), {
			ready: async () => {
				throw new SluiceError("invalid_model", { detail: "config.json is missing" });
			},
		});
		const failing = startScoreWorker({ backend, moderator: fails, log, concurrency: 1 });
		await assert.rejects(failing.ready(), { code: "invalid_model" });
		await failing.close();
		const loads = Object.assign(createFakeModerator({ ready: false }), { ready: () => new Promise<void>(() => {}) });
		const loading = startScoreWorker({ backend, moderator: loads, log, concurrency: 1 });
		await loading.close();
	});
});
