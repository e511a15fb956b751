/** The life of a process that works until it is told to stop. */
import { once } from "node:events";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Calls `work` with a signal that aborts on SIGTERM or SIGINT; takes its handlers away when the work is done. */
export async function untilStopped(work: (stop: AbortSignal) => Promise<void>): Promise<void> {
	const stop = new AbortController();
	const onSignal = (): void => stop.abort();
	for (const signal of SIGNALS) process.once(signal, onSignal);
	try {
		await work(stop.signal);
	} finally {
		for (const signal of SIGNALS) process.removeListener(signal, onSignal);
	}
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
	if (!signal.aborted) await once(signal, "abort");
}

/** Calls `work` on every SIGHUP; the function it gives ends that. */
export function onHangup(work: () => void): () => void {
	process.on("SIGHUP", work);
	return () => void process.removeListener("SIGHUP", work);
}
