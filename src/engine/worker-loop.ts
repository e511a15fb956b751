/**
 * The loop of an inference thread: takes orders one after another, runs them, keeps the caches of unfinished jobs and of
 * sessions, reports back. Caches never leave the thread. Knows nothing of priorities, deadlines or the runtime.
 */
import type { Caches, GraphRunner } from "./graph-runner.ts";
import type { Carry, JobOutput, Order, Report, Row } from "./protocol.ts";

/** The part of a MessagePort that the loop uses. */
export interface OrderPort {
	on(event: "message", listener: (order: Order) => void): unknown;
	postMessage(message: Report, transfer: ArrayBuffer[]): void;
	close(): void;
}

/** A job between two of its rows. */
interface OpenJob<C> {
	readonly caches: C;
	readonly parts: readonly JobOutput[];
}

type Run = Extract<Order, { type: "run" }>;

/** Serves orders from `port` until one says close; then closes runner and port, so that the thread ends by itself. */
export function serveOrders<C extends Caches>(port: OrderPort, open: () => Promise<GraphRunner<C>>): void {
	const report = (message: Report, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
	const opening = open();
	let turn: Promise<void> = opening.then(
		() => report({ type: "ready" }),
		(error: unknown) => report({ type: "unusable", reason: String(error) }),
	);
	let loop: ReturnType<typeof createLoop> | undefined;
	port.on("message", (order: Order) => {
		turn = turn.then(async () => {
			if (order.type === "close") {
				await opening.then(
					(runner) => runner.close(),
					() => {}, // reported as unusable
				);
				return port.close();
			}
			loop ??= createLoop(await opening, report);
			await loop(order);
		});
	});
}

function createLoop<C extends Caches>(
	runner: GraphRunner<C>,
	report: (message: Report, transfer?: ArrayBuffer[]) => void,
): (order: Exclude<Order, { type: "close" }>) => Promise<void> {
	const states = new Map<number, C>();
	const jobs = new Map<number, OpenJob<C>>();

	const runCarried = async (order: Run, row: Row, carry: Carry): Promise<JobOutput | undefined> => {
		const earlier = jobs.get(carry.job);
		jobs.delete(carry.job);
		const before = earlier?.caches ?? (carry.from === undefined ? undefined : states.get(carry.from));
		if (before === undefined && row.start > 0) throw new Error(`the caches before token ${row.start} are not here`);
		const { output, caches } = await runner.runRow(row, order, before);
		const parts = [...(earlier?.parts ?? []), output];
		if (!carry.last) {
			jobs.set(carry.job, { caches, parts });
			return undefined;
		}
		if (carry.keep === undefined) return joinOutputs(parts);
		states.set(carry.keep, caches);
		return { ...joinOutputs(parts), stateBytes: caches.bytes };
	};

	const run = async (order: Run): Promise<void> => {
		try {
			const [row] = order.rows;
			const outputs =
				row?.carry === undefined ? await runner.runBatch(order.rows, order) : [await runCarried(order, row, row.carry)];
			report({ type: "done", task: order.task, outputs }, outputs.flatMap(buffersOf));
		} catch (error) {
			report({ type: "failed", task: order.task, reason: String(error) });
		}
	};

	return async (order) => {
		if (order.type === "run") return run(order);
		if (order.job !== undefined) jobs.delete(order.job);
		if (order.state !== undefined) states.delete(order.state);
	};
}

/** The outputs of a job's rows one after another. */
function joinOutputs(parts: readonly JobOutput[]): JobOutput {
	const [first] = parts;
	if (parts.length === 1) return first!;
	const values = concatenate(parts.map((part) => part.values));
	if (first?.hidden === undefined) return { values };
	return { values, hidden: first.hidden.map((_, layer) => concatenate(parts.map((part) => part.hidden![layer]!))) };
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
	const whole = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
	let at = 0;
	for (const array of arrays) {
		whole.set(array, at);
		at += array.length;
	}
	return whole;
}

function buffersOf(output: JobOutput | undefined): ArrayBuffer[] {
	if (output === undefined) return [];
	return [output.values, ...(output.hidden ?? [])].map(({ buffer }) => buffer as ArrayBuffer);
}
