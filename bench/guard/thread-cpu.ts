/** Processor time of single threads of this process, from /proc. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

const TASKS = "/proc/self/task";
/** The kernel keeps 15 characters. */
const INFERENCE = "sluice-inferenc";

/** The inference threads there are now. */
export function findInferenceThreads(): readonly string[] {
	return readdirSync(TASKS).filter((id) => readFileSync(`${TASKS}/${id}/comm`, "utf8").trim() === INFERENCE);
}

/** Milliseconds that threads have run, together. */
export function readThreadMs(threads: readonly string[]): number {
	const nanoseconds = threads.map((id) => Number(readFileSync(`${TASKS}/${id}/schedstat`, "utf8").split(" ")[0]));
	return nanoseconds.reduce((sum, of) => sum + of, 0) / 1e6;
}
