/** Batches that come in pieces from an edge's queue: over real records, with no worker. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import type { BatchPiece } from "../../src/batch/batches.ts";
import { createReceiver, KEEP_INCOMING_MS, toPlace } from "../../src/batch/receive.ts";
import { BATCH_LIMITS } from "../../src/batch/settings.ts";
import { type Bench, type BenchOptions, openBench, requestLine } from "./harness.ts";

const TENANT = "acme";
const BATCH = `batch_${"1".repeat(48)}`;
const GRANT = { policies: ["hate"] };
const LINES = Array.from({ length: 10 }, (_, i) => JSON.stringify(requestLine(`line-${i}`, `number ${i}`)));

const lines = (at: number, to: number, batch = BATCH): BatchPiece => ({ batch, at, lines: LINES.slice(at, to) });
const end = (count = LINES.length, batch = BATCH): BatchPiece => ({
	batch,
	end: {
		lines: count,
		wish: {
			...{ endpoint: "/v1/moderations", completionWindow: "24h", windowMs: 86_400_000, metadata: null, grant: GRANT },
		},
	},
});
const ALL: readonly BatchPiece[] = [lines(0, 4), lines(4, 8), lines(8, 10), end()];

async function withBench(run: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
	const bench = await openBench(options);
	try {
		await run(bench);
	} finally {
		await bench.close();
	}
}

/** The one batch there is, and its input; checks that there are no others. */
async function readBegun({ store }: Bench, batch = BATCH): Promise<string[]> {
	const { items } = store.batches.list(TENANT, { limit: 10, order: "desc" });
	assert.deepEqual(
		items.map(({ id }) => id),
		[batch],
	);
	const [{ inputFile, grant, endpoint }] = items as [(typeof items)[0]];
	assert.deepEqual([grant, endpoint], [GRANT, "/v1/moderations"]);
	return (await readFile(store.contents.path(inputFile), "utf8")).split("\n").slice(0, -1);
}

const isBegun = ({ store }: Bench): boolean => store.batches.get(TENANT, BATCH) !== undefined;
const left = async ({ store }: Bench): Promise<readonly string[]> =>
	(await store.incoming.list(toPlace(TENANT, BATCH))).names;

describe("a batch in pieces", () => {
	it("begins when all have come, in whatever order, with its lines in theirs", async () => {
		for (const order of [
			[0, 1, 2, 3],
			[3, 2, 1, 0],
			[2, 3, 0, 1],
			[1, 0, 3, 2],
		])
			await withBench(async (bench) => {
				for (const [k, i] of order.entries()) {
					assert.equal(isBegun(bench), false, String(order));
					await bench.batches.receive(TENANT, ALL[i]!);
					assert.equal(isBegun(bench), k === 3, String(order));
				}
				assert.deepEqual(await readBegun(bench), LINES);
				assert.deepEqual(await left(bench), []);
			});
	});

	it("begins once, however often pieces come, during and after, and several at once", async () => {
		await withBench(async (bench) => {
			const many = [...ALL, ...ALL, ...ALL].toSorted((a, b) => Number("end" in b) - Number("end" in a));
			await Promise.all(many.map((piece) => bench.batches.receive(TENANT, piece)));
			assert.deepEqual(await readBegun(bench), LINES);
			for (const piece of ALL) await bench.batches.receive(TENANT, piece);
			assert.deepEqual(await readBegun(bench), LINES);
			assert.deepEqual(await left(bench), []);
			assert.equal(bench.store.files.list(TENANT, { limit: 10, order: "desc" }).items.length, 1);
		});
	});

	it("goes its way: each line has one result", async () => {
		await withBench(async (bench) => {
			bench.work();
			for (const piece of [...ALL, ...ALL]) await bench.batches.receive(TENANT, piece);
			const { status, outputFile } = await bench.batches.finished(TENANT, BATCH);
			assert.equal(status, "completed");
			assert.deepEqual(
				(await bench.read(outputFile)).map(({ custom_id }) => custom_id),
				LINES.map((_, i) => `line-${i}`),
			);
		});
	});

	it("waits for a gap, and where pieces overlap begins never", async () => {
		await withBench(async (bench) => {
			for (const piece of [lines(0, 4), lines(8, 10), end()]) await bench.batches.receive(TENANT, piece);
			assert.equal(isBegun(bench), false);
			await bench.batches.receive(TENANT, lines(4, 8));
			assert.deepEqual(await readBegun(bench), LINES);
		});
		await withBench(async (bench) => {
			for (const piece of [lines(0, 4), lines(3, 10), end()]) await bench.batches.receive(TENANT, piece);
			assert.equal(isBegun(bench), false);
		});
	});

	it("with more lines than its end says is refused, with fewer it waits", async () => {
		await withBench(async (bench) => {
			for (const piece of ALL.slice(0, 3)) await bench.batches.receive(TENANT, piece);
			await assert.rejects(bench.batches.receive(TENANT, end(9)), {
				code: "invalid_request",
				message: /10 lines, not the 9/,
			});
			assert.equal(isBegun(bench), false);
		});
		await withBench(async (bench) => {
			await bench.batches.receive(TENANT, end(11));
			for (const piece of ALL.slice(0, 3)) await bench.batches.receive(TENANT, piece);
			assert.equal(isBegun(bench), false);
		});
	});

	it("is its tenant's: pieces of another's with the same id are of another batch", async () => {
		await withBench(async (bench) => {
			for (const piece of [lines(0, 4), end()]) await bench.batches.receive(TENANT, piece);
			for (const piece of [lines(4, 8), lines(8, 10)]) await bench.batches.receive("other", piece);
			assert.equal(isBegun(bench), false);
			for (const piece of [lines(4, 8), lines(8, 10)]) await bench.batches.receive(TENANT, piece);
			assert.deepEqual(await readBegun(bench), LINES);
			assert.equal(bench.store.batches.get("other", BATCH), undefined);
		});
	});

	it("larger than a file may be is refused before it is on disk", async () => {
		const size = (piece: BatchPiece): number =>
			"lines" in piece ? Buffer.byteLength(`${piece.lines.join("\n")}\n`) : 0;
		const exact = size(ALL[0]!) + size(ALL[1]!) + size(ALL[2]!);
		await withBench(
			async (bench) => {
				for (const piece of ALL) await bench.batches.receive(TENANT, piece);
				assert.deepEqual(await readBegun(bench), LINES);
			},
			{ limits: { maxFileBytes: exact } },
		);
		await withBench(
			async (bench) => {
				for (const piece of ALL.slice(0, 2)) await bench.batches.receive(TENANT, piece);
				await bench.batches.receive(TENANT, ALL[0]!); // again is no more
				for (let i = 0; i < 3; i++)
					await assert.rejects(bench.batches.receive(TENANT, ALL[2]!), { code: "body_too_large" });
				assert.deepEqual((await left(bench)).toSorted(), ["0-4", "4-4"]);
				await bench.batches.receive(TENANT, end());
				assert.equal(isBegun(bench), false);
			},
			{ limits: { maxFileBytes: exact - 1 } },
		);
	});

	it("a line with a line feed is refused; a carriage return stays, as in a file", async () => {
		await withBench(async (bench) => {
			for (const line of ["{}\n{}", "\n", "{}\r\n"])
				await assert.rejects(bench.batches.receive(TENANT, { batch: BATCH, at: 0, lines: ["{}", line] }), {
					...{ code: "invalid_request", pointer: "/lines" },
				});
			assert.deepEqual(await left(bench), []);
			await bench.batches.receive(TENANT, { batch: BATCH, at: 0, lines: ['{"a":\r1}', "{}\r"] });
			await bench.batches.receive(TENANT, end(2));
			assert.deepEqual(await readBegun(bench), ['{"a":\r1}', "{}\r"]);
		});
	});

	it("outlives its process between any two pieces", async () => {
		await withBench(async (bench) => {
			for (const piece of ALL) {
				await bench.batches.receive(TENANT, piece);
				await bench.reopen();
			}
			assert.deepEqual(await readBegun(bench), LINES);
		});
	});

	it("a kill between its file and its beginning, or before its pieces are dropped, makes no second one", async () => {
		await withBench(async (bench) => {
			const { store, batches } = bench;
			const kill = (): never => {
				throw new Error("killed");
			};
			const { upload } = batches;
			const dying = createReceiver({ store, limits: BATCH_LIMITS, upload, create: kill });
			for (const piece of ALL.slice(0, 3)) await dying(TENANT, piece);
			await assert.rejects(dying(TENANT, end()), /killed/);
			assert.equal(isBegun(bench), false);
			const { incoming } = store;
			const drop = incoming.drop;
			const dyingLater = createReceiver({
				...{ store: { ...store, incoming: { ...incoming, drop: async () => kill() } } as typeof store },
				...{ limits: BATCH_LIMITS, upload, create: batches.create },
			});
			await assert.rejects(dyingLater(TENANT, end()), /killed/);
			assert.deepEqual(await readBegun(bench), LINES);
			assert.equal(incoming.drop, drop);
			assert.notDeepEqual(await left(bench), []);
			// the queue brings what was not acknowledged again
			await bench.reopen();
			for (const piece of [end(), ...ALL]) await bench.batches.receive(TENANT, piece);
			assert.deepEqual(await readBegun(bench), LINES);
			assert.deepEqual(await left(bench), []);
		});
	});

	it("that is not whole after a week is dropped, by a process that just goes on too", async () => {
		await withBench(
			async (bench) => {
				await bench.batches.receive(TENANT, lines(0, 4));
				const folder = dirname(bench.store.incoming.path(toPlace(TENANT, BATCH), "x"));
				const old = (Date.now() - KEEP_INCOMING_MS - 60_000) / 1000;
				await utimes(folder, old, old);
				while (existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 10));
				assert.deepEqual(await left(bench), []);
			},
			{ limits: { sweepMs: 20 } },
		);
	});
});
