/**
 * Starts one inference thread. The rest of the engine sees only the Thread interface, so tests can put anything behind it.
 */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Order, Report, ThreadSetup } from "./protocol.ts";

/** Where a thread's news go. `ended` comes once, last, also after `terminate`. */
export interface ThreadEvents {
	report(message: Report): void;
	/** `cause` is what the thread threw, if anything. */
	ended(exitCode: number, cause: unknown): void;
}

/** A running thread. */
export interface Thread {
	post(order: Order, transfer: ArrayBuffer[]): void;
	terminate(): void;
}

/** Starts a thread; what goes wrong comes through `events`. */
export type StartThread = (events: ThreadEvents) => Thread;

/** The entry beside this tree: .ts among sources, .js in a build. */
const ENTRY = new URL(`../../workers/inference${extname(import.meta.url)}`, import.meta.url);

/** A starter of worker threads for a converted model. */
export function createThreadStarter(setup: ThreadSetup): StartThread {
	return (events) => {
		const worker = new Worker(ENTRY, { workerData: setup, execArgv: [], name: "sluice-inference" });
		let cause: unknown;
		worker.on("message", (message: Report) => events.report(message));
		worker.on("messageerror", (error) => {
			cause = error;
			void worker.terminate();
		});
		worker.on("error", (error) => {
			cause = error;
		});
		worker.on("exit", (exitCode) => events.ended(exitCode, cause));
		return {
			post: (order, transfer) => worker.postMessage(order, transfer),
			terminate: () => void worker.terminate(),
		};
	};
}
