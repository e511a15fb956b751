/**
 * The seam between an inference thread and the graphs it runs: rows of token ids in, wanted outputs and caches out. One
 * member per layout of graphs. Knows nothing of jobs, queues or messages.
 */
import type { CacheArrays, JobOutput, Row } from "./protocol.ts";

/** The caches of one text after some tokens. What they hold of these tokens never changes, so copies may share them. */
export interface Caches {
	readonly bytes: number;
	readonly tokens: number;
}

/** A row with the caches it continues; `keeps` says that the caches after it are wanted. */
export interface RunRow<C extends Caches> {
	readonly row: Row;
	readonly caches: C | undefined;
	readonly keeps: boolean;
}

/** What a row gives. */
export interface RunOutput<C extends Caches> {
	readonly output: JobOutput;
	readonly caches: C | undefined;
}

/** What the loop of an inference thread needs; `C` is whatever the runner carries. */
export interface GraphRunner<C extends Caches> {
	/** Runs rows together; a row's numbers do not depend on the others. */
	run(rows: readonly RunRow<C>[]): Promise<RunOutput<C>[]>;
	/** The caches as they were after fewer tokens, or undefined where that is no longer known. */
	truncate(caches: C, tokens: number): C | undefined;
	/** Copies of all that the caches hold. */
	exportCaches(caches: C): CacheArrays;
	/** Throws where an array is missing or has another size. */
	importCaches(arrays: CacheArrays, tokens: number): C;
	/** Says that nobody will use these caches again. */
	release(caches: C): void;
	close(): Promise<void>;
}
