/**
 * The loop of an inference thread: takes orders one after another, runs them, keeps the caches of unfinished jobs and of
 * sessions, reports back. Caches never leave the thread but as copies. Knows nothing of priorities, deadlines or the runtime.
 */
import type { Caches, GraphRunner, RunOutput, RunRow } from "./graph-runner.ts";
import { buffersOf, joinOutputs } from "./job-output.ts";
import type { JobOutput, Order, Report, Row, StateAnswer, StateRequest } from "./protocol.ts";

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
type AskState = Extract<Order, { type: "state" }>;

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

	const toRunRow = (row: Row): RunRow<C> => {
		const { carry } = row;
		if (carry === undefined) return { row, caches: undefined, keeps: false };
		const caches = jobs.get(carry.job)?.caches ?? (carry.from === undefined ? undefined : states.get(carry.from));
		if (caches === undefined && row.start > 0) throw new Error(`the caches before token ${row.start} are not here`);
		return { row, caches, keeps: !carry.last || carry.keep !== undefined };
	};

	/** Keeps what the row's job goes on with; the job's whole output where this was its last row. */
	const finishRow = ({ carry }: Row, { output, caches }: RunOutput<C>): JobOutput | undefined => {
		if (carry === undefined) return output;
		const before = jobs.get(carry.job);
		jobs.delete(carry.job);
		if (before !== undefined) runner.release(before.caches);
		const parts = [...(before?.parts ?? []), output];
		if (!carry.last) {
			jobs.set(carry.job, { caches: caches!, parts });
			return undefined;
		}
		if (carry.keep === undefined) return joinOutputs(parts);
		states.set(carry.keep, caches!);
		return { ...joinOutputs(parts), stateBytes: caches!.bytes };
	};

	const run = async ({ task, rows }: Run): Promise<void> => {
		try {
			const results = await runner.run(rows.map(toRunRow));
			const outputs = rows.map((row, i) => finishRow(row, results[i]!));
			report({ type: "done", task, outputs }, outputs.flatMap(buffersOf));
		} catch (error) {
			report({ type: "failed", task, reason: String(error) });
		}
	};

	const answer = (request: StateRequest): StateAnswer => {
		if (request.kind === "import") {
			const caches = runner.importCaches(request.arrays, request.tokens);
			states.set(request.keep, caches);
			return { bytes: caches.bytes };
		}
		const caches = states.get(request.from);
		if (caches === undefined) throw new Error("the caches are not here");
		if (request.kind === "export") return { arrays: runner.exportCaches(caches) };
		const shorter = runner.truncate(caches, request.tokens);
		if (shorter !== undefined) states.set(request.keep, shorter);
		return { bytes: shorter?.bytes };
	};

	const ask = ({ task, request }: AskState): void => {
		try {
			const made = answer(request);
			const buffers = Object.values(made.arrays ?? {}).map(({ buffer }) => buffer as ArrayBuffer);
			report({ type: "answer", task, answer: made }, buffers);
		} catch (error) {
			report({ type: "failed", task, reason: String(error) });
		}
	};

	const forgetJob = (id: number): void => {
		const job = jobs.get(id);
		if (job !== undefined) runner.release(job.caches);
		jobs.delete(id);
	};

	const forgetState = (id: number): void => {
		const state = states.get(id);
		if (state !== undefined) runner.release(state);
		states.delete(id);
	};

	return async (order) => {
		if (order.type === "run") return run(order);
		if (order.type === "state") return ask(order);
		if (order.job !== undefined) forgetJob(order.job);
		if (order.state !== undefined) forgetState(order.state);
	};
}
