/**
 * A call's way through the engine: what to run, how far it is, and its one answer. A job settles once: with its output, an
 * error, the passing of its deadline or the caller's abort, whether it waits or runs.
 */
import { SluiceError } from "../errors.ts";
import type { CallOptions } from "../types.ts";
import type { JobOutput, Wanted } from "./protocol.ts";
import type { RunLimits } from "./run-limits.ts";
import type { Work } from "./work-queue.ts";

/** Caches kept by a thread after a number of tokens. Never changed, so forks share them; the last user frees them. */
export interface KeptState {
	readonly id: number;
	/** The generation of the thread that holds them; a later one does not. */
	readonly generation: number;
	readonly tokens: number;
	readonly bytes: number;
	users: number;
}

/** A session's place: the thread that holds its caches, the state it has reached, its appends in order. */
export interface Lane {
	/** Index of the thread. */
	readonly thread: number;
	/** Undefined before the first token. */
	state: KeptState | undefined;
	/** Earlier states, oldest first, that a text may go back to. */
	readonly checkpoints: KeptState[];
	/** Unsettled appends; only the first one waits in the queue or runs. */
	readonly jobs: Job[];
	/** What was set aside for it when it was opened. */
	readonly reservation: Reservation;
	closed: boolean;
}

/** The most that a session may come to hold. */
export interface Reservation {
	/** Bytes of its caches, out of the pool's budget. */
	readonly bytes: number;
	/** Earlier states that are kept. */
	readonly checkpoints: number;
}

/** What to run. */
export interface JobSpec {
	readonly wanted: Wanted;
	/** Owned by the job: the array may change threads. */
	readonly ids: Int32Array<ArrayBuffer>;
	readonly positions?: Int32Array<ArrayBuffer> | undefined;
	/** The session that the tokens are appended to. */
	readonly lane?: Lane | undefined;
	/** The session whose state the tokens follow without becoming part of it; any number of such jobs run side by side. */
	readonly after?: Lane | undefined;
}

/** A job; only the pool changes it. */
export interface Job extends Work, JobSpec {
	readonly id: number;
	/** Whether it is one token of a session, likely to be followed by another. */
	readonly isStep: boolean;
	readonly tokens: number;
	/** Its tokens may need more than one run, or caches before or after: it stays on one thread. */
	readonly carried: boolean;
	/** Tokens run so far. */
	ran: number;
	/** Index of the thread that holds its caches. */
	thread: number | undefined;
	/** Whether it counts among the long texts that its thread has begun. */
	begun: boolean;
	/** The state it continues; of a lane's own jobs known when the job first runs. */
	base: KeptState | undefined;
	readonly settled: boolean;
	/** Whether the deadline has passed. */
	isLate(): boolean;
	/** Settles with the deadline's error. */
	expire(): void;
	resolve(output: JobOutput): void;
	reject(error: unknown): void;
	readonly output: Promise<JobOutput>;
}

/** A job with its deadline and abort signal armed. `onSettled` runs at once when it settles, before anybody who awaits it. */
export function createJob(
	spec: JobSpec & { readonly id: number; readonly limits: RunLimits },
	options: CallOptions,
	onSettled: (job: Job, failed: boolean) => void,
): Job {
	const { limits } = spec;
	const { promise, resolve, reject } = Promise.withResolvers<JobOutput>();
	const { deadlineMs, signal, priority = 0 } = options;
	let settled = false;
	const settle = (failed: boolean): boolean => {
		if (settled) return false;
		settled = true;
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
		onSettled(job, failed);
		return true;
	};
	const abort = (): void => job.reject(new SluiceError("aborted", { detail: "the caller went away" }));
	const carried = (spec.lane ?? spec.after) !== undefined || spec.ids.length > limits.wholeTokens;
	// a step of a generation; steps of heads run alone, since their numbers must not depend on company in the last bit
	const isStep = spec.lane !== undefined && spec.ids.length === 1 && !spec.wanted.heads;
	const isAlone = !limits.ragged && !isStep && (carried || spec.positions !== undefined || !spec.wanted.heads);
	const job: Job = {
		...spec,
		priority,
		batchGroup: isStep && !limits.ragged ? "steps" : "texts",
		isStep,
		tokens: spec.ids.length,
		get batchTokens() {
			if (isAlone) return undefined;
			return carried ? partLength(job.tokens - job.ran, limits.sharedTokens, limits) : job.tokens;
		},
		carried,
		ran: 0,
		thread: (spec.lane ?? spec.after)?.thread,
		begun: false,
		base: spec.after?.state,
		get settled() {
			return settled;
		},
		isLate: () => deadlineMs !== undefined && deadlineMs <= performance.now(),
		expire: () =>
			job.reject(new SluiceError("deadline_exceeded", { detail: "the deadline passed before the model was done" })),
		resolve: (output) => void (settle(false) && resolve(output)),
		reject: (error) => void (settle(true) && reject(error)),
		output: promise,
	};
	const timer = deadlineMs === undefined ? undefined : setTimeout(job.expire, toDelay(deadlineMs));
	signal?.addEventListener("abort", abort, { once: true });
	return job;
}

/**
 * Tokens of the next part of `rest`, of about `most`: a small remainder goes along, since a part of its own costs a run.
 * Where rows are padded, parts end at multiples of `most`, which their graphs compute bit-identically.
 */
export function partLength(rest: number, most: number, { ragged }: Pick<RunLimits, "ragged">): number {
	return rest < (ragged ? 1.5 : 1) * most ? rest : most;
}

/** Throws what a call that is already over is answered with. */
export function checkCallOptions({ deadlineMs, signal, priority }: CallOptions): void {
	if (signal?.aborted) throw new SluiceError("aborted", { detail: "the caller went away" });
	if (deadlineMs !== undefined && !(deadlineMs > performance.now()))
		throw new SluiceError("deadline_exceeded", { detail: "the deadline had passed when the model was called" });
	if (priority !== undefined && !Number.isFinite(priority))
		throw new SluiceError("invalid_request", { detail: "priority is not a finite number", pointer: "/priority" });
}

/** Timers hold at most 2^31 - 1 ms and fire early by up to 1 ms. */
function toDelay(deadlineMs: number): number {
	return Math.min(0x7fffffff, Math.max(0, Math.ceil(deadlineMs - performance.now())));
}
