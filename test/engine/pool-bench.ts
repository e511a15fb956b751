/** A pool over threads that follow orders. */
import type { Lane } from "../../src/engine/job.ts";
import { createPool, type Pool, type PoolOptions } from "../../src/engine/pool.ts";
import { ROWS_LIMITS } from "../../src/engine/run-limits.ts";
import type { CallOptions } from "../../src/types.ts";
import { createFakeThreads, type FakeThread } from "./fake-threads.ts";

/** A pool, its threads, and a short way to call it. */
export interface Bench {
	readonly pool: Pool;
	readonly threads: readonly FakeThread[];
	/** Submits a text of n ones; the answer's last number is n. */
	text(n: number, options?: CallOptions & { lane?: Lane }): Promise<number>;
}

/** One thread and 100 waiting calls unless told otherwise; threads run when they are stepped. */
export async function openBench(options: Partial<PoolOptions> & { mode?: "stepped" | "free" } = {}): Promise<Bench> {
	const { start, threads } = createFakeThreads(options.mode);
	const pool = createPool({
		threads: 1,
		maxQueue: 100,
		maxSessions: 10,
		maxSessionBytes: 1000,
		limits: ROWS_LIMITS,
		...options,
		start,
	});
	await pool.started;
	return {
		pool,
		threads,
		async text(n, { lane, ...call } = {}) {
			const output = await pool.submit({ wanted: { heads: true }, ids: new Int32Array(n).fill(1), lane }, call);
			return output.heads!.at(-1)!;
		},
	};
}
