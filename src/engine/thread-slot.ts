/**
 * The place of one inference thread: starts it, gives it one task at a time, replaces it when it ends by itself, and gives
 * up when it keeps ending or never was ready. Each new thread is a new generation: caches of an earlier one are gone.
 */
import { SluiceError } from "../errors.ts";
import type { JobOutput, Order, Report, Row, StateAnswer, StateRequest } from "./protocol.ts";
import type { StartThread, Thread } from "./thread.ts";

/** A thread that ends this often within the window is not started again. */
const MOST_CRASHES = 5;
const CRASH_WINDOW_MS = 60_000;

/** Told after the slot has changed. */
export interface SlotEvents {
	/** The thread is ready for a task. */
	idle(): void;
	/** The thread and all it held are gone; `dead` says that no other takes its place. */
	lost(dead: boolean): void;
}

/** One thread's place. */
export interface ThreadSlot {
	readonly generation: number;
	readonly status: "starting" | "idle" | "busy" | "dead";
	readonly restarts: number;
	/** Resolves when the first thread is ready; rejects when it could not start. */
	readonly started: Promise<void>;
	/** Runs rows on an idle thread. Rejects with `inference_failed` when that fails or the thread ends. */
	run(rows: readonly Row[]): Promise<readonly (JobOutput | undefined)[]>;
	/** Asks for something to be done with kept states, after what the thread runs. Rejects as `run` does. */
	ask(request: StateRequest): Promise<StateAnswer>;
	/** Drops an unfinished job or a kept state, if its thread still lives. */
	forget(what: { job?: number; state?: number }): void;
	/** After the running task, ends the thread and waits for it. */
	close(): Promise<void>;
}

interface Pending<T> {
	readonly resolve: (value: T) => void;
	readonly reject: (error: SluiceError) => void;
}

type Running = Pending<readonly (JobOutput | undefined)[]>;

/** Opens a slot and starts its first thread. */
export function createThreadSlot(start: StartThread, events: SlotEvents): ThreadSlot {
	const first = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	first.promise.catch(() => {}); // whoever opens the pool looks at it
	const crashes: number[] = [];
	let thread: Thread;
	let generation = 0;
	let restarts = 0;
	let wasReady = false;
	let status: ThreadSlot["status"] = "starting";
	let closing = false;
	let tasks = 0;
	let running: Running | undefined;
	const asked = new Map<number, Pending<StateAnswer>>();
	let problem: string | undefined;

	const send = (order: Order, transfer: ArrayBuffer[] = []): void => thread.post(order, transfer);
	const settle = (): Running | undefined => {
		const was = running;
		running = undefined;
		if (status === "busy") status = "idle";
		if (closing) send({ type: "close" });
		return was;
	};
	const onReport = (message: Report): void => {
		if (message.type === "ready") {
			status = "idle";
			wasReady = true;
			first.resolve();
			if (!closing) events.idle();
		} else if (message.type === "unusable") {
			problem = message.reason;
			thread.terminate();
		} else if (message.type === "done") settle()?.resolve(message.outputs);
		else if (message.type === "answer") takeAsked(message.task)?.resolve(message.answer);
		else {
			const pending = takeAsked(message.task) ?? settle();
			pending?.reject(failed("the model could not be run on this input", message.reason));
		}
	};
	const takeAsked = (task: number): Pending<StateAnswer> | undefined => {
		const pending = asked.get(task);
		asked.delete(task);
		return pending;
	};
	const onEnded = (exitCode: number, cause: unknown): void => {
		const failure = failed("the inference thread ended", cause ?? problem ?? `exit code ${exitCode}`);
		problem = undefined;
		generation++;
		status = "dead";
		first.reject(failure); // without effect once it was ready
		if (closing) ended.resolve();
		else if (wasReady && isWorthRestart(crashes)) {
			restarts++;
			status = "starting";
			startThread();
		}
		for (const pending of [...asked.values(), ...(running ? [running] : [])]) pending.reject(failure);
		asked.clear();
		running = undefined;
		if (!closing) events.lost(status === "dead");
	};
	const startThread = (): void => {
		thread = start({ report: onReport, ended: onEnded });
	};
	startThread();

	return {
		get generation() {
			return generation;
		},
		get status() {
			return status;
		},
		get restarts() {
			return restarts;
		},
		started: first.promise,
		run(rows) {
			status = "busy";
			const { promise, resolve, reject } = Promise.withResolvers<readonly (JobOutput | undefined)[]>();
			running = { resolve, reject };
			const buffers = rows.flatMap(({ ids, positions }) => (positions ? [ids.buffer, positions.buffer] : [ids.buffer]));
			send({ type: "run", task: ++tasks, rows }, buffers as ArrayBuffer[]);
			return promise;
		},
		ask(request) {
			const { promise, resolve, reject } = Promise.withResolvers<StateAnswer>();
			if (status === "dead" || closing) reject(failed("the inference thread has ended", problem));
			else {
				asked.set(++tasks, { resolve, reject });
				send({ type: "state", task: tasks, request });
			}
			return promise;
		},
		forget(what) {
			if (status !== "dead" && !closing) send({ type: "forget", ...what });
		},
		close() {
			if (status === "dead" && !closing) return Promise.resolve();
			if (!closing && status !== "busy") send({ type: "close" });
			closing = true;
			return ended.promise;
		},
	};
}

/** Notes a crash and says whether the thread should be started again. */
function isWorthRestart(crashes: number[]): boolean {
	const now = performance.now();
	crashes.push(now);
	while (crashes[0]! < now - CRASH_WINDOW_MS) crashes.shift();
	return crashes.length <= MOST_CRASHES;
}

function failed(detail: string, cause: unknown): SluiceError {
	return new SluiceError("inference_failed", { detail, cause });
}
