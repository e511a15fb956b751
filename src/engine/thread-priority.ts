/**
 * Lets the calling thread give way: an inference thread uses its core for milliseconds at a time, and the thread that answers
 * requests must not wait behind it when cores are scarce. Linux only, where priorities belong to threads; elsewhere nothing.
 */
import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** Lowers the calling thread's scheduling priority below the process's other threads. */
export function lowerThreadPriority(): void {
	if (process.platform !== "linux") return;
	try {
		const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
		setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
	} catch {
		// no /proc or not allowed: answers wait a little longer under load, nothing else
	}
}
