import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it, type TestContext } from "node:test";
import { SCAN_QUEUE, type ScanJob, toJobId } from "../../src/batch/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { UnrecoverableError } from "../../src/queue/index.ts";
import { startRedis, type TestRedis } from "../queue/redis-server.ts";
import { type Bench, type BenchOptions, openBench, requestLine } from "./harness.ts";

async function withBench(options: BenchOptions, run: (bench: Bench) => Promise<void>): Promise<void> {
	const bench = await openBench(options);
	try {
		await run(bench);
	} finally {
		await bench.close();
	}
}

/** Requests named c0, c1 ... of which every seventh is bad. */
function requests(count: number): object[] {
	return Array.from({ length: count }, (_, i) => requestLine(`c${i}`, i % 7 === 0 ? `bad ${i}` : `good ${i}`));
}

const ids = (lines: readonly { custom_id: string | null }[]): (string | null)[] => lines.map((line) => line.custom_id);

async function completesInOrder(bench: Bench): Promise<void> {
	const count = 300;
	bench.work();
	const begun = await bench.begin(requests(count));
	assert.equal(begun.status, "validating");
	const batch = await bench.batches.finished("default", begun.id);
	assert.equal(batch.status, "completed");
	assert.deepEqual([batch.total, batch.completed, batch.failed], [count, count, 0]);
	assert.equal(batch.errorFile, null);
	const output = await bench.read(batch.outputFile);
	assert.deepEqual(
		ids(output),
		Array.from({ length: count }, (_, i) => `c${i}`),
	);
	for (const [i, line] of output.entries()) {
		assert.equal(line.response!.status_code, 200);
		assert.equal(line.response!.body.results[0]!.flagged, i % 7 === 0);
		assert.equal(line.error, null);
	}
	assert.equal(new Set(output.map((line) => line.id)).size, count);
}

async function endsCancelled(bench: Bench, { reached, gate }: Gate): Promise<void> {
	const { id } = await bench.begin(requests(100));
	bench.work(1);
	await reached.promise;
	assert.equal(bench.batches.cancel("default", id).status, "cancelling");
	assert.equal(bench.batches.cancel("default", id).status, "cancelling");
	const queue = bench.backend.queue<ScanJob, void>(SCAN_QUEUE);
	while ((await queue.getJobCounts("waiting")).waiting !== 0) await new Promise(setImmediate);
	gate.resolve();
	const batch = await bench.batches.finished("default", id);
	assert.equal(batch.status, "cancelled");
	assert.deepEqual([batch.total, batch.completed, batch.failed], [100, 30, 0]);
	assert.equal((await bench.read(batch.outputFile)).length, 30);
	const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
	assert.deepEqual(await queue.getJobCounts("waiting", "active", "delayed", "failed"), none);
	assert.throws(() => bench.batches.cancel("default", id), { code: "invalid_request" });
}

interface Gate {
	reached: PromiseWithResolvers<void>;
	gate: PromiseWithResolvers<void>;
}

/** A moderator that stops in its third call until the gate opens. */
function createGate(): Gate & { before(): Promise<void> } {
	let calls = 0;
	const gate = Promise.withResolvers<void>();
	const reached = Promise.withResolvers<void>();
	const before = async (): Promise<void> => {
		if (++calls !== 3) return;
		reached.resolve();
		await gate.promise;
	};
	return { gate, reached, before };
}

async function survivesRestarts(bench: Bench): Promise<void> {
	const { id } = await bench.begin(requests(200));
	bench.work(1);
	for (const done of [20, 90]) {
		while (bench.batches.batch("default", id).completed < done) await new Promise(setImmediate);
		await bench.reopen();
	}
	const batch = await bench.batches.finished("default", id);
	assert.deepEqual([batch.status, batch.completed, batch.failed], ["completed", 200, 0]);
	assert.deepEqual(
		ids(await bench.read(batch.outputFile)),
		Array.from({ length: 200 }, (_, i) => `c${i}`),
	);
}

async function survivesLoss(bench: Bench): Promise<void> {
	const { id, seq } = await bench.begin(requests(20));
	const queue = bench.backend.queue<ScanJob, void>(SCAN_QUEUE);
	while ((await queue.getJobCounts("waiting")).waiting !== 4) await new Promise(setImmediate);
	for (const { chunk } of bench.store.items.chunks(seq)) await queue.remove(toJobId(id, chunk));
	bench.work();
	assert.equal((await bench.batches.finished("default", id)).completed, 20);
}

async function survivesDeaths(bench: Bench): Promise<void> {
	const { id } = await bench.begin(requests(10));
	const dying = bench.backend.worker<ScanJob, void>(SCAN_QUEUE, async () => {
		throw new UnrecoverableError("as a job that stalled too often");
	});
	const batch = await bench.batches.finished("default", id);
	await dying.close();
	assert.deepEqual([batch.status, batch.completed, batch.failed], ["completed", 0, 10]);
	assert.equal((await bench.read(batch.errorFile))[0]!.error!.code, "inference_failed");
}

for (const kind of ["sqlite", "redis"] as const)
	describe(`a batch over ${kind}`, () => {
		let redis: TestRedis | undefined;
		before(async () => {
			if (kind === "redis") redis = await startRedis();
		});
		after(() => redis?.stop());
		const over = (options: BenchOptions, run: (bench: Bench) => Promise<void>) => async (t: TestContext) => {
			if (kind === "sqlite") return withBench(options, run);
			if (redis === undefined) return t.skip("redis-server is not installed");
			return withBench({ ...options, queue: { redis: redis.url } }, run);
		};
		const gate = createGate();
		const small = { chunkItems: 5, checkMs: 50 };

		it("gives every line its answer, in input order", over({}, completesInOrder));
		it(
			"cancelled: has what was judged in its output, and nothing of it is left in the queue",
			over({ before: gate.before, limits: { chunkItems: 10, chunksOut: 5 } }, (bench) => endsCancelled(bench, gate)),
		);
		it("goes on when the owner of the records restarts in the middle", over({ limits: small }, survivesRestarts));
		it("sends again what the queue forgot", over({ limits: small }, survivesLoss));
		it("has error lines for a piece that kills its workers again and again", over({ limits: small }, survivesDeaths));
	});

describe("a batch", () => {
	it("turns bad lines into error lines and answers the others", () =>
		withBench({ maxCharacters: 100, limits: { maxLineBytes: 400 } }, async (bench) => {
			bench.work();
			const good = requestLine("fine", "good");
			const nested = `{"custom_id":"deep","method":"POST","url":"/v1/moderations","body":{"input":${"[".repeat(90)}${"]".repeat(90)}}}`;
			const { id } = await bench.begin([
				good,
				"{not json",
				"",
				"   ",
				"[1]",
				{ method: "POST", url: "/v1/moderations", body: { input: "a" } },
				good,
				{ ...good, custom_id: "method", method: "GET" },
				{ ...good, custom_id: "url", url: "/v1/classify" },
				{ ...good, custom_id: "body", body: null },
				requestLine("empty", ""),
				requestLine("too long", "x".repeat(101)),
				requestLine("over-long line", "x".repeat(500)),
				nested,
				{ ...good, custom_id: 7 },
				requestLine("last", "bad"),
			]);
			const batch = await bench.batches.finished("default", id);
			assert.equal(batch.status, "completed");
			assert.deepEqual([batch.total, batch.completed, batch.failed], [14, 2, 12]);
			assert.deepEqual(ids(await bench.read(batch.outputFile)), ["fine", "last"]);
			const errors = await bench.read(batch.errorFile);
			assert.deepEqual(
				errors.map((line) => [
					line.custom_id,
					line.error?.code ?? line.response!.status_code,
					line.error?.line ?? line.response!.body.error!.code,
				]),
				[
					[null, "invalid_json_line", 2],
					[null, "invalid_json_line", 5],
					[null, "missing_custom_id", 6],
					["fine", "duplicate_custom_id", 7],
					["method", "invalid_method", 8],
					["url", "invalid_url", 9],
					["body", "invalid_body", 10],
					["empty", 400, "invalid_request"],
					["too long", 413, "text_too_long"],
					[null, "line_too_long", 13],
					["deep", 400, "invalid_request"],
					[null, "invalid_custom_id", 15],
				],
			);
			assert.equal(errors[8]!.response!.body.error!.param, "input");
		}));

	it("turns a line that is not UTF-8 into an error line", () =>
		withBench({}, async (bench) => {
			bench.work();
			const line = Buffer.concat([
				Buffer.from('{"custom_id":"a","method":"POST","url":"/v1/moderations","body":{"input":"'),
				Buffer.from([0xff, 0xfe]),
				Buffer.from('"}}\r\n'),
				Buffer.from(JSON.stringify(requestLine("b", "good"))),
			]);
			const inputFile = await bench.upload(line);
			const wish = { inputFile, endpoint: "/v1/moderations", completionWindow: "24h", windowMs: 86_400_000 } as const;
			const { id } = bench.batches.create("default", { ...wish, metadata: null });
			const batch = await bench.batches.finished("default", id);
			assert.deepEqual([batch.completed, batch.failed], [1, 1]);
			assert.equal((await bench.read(batch.errorFile))[0]!.error!.code, "invalid_utf8");
		}));

	it("fails when its file holds no request", () =>
		withBench({}, async (bench) => {
			const { id } = await bench.begin(["", "  "]);
			const batch = await bench.batches.finished("default", id);
			assert.equal(batch.status, "failed");
			assert.deepEqual(batch.errors, [
				{ code: "empty_file", message: "the input file has no requests", line: null, param: null },
			]);
		}));

	it("fails, not the process, when its input disappears from the disk", () =>
		withBench({}, async (bench) => {
			const inputFile = await bench.upload("{}");
			await bench.store.contents.delete(inputFile);
			const wish = { inputFile, endpoint: "/v1/moderations", completionWindow: "24h", windowMs: 1000 } as const;
			const { id } = bench.batches.create("default", { ...wish, metadata: null });
			assert.equal((await bench.batches.finished("default", id)).status, "failed");
			assert.match(bench.lines.join("\n"), /"a batch's step failed"/);
		}));

	it("keeps its file from being deleted while it reads it", () =>
		withBench({}, async (bench) => {
			const { inputFile, id } = await bench.begin(requests(3));
			await assert.rejects(bench.batches.deleteFile("default", inputFile), { code: "invalid_request" });
			bench.work();
			await bench.batches.finished("default", id);
			await bench.batches.deleteFile("default", inputFile);
			assert.throws(() => bench.batches.file("default", inputFile), { code: "not_found" });
		}));

	it("has a bounded number of pieces in the queue, whatever its size", () =>
		withBench({ limits: { chunkItems: 4, chunksOut: 5, chunksOutPerBatch: 3 } }, async (bench) => {
			const first = await bench.begin(requests(200));
			const second = await bench.begin(requests(200));
			const queue = bench.backend.queue<ScanJob, void>(SCAN_QUEUE);
			const waiting = async (): Promise<number> => (await queue.getJobCounts("waiting", "active")).waiting ?? 0;
			while ((await waiting()) < 5) await new Promise(setImmediate);
			for (let i = 0; i < 50; i++) await new Promise(setImmediate);
			assert.equal(await waiting(), 5);
			assert.deepEqual(
				[first, second].map(({ seq }) => bench.store.items.chunks(seq).length),
				[3, 2],
			);
			bench.work();
			for (const { id } of [first, second]) assert.equal((await bench.batches.finished("default", id)).completed, 200);
		}));
});

describe("batches of several tenants", () => {
	it("progress in turn: a short one does not wait for the end of a long one that came first", () =>
		withBench({ limits: { chunkItems: 4, chunksOut: 4 } }, async (bench) => {
			const long = await bench.begin(requests(600), { tenant: "long" });
			const short = await bench.begin(requests(40), { tenant: "short" });
			bench.work(1);
			assert.equal((await bench.batches.finished("short", short.id)).completed, 40);
			const { completed } = bench.batches.batch("long", long.id);
			assert.ok(completed < 200, `${completed} of the long batch came first`);
			await bench.batches.finished("long", long.id);
		}));
	it("are not visible to each other", () =>
		withBench({}, async (bench) => {
			const { id, inputFile } = await bench.begin(requests(1), { tenant: "a" });
			assert.throws(() => bench.batches.batch("b", id), { code: "not_found" });
			assert.throws(() => bench.batches.cancel("b", id), { code: "not_found" });
			assert.throws(() => bench.batches.content("b", inputFile), { code: "not_found" });
			assert.throws(
				() =>
					bench.batches.create("b", {
						inputFile,
						endpoint: "/v1/classify",
						completionWindow: "1h",
						windowMs: 3_600_000,
						metadata: null,
					}),
				{ code: "invalid_request", pointer: "/input_file_id" },
			);
			await assert.rejects(bench.batches.deleteFile("b", inputFile), { code: "not_found" });
			assert.deepEqual(bench.batches.batches("b", { limit: 10 }).items, []);
			assert.deepEqual(bench.batches.files("b", { limit: 10 }).items, []);
		}));
});

describe("a batch that is too late", () => {
	it("has an error line for each line that was not judged in time, read or not", () =>
		withBench({ limits: { chunkItems: 10, chunksOut: 2, graceMs: 50 } }, async (bench) => {
			const { id } = await bench.begin([...requests(55), "{broken"], { windowMs: 100 });
			const batch = await bench.batches.finished("default", id);
			assert.equal(batch.status, "expired");
			assert.deepEqual([batch.total, batch.completed, batch.failed], [56, 0, 56]);
			assert.equal(batch.outputFile, null);
			const errors = await bench.read(batch.errorFile);
			assert.deepEqual(ids(errors), [...Array.from({ length: 55 }, (_, i) => `c${i}`), null]);
			assert.deepEqual([...new Set(errors.map((line) => line.error!.code))], ["batch_expired", "invalid_json_line"]);
		}));
});

describe("a piece", () => {
	it("nothing is doubled when a result comes twice or late: the first one stands", () =>
		withBench({ limits: { chunkItems: 5 } }, async (bench) => {
			const { id, seq } = await bench.begin(requests(5));
			while (bench.store.items.chunks(seq).length === 0) await new Promise(setImmediate);
			const results = (body: string) => [1, 2, 3, 4, 5].map((line) => ({ line, status: 200, body }));
			assert.equal(bench.store.items.finish(seq, 0, results('{"first":true}').slice(0, 2)), 2);
			assert.equal(bench.store.items.finish(seq, 0, results('{"second":true}')), 3);
			assert.equal(bench.store.items.finish(seq, 0, results('{"third":true}')), 0);
			assert.equal(bench.store.items.finish(seq, 7, results('{"elsewhere":true}')), 0);
			const { completed } = bench.batches.batch("default", id);
			assert.equal(completed, 5);
			const bodies = bench.store.items.page(seq, { afterLine: 0, limit: 9, ok: true }).map(({ body }) => body);
			assert.deepEqual(bodies, [...Array(2).fill('{"first":true}'), ...Array(3).fill('{"second":true}')]);
		}));

	it("another worker does a piece when one closes in the middle of it", async () => {
		let isFirst = true;
		const entered = Promise.withResolvers<void>();
		const before: BenchOptions["before"] = async (_, options) => {
			if (!isFirst) return;
			isFirst = false;
			entered.resolve();
			await once(options!.signal!, "abort");
			throw new SluiceError("aborted", { detail: "left" });
		};
		await withBench({ before }, async (bench) => {
			const { id } = await bench.begin(requests(10));
			const worker = bench.work(1);
			await entered.promise;
			await worker.close();
			bench.work(1);
			assert.equal((await bench.batches.finished("default", id)).completed, 10);
		});
	});

	it("a second owner of the same records is refused", () =>
		withBench({}, async (bench) => {
			const { openBatches } = await import("../../src/batch/index.ts");
			await assert.rejects(openBatches(bench), { code: "invalid_config" });
		}));
});
