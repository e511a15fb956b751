/**
 * Inference threads without threads: they note their orders, and answer when a test says so or by the real loop over a
 * runner that counts. An output of n tokens is n numbers: the running sum of the ids read so far.
 */
import type { Caches, GraphRunner } from "../../src/engine/graph-runner.ts";
import type { Order, Report, Row } from "../../src/engine/protocol.ts";
import type { StartThread, ThreadEvents } from "../../src/engine/thread.ts";
import { type OrderPort, serveOrders } from "../../src/engine/worker-loop.ts";

/** The sum of the ids read so far. */
export interface SumCaches extends Caches {
	readonly sum: number;
}

/** Rows of every run, in order. */
export type RunLog = (readonly Row[])[];

/** A runner over sums. `beforeRun` may throw or wait. */
export function createSumRunner(
	beforeRun: (rows: readonly Row[]) => void | Promise<void> = () => {},
): GraphRunner<SumCaches> {
	const sums = (row: Row, from: number): Float32Array => {
		let sum = from;
		return Float32Array.from(row.ids, (id) => (sum += id));
	};
	return {
		async run(runs) {
			await beforeRun(runs.map(({ row }) => row));
			return runs.map(({ row, caches, keeps }) => {
				const values = sums(row, caches?.sum ?? 0);
				const { hidden, heads = true } = row.wanted;
				const output = {
					...(heads && { heads: values }),
					...(hidden && { hidden: [values.slice(), values.slice()] }),
				};
				const tokens = row.start + row.ids.length;
				return { output, caches: keeps ? { sum: values.at(-1)!, bytes: 8, tokens } : undefined };
			});
		},
		truncate: () => undefined,
		exportCaches: ({ sum }) => ({ sum: Float32Array.of(sum) }),
		importCaches: ({ sum }, tokens) => ({ sum: sum![0]!, bytes: 8, tokens }),
		release: () => {},
		async close() {},
	};
}

/** One fake thread as a test sees it. */
export interface FakeThread {
	readonly orders: Order[];
	/** Run orders' rows, as lengths. */
	readonly runs: number[][];
	report(message: Report): void;
	/** Ends the thread by itself. */
	crash(): void;
	/** Lets the run that waits go on; rejects it where an error is given. */
	step(error?: Error): Promise<void>;
}

/** Starts fake threads that run the real loop, one run per `step()`, or freely. */
export function createFakeThreads(mode: "stepped" | "free" = "stepped"): { start: StartThread; threads: FakeThread[] } {
	const threads: FakeThread[] = [];
	const start = (events: ThreadEvents): ReturnType<StartThread> => {
		const thread = createFakeThread(events, mode);
		threads.push(thread.fake);
		return thread;
	};
	return { start, threads };
}

function createFakeThread(
	events: ThreadEvents,
	mode: "stepped" | "free",
): ReturnType<StartThread> & { fake: FakeThread } {
	const orders: Order[] = [];
	const runs: number[][] = [];
	let listener: (order: Order) => void = () => {};
	let gate: PromiseWithResolvers<void> | undefined;
	let over = false;
	const end = (exitCode: number, cause?: unknown): void => {
		if (over) return;
		over = true;
		events.ended(exitCode, cause);
	};
	const report = (message: Report): void => void (over || events.report(message));
	const port: OrderPort = {
		on: (_, listen) => {
			listener = listen;
		},
		postMessage: (message, transfer) => report(structuredClone(message, { transfer })),
		close: () => end(0),
	};
	const runner = createSumRunner(async (rows) => {
		runs.push(rows.map(({ ids }) => ids.length));
		if (mode === "free") return;
		gate = Promise.withResolvers();
		await gate.promise;
	});
	serveOrders(port, async () => runner);
	return {
		post(order, transfer) {
			const copy = structuredClone(order, { transfer });
			orders.push(copy);
			if (!over) queueMicrotask(() => listener(copy));
		},
		terminate: () => end(1),
		fake: {
			orders,
			runs,
			report,
			crash: () => end(1, new Error("crashed")),
			async step(error) {
				await settled();
				const { resolve, reject } = gate!;
				gate = undefined;
				if (error === undefined) resolve();
				else reject(error);
				await settled();
			},
		},
	};
}

/** Resolves when every promise that can settle by itself has. */
export function settled(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}
