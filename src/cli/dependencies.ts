/** What a process depends on, asked at most once a second however often probes come. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Dependency } from "../http/route.ts";
import type { QueueBackend } from "../queue/index.ts";

const FRESH_MS = 1000;
const PATIENCE_MS = 1000;

/** The Redis that texts go through: without it none is judged. */
export function checkRedis(backend: Pick<QueueBackend, "publish">): Dependency {
	return createDependency(true, "the Redis that gateways and workers share (SLUICE_REDIS_URL) is out of reach", () =>
		backend.publish("ping", ""),
	);
}

/** The process that owns files and batches: everything else works without it. */
export function checkRecords(recordsUrl: string): Dependency {
	const wrong = "the process that owns files and batches (SLUICE_RECORDS_URL) is out of reach";
	return createDependency(false, wrong, async (signal) => {
		const { ok, body } = await fetch(`${recordsUrl}/healthz`, { signal, redirect: "error" });
		await body?.cancel();
		if (!ok) throw new Error("unhealthy");
	});
}

/** A dependency that is there where `ask` resolves in time. */
export function createDependency(
	isNeeded: boolean,
	wrong: string,
	ask: (signal: AbortSignal) => Promise<void>,
): Dependency {
	let asked: { readonly atMs: number; readonly answer: Promise<string | undefined> } | undefined;
	const look = async (): Promise<string | undefined> => {
		const done = new AbortController();
		const late = sleep(PATIENCE_MS, wrong, { signal: done.signal }).catch(() => undefined);
		const answer = ask(AbortSignal.timeout(PATIENCE_MS)).then(
			() => undefined,
			() => wrong,
		);
		const first = await Promise.race([answer, late]);
		done.abort();
		return first;
	};
	return {
		isNeeded,
		check() {
			const now = performance.now();
			if (asked === undefined || now - asked.atMs > FRESH_MS) asked = { atMs: now, answer: look() };
			return asked.answer;
		},
	};
}
