import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order, Report, Row, Wanted } from "../../src/engine/protocol.ts";
import { serveOrders } from "../../src/engine/worker-loop.ts";
import { createSumRunner, settled } from "./fake-threads.ts";

interface Loop {
	readonly reports: Report[];
	readonly transfers: ArrayBuffer[][];
	readonly closed: boolean;
	send(...orders: Order[]): Promise<void>;
}

function openLoop(open = async (): Promise<ReturnType<typeof createSumRunner>> => createSumRunner()): Loop {
	const reports: Report[] = [];
	const transfers: ArrayBuffer[][] = [];
	let closed = false;
	let listener: (order: Order) => void = () => {};
	serveOrders(
		{
			on: (_, listen) => {
				listener = listen;
			},
			postMessage: (message, transfer) => {
				reports.push(message);
				transfers.push(transfer);
			},
			close: () => {
				closed = true;
			},
		},
		open,
	);
	return {
		reports,
		transfers,
		get closed() {
			return closed;
		},
		async send(...orders) {
			for (const order of orders) listener(order);
			await settled();
		},
	};
}

function run(task: number, rows: readonly Partial<Row>[], hidden = false): Order {
	const wanted: Wanted = { heads: true, hidden: hidden ? { layers: [0, 1], of: "all" } : undefined };
	return { type: "run", task, rows: rows.map((row) => ({ ids: Int32Array.of(1), start: 0, wanted, ...row })) };
}

/** The values of every row of every finished task. */
function values(reports: readonly Report[]): unknown[] {
	return reports.flatMap((report) =>
		report.type === "done" ? [report.outputs.map((output) => output && [...output.heads!])] : [],
	);
}

test("a batch answers row by row, and its arrays change threads", async () => {
	const { send, reports, transfers } = openLoop();
	await send(run(1, [{ ids: Int32Array.of(1, 2) }, { ids: Int32Array.of(5) }]));
	assert.deepEqual(reports[0], { type: "ready" });
	assert.deepEqual(values(reports), [[[1, 3], [5]]]);
	assert.equal(transfers[1]!.length, 2);
});

test("a job's outputs come whole with its last row", async () => {
	const { send, reports } = openLoop();
	const row = (id: number, start: number, last: boolean): Partial<Row> => ({
		ids: Int32Array.of(id),
		start,
		carry: { job: 7, last },
	});
	await send(run(1, [row(1, 0, false)], true), run(2, [row(2, 1, false)], true), run(3, [row(3, 2, true)], true));
	assert.deepEqual(values(reports), [[undefined], [undefined], [[1, 3, 6]]]);
	const last = reports.at(-1);
	assert.ok(last?.type === "done");
	assert.deepEqual(
		last.outputs[0]!.hidden?.map((state) => [...state]),
		[
			[1, 3, 6],
			[1, 3, 6],
		],
	);
});

test("a kept state may be continued more than once, until it is forgotten", async () => {
	const { send, reports } = openLoop();
	await send(run(1, [{ carry: { job: 1, keep: 10, last: true } }]));
	await send(run(2, [{ start: 1, carry: { job: 2, from: 10, last: true } }]));
	await send(run(3, [{ start: 1, carry: { job: 3, from: 10, last: true } }]));
	assert.deepEqual(values(reports), [[[1]], [[2]], [[2]]]);
	await send({ type: "forget", state: 10 }, run(4, [{ start: 1, carry: { job: 4, from: 10, last: true } }]));
	assert.equal(reports.at(-1)!.type, "failed");
});

test("a forgotten job leaves nothing to continue", async () => {
	const { send, reports } = openLoop();
	await send(run(1, [{ carry: { job: 1, last: false } }]), { type: "forget", job: 1 });
	await send(run(2, [{ start: 1, carry: { job: 1, last: true } }]));
	assert.equal(reports.at(-1)!.type, "failed");
});

test("a run that throws is reported, and the next one runs", async () => {
	let broken = true;
	const { send, reports } = openLoop(async () =>
		createSumRunner(() => {
			if (broken) throw new Error("bad kernel");
		}),
	);
	await send(run(1, [{}]));
	broken = false;
	await send(run(2, [{}]));
	assert.deepEqual(reports[1], { type: "failed", task: 1, reason: "Error: bad kernel" });
	assert.deepEqual(values(reports), [[[1]]]);
});

test("orders are taken one after another, also while one waits", async () => {
	const gate = Promise.withResolvers<void>();
	const { send, reports, closed } = openLoop(async () => createSumRunner(() => gate.promise));
	await send(run(1, [{}]), { type: "close" });
	assert.deepEqual([reports.length, closed], [1, false]);
	gate.resolve();
	await settled();
	assert.deepEqual(values(reports), [[[1]]]);
});

test("a model that cannot be opened is reported with the reason, and the thread can still be closed", async () => {
	const loop = openLoop(async () => {
		throw new Error("no such file");
	});
	await settled();
	assert.deepEqual(loop.reports, [{ type: "unusable", reason: "Error: no such file" }]);
	await loop.send({ type: "close" });
	assert.equal(loop.closed, true);
});
