/**
 * Shares inference threads among calls: a bounded queue by priority, batches of short texts, long texts chunk by chunk,
 * sessions on the thread that holds their caches. Takes what waits when a thread is free and never waits for more.
 * Knows token ids only.
 */
import { SluiceError } from "../errors.ts";
import type { CallOptions } from "../types.ts";
import { type BulkShare, createBulkShare } from "./bulk-share.ts";
import {
	checkCallOptions,
	createJob,
	type Job,
	type JobSpec,
	type KeptState,
	type Lane,
	partLength,
	type Reservation,
} from "./job.ts";
import type { CacheArrays, JobOutput, Row, Wanted } from "./protocol.ts";
import type { RunLimits } from "./run-limits.ts";
import type { StartThread } from "./thread.ts";
import { createThreadSlot, type ThreadSlot } from "./thread-slot.ts";
import { createWorkQueue, type WorkQueue } from "./work-queue.ts";

/** Long texts begun on a thread; others wait, so that their partial results do not pile up. */
const LONG_TEXTS_PER_THREAD = 4;

/** How large the pool is. */
export interface PoolOptions {
	readonly start: StartThread;
	readonly threads: number;
	/** Calls that may wait. */
	readonly maxQueue: number;
	readonly maxSessions: number;
	/** Bytes that the caches of all sessions may come to. */
	readonly maxSessionBytes: number;
	readonly limits: RunLimits;
	/** Default 2 s: how long bulk leaves a thread free after a call that somebody waits for. */
	readonly calmMs?: number | undefined;
	/** Hears of every run that ended well. */
	readonly onRun?: ((run: EngineRun) => void) | undefined;
}

/** A run: the rows that shared it, their tokens, and its time. */
export interface EngineRun {
	readonly rows: number;
	readonly tokens: number;
	readonly ms: number;
}

/** Numbers for load shedding and metrics. */
export interface PoolStats {
	/** Calls that wait for a thread. */
	readonly queued: number;
	/** Calls that a thread is working on. */
	readonly running: number;
	/** Threads that can work, or are being started. */
	readonly threads: number;
	/** Threads that ended by themselves and were replaced. */
	readonly restarts: number;
	readonly sessions: number;
	/** Bytes set aside for the caches of open sessions. */
	readonly sessionBytes: number;
	/** Estimated wait of a new call in milliseconds; 0 before the first run. */
	readonly waitMs: number;
}

/** The pool. */
export interface Pool {
	/** Resolves when every thread is ready, rejects with `inference_failed` when one could not start. */
	readonly started: Promise<void>;
	/** Runs a job. Rejects with `overloaded`, `deadline_exceeded`, `aborted` or `inference_failed`. */
	submit(spec: JobSpec, options?: CallOptions): Promise<JobOutput>;
	/** A new session's lane, on the thread with the fewest; or a copy of one. Throws `overloaded` at a limit. */
	openLane(reservation: Reservation, copied?: Lane): Lane;
	closeLane(lane: Lane): void;
	/**
	 * Takes a lane without appends under way back to its first `tokens` tokens, or to fewer where these are no longer known;
	 * resolves to how many it has then.
	 */
	rewindLane(lane: Lane, tokens: number): Promise<number>;
	/** Copies of the caches of a lane that has read something. */
	exportLane(lane: Lane): Promise<CacheArrays>;
	/** Gives a fresh lane what was exported after `tokens` tokens. */
	importLane(lane: Lane, arrays: CacheArrays, tokens: number): Promise<void>;
	stats(): PoolStats;
	/** Rejects what waits, lets threads finish what they run, and ends them. */
	close(): Promise<void>;
}

/** Starts the threads. */
export function createPool(options: PoolOptions): Pool {
	return new ThreadPool(options);
}

class ThreadPool implements Pool {
	readonly #options: PoolOptions;
	readonly #slots: readonly ThreadSlot[];
	readonly #queue: WorkQueue<Job> = createWorkQueue();
	/** Unsettled jobs. */
	readonly #open = new Set<Job>();
	/** Unsettled jobs that a thread works on, with the row it runs. */
	readonly #executing = new Map<Job, Row>();
	readonly #lanes = new Set<Lane>();
	/** Threads that get no work for a moment. */
	readonly #held = new Set<ThreadSlot>();
	/** Long texts begun, per thread. */
	readonly #begun: number[];
	#pendingTokens = 0;
	#msPerToken = 0;
	#numbers = 0;
	#reservedBytes = 0;
	#closing: Promise<void> | undefined;
	readonly #bulk: BulkShare;

	constructor(options: PoolOptions) {
		this.#options = options;
		this.#bulk = createBulkShare(options.threads, () => this.#pump(), options.calmMs);
		this.#begun = Array.from({ length: options.threads }, () => 0);
		this.#slots = this.#begun.map((_, index) =>
			createThreadSlot(options.start, { idle: () => this.#pump(), lost: (dead) => this.#onLost(index, dead) }),
		);
	}

	get started(): Promise<void> {
		return Promise.all(this.#slots.map((slot) => slot.started)).then(() => {});
	}

	async submit(spec: JobSpec, options: CallOptions = {}): Promise<JobOutput> {
		checkCallOptions(options);
		this.#checkOpen();
		for (const lane of [spec.lane, spec.after]) if (lane !== undefined) this.#checkLane(lane);
		this.#checkRoom();
		const { limits } = this.#options;
		const numbered = { ...spec, id: ++this.#numbers, limits };
		const job = createJob(numbered, options, (settled, failed) => this.#onSettled(settled, failed));
		this.#open.add(job);
		if (job.priority >= 0) this.#bulk.noteCall();
		if (job.base !== undefined) job.base.users++;
		this.#pendingTokens += job.tokens;
		if (job.lane !== undefined && job.lane.jobs.push(job) > 1) return job.output;
		this.#queue.add(job);
		this.#pump();
		return job.output;
	}

	openLane(reservation: Reservation, copied?: Lane): Lane {
		this.#checkOpen();
		if (copied !== undefined) this.#checkLane(copied);
		this.#checkSessionLimits(reservation);
		const thread = copied?.thread ?? this.#quietestThread();
		const lane = { thread, state: copied?.state, checkpoints: [], jobs: [], reservation, closed: false };
		if (lane.state !== undefined) lane.state.users++;
		this.#lanes.add(lane);
		this.#reservedBytes += reservation.bytes;
		return lane;
	}

	closeLane(lane: Lane): void {
		if (lane.closed) return;
		lane.closed = true;
		this.#lanes.delete(lane);
		this.#reservedBytes -= lane.reservation.bytes;
		for (const job of [...lane.jobs]) job.reject(closedSession());
		for (const state of lane.checkpoints.splice(0)) this.#release(lane, state);
		this.#release(lane, lane.state);
		lane.state = undefined;
	}

	async rewindLane(lane: Lane, tokens: number): Promise<number> {
		this.#checkLane(lane);
		const { state } = lane;
		if (state === undefined || tokens >= state.tokens) return state?.tokens ?? 0;
		const slot = this.#slots[lane.thread]!;
		const keep = ++this.#numbers;
		const { bytes } = await slot.ask({ kind: "truncate", from: state.id, tokens, keep });
		if (bytes !== undefined) {
			this.#setState(lane, { id: keep, generation: slot.generation, tokens, bytes, users: 1 });
			return tokens;
		}
		while ((lane.checkpoints.at(-1)?.tokens ?? 0) > tokens) this.#release(lane, lane.checkpoints.pop());
		this.#setState(lane, lane.checkpoints.pop());
		return lane.state?.tokens ?? 0;
	}

	async exportLane(lane: Lane): Promise<CacheArrays> {
		this.#checkLane(lane);
		const { state, thread } = lane;
		if (state?.generation !== this.#slots[thread]!.generation) throw lostCaches();
		const { arrays } = await this.#slots[thread]!.ask({ kind: "export", from: state.id });
		return arrays!;
	}

	async importLane(lane: Lane, arrays: CacheArrays, tokens: number): Promise<void> {
		this.#checkLane(lane);
		const slot = this.#slots[lane.thread]!;
		const keep = ++this.#numbers;
		const { bytes } = await slot.ask({ kind: "import", arrays, tokens, keep });
		this.#setState(lane, { id: keep, generation: slot.generation, tokens, bytes: bytes!, users: 1 });
	}

	stats(): PoolStats {
		return {
			queued: this.#open.size - this.#executing.size,
			running: this.#executing.size,
			threads: this.#liveThreads(),
			restarts: this.#slots.reduce((sum, slot) => sum + slot.restarts, 0),
			sessions: this.#lanes.size,
			sessionBytes: this.#reservedBytes,
			waitMs: (this.#pendingTokens * this.#msPerToken) / Math.max(1, this.#liveThreads()),
		};
	}

	close(): Promise<void> {
		this.#bulk.close();
		this.#closing ??= Promise.all(this.#slots.map((slot) => slot.close())).then(() => {});
		for (const job of [...this.#open]) {
			const row = this.#executing.get(job);
			if (row === undefined || row.carry?.last === false) job.reject(closedModel());
		}
		return this.#closing;
	}

	#checkOpen(): void {
		if (this.#closing !== undefined) throw closedModel();
		if (this.#liveThreads() === 0) throw noThreads();
	}

	#checkLane({ closed, thread }: Lane): void {
		if (closed) throw closedSession();
		if (this.#slots[thread]!.status === "dead") throw lostCaches();
	}

	#checkRoom(): void {
		const { queued, waitMs } = this.stats();
		if (queued < this.#options.maxQueue) return;
		const seconds = Math.max(1, Math.ceil(waitMs / 1000));
		throw new SluiceError("overloaded", {
			detail: `${queued} texts wait for the model, which is the limit; try again in about ${seconds} s`,
			retryAfterMs: waitMs,
		});
	}

	#checkSessionLimits({ bytes }: Reservation): void {
		const { maxSessions, maxSessionBytes } = this.#options;
		if (this.#lanes.size >= maxSessions)
			throw new SluiceError("overloaded", {
				detail: `${maxSessions} sessions are open, which is the limit; close some`,
			});
		const room = maxSessionBytes - this.#reservedBytes;
		if (bytes <= room) return;
		const detail = `a session of ${bytes} bytes does not fit in the ${room} of ${maxSessionBytes} that are free; close some, or give maxTokens`;
		throw new SluiceError(bytes > maxSessionBytes ? "invalid_request" : "overloaded", { detail });
	}

	#liveThreads(): number {
		return this.#slots.filter(({ status }) => status !== "dead").length;
	}

	#quietestThread(): number {
		const load = this.#slots.map(({ status }) => (status === "dead" ? Number.POSITIVE_INFINITY : 0));
		for (const { thread } of this.#lanes) load[thread]!++;
		return load.indexOf(Math.min(...load));
	}

	/** Gives work to every free thread. */
	#pump(): void {
		if (this.#closing !== undefined) return;
		for (const [index, slot] of this.#slots.entries()) {
			while (slot.status === "idle" && !this.#held.has(slot)) {
				const jobs = this.#takeJobs(index);
				if (jobs.length === 0) break;
				const ready = jobs.filter((job) => this.#begin(job, index));
				if (ready.length > 0) this.#run(slot, ready);
			}
		}
	}

	/** The next run's jobs: what somebody waits for, else bulk, in short runs while calls come. */
	#takeJobs(index: number): Job[] {
		const { limits } = this.#options;
		const rows = Math.min(limits.rows, Math.ceil(this.#queue.size / this.#liveThreads()));
		const fits = (job: Job): boolean => this.#fits(job, index);
		const awaited = this.#queue.take((job) => job.priority >= 0 && fits(job), { ...limits, rows });
		if (awaited.length > 0 || !this.#bulk.mayRun(index, this.#liveThreads())) return awaited;
		return this.#queue.take(fits, { ...limits, rows, tokens: this.#bulk.runTokens(limits.tokens) });
	}

	#fits(job: Job, index: number): boolean {
		if (job.thread !== undefined) return job.thread === index;
		return !job.carried || this.#begun[index]! < LONG_TEXTS_PER_THREAD;
	}

	/** Whether the job may run on the thread now; settles it if not. */
	#begin(job: Job, index: number): boolean {
		if (job.ran === 0 && job.lane !== undefined) job.base = job.lane.state;
		const state = job.base;
		if (job.isLate()) job.expire();
		else if (job.ran === 0 && state !== undefined && state.generation !== this.#slots[index]!.generation)
			job.reject(lostCaches());
		if (job.settled) return false;
		if (job.ran > 0) return true;
		if (job.carried && job.lane === undefined && job.after === undefined) {
			job.thread = index;
			job.begun = true;
			this.#begun[index]!++;
		}
		return true;
	}

	#run(slot: ThreadSlot, jobs: readonly Job[]): void {
		if (jobs[0]!.priority < 0) this.#bulk.noteRun();
		const alone = jobs.length === 1 && this.#queue.size === 0;
		const rows = jobs.map((job) => this.#nextRow(job, alone));
		for (const [i, job] of jobs.entries()) this.#executing.set(job, rows[i]!);
		const tokens = rows.map(({ ids }) => ids.length);
		const began = performance.now();
		const finish = (outputs: readonly (JobOutput | undefined)[]): void => {
			const run = { rows: tokens.length, tokens: tokens.reduce((sum, n) => sum + n, 0), ms: performance.now() - began };
			this.#measure(run.ms / run.tokens);
			this.#options.onRun?.(run);
			const answers: (() => void)[] = [];
			for (const [i, job] of jobs.entries()) {
				const output = outputs[i];
				if (output === undefined) this.#advance(slot, job, tokens[i]!);
				else if (job.lane === undefined) answers.push(() => job.resolve(output));
				else this.#complete(slot, job, output, rows[i]!.carry?.keep);
			}
			if (jobs.some(({ isStep }) => isStep)) this.#hold(slot);
			this.#giveInTurn(answers);
			this.#pump();
		};
		const fail = (error: unknown): void => {
			for (const job of jobs) job.reject(error);
			this.#pump();
		};
		slot.run(rows).then(finish).catch(fail);
	}

	/** A caller is through with its answer before the next one gets its own: together, each would wait for all. */
	#giveInTurn([first, ...others]: readonly (() => void)[]): void {
		first?.();
		for (const give of others) setImmediate(give);
		if (others.length > 0) setImmediate(() => this.#pump()); // bulk goes on when nobody waits any more
	}

	/**
	 * Leaves a thread without work until callers have taken their answers: streams whose steps have just run go on with the
	 * next ones then, and all that wait share a run. Otherwise the first to go on would leave with those that waited before,
	 * and streams would fall into groups that take turns.
	 */
	#hold(slot: ThreadSlot): void {
		this.#held.add(slot);
		setImmediate(() => {
			this.#held.delete(slot);
			this.#pump();
		});
	}

	/** The job's next part, in arrays that may change threads. */
	#nextRow(job: Job, alone: boolean): Row {
		const { id, ids, positions, ran, tokens, base, carried, lane, wanted } = job;
		const start = base?.tokens ?? 0;
		const { limits } = this.#options;
		const most = alone ? limits.partTokens(start + ran) : limits.sharedTokens;
		const isShort = !carried || (!limits.ragged && tokens <= limits.wholeTokens);
		const end = isShort ? tokens : ran + partLength(tokens - ran, most, limits);
		const whole = ran === 0 && end === tokens;
		const part = (all: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => (whole ? all : all.slice(ran, end));
		const row = { ids: part(ids), positions: positions && part(positions), start: start + ran };
		if (!carried) return { ...row, wanted };
		const last = end === tokens;
		const keep = lane !== undefined && last ? ++this.#numbers : undefined;
		const from = ran === 0 ? base?.id : undefined;
		return { ...row, wanted: last ? wanted : duringText(wanted), carry: { job: id, from, keep, last } };
	}

	/** After a row that is not the job's last: it waits for its next one, behind what came meanwhile. */
	#advance(slot: ThreadSlot, job: Job, tokens: number): void {
		if (job.settled) {
			slot.forget({ job: job.id });
			return;
		}
		this.#executing.delete(job);
		this.#pendingTokens -= tokens;
		job.ran += tokens;
		this.#queue.add(job);
	}

	/** After a job's last row. The state of an append that is no longer wanted is dropped. */
	#complete(slot: ThreadSlot, job: Job, output: JobOutput, keep: number | undefined): void {
		const { lane } = job;
		if (keep !== undefined && lane !== undefined) {
			if (job.settled) {
				slot.forget({ state: keep });
				return;
			}
			const tokens = (job.base?.tokens ?? 0) + job.tokens;
			const state = { id: keep, generation: slot.generation, tokens, bytes: output.stateBytes ?? 0, users: 1 };
			this.#remember(lane);
			this.#setState(lane, state);
		}
		job.resolve(output);
	}

	#onSettled(job: Job, failed: boolean): void {
		const executing = this.#executing.delete(job);
		this.#open.delete(job);
		if (job.priority >= 0) this.#bulk.noteAnswer();
		this.#pendingTokens -= job.tokens - job.ran;
		if (job.lane === undefined && job.begun) this.#begun[job.thread!]!--;
		if (job.after !== undefined) this.#release(job.after, job.base);
		if (failed && !executing) {
			this.#queue.remove(job);
			if (job.ran > 0) this.#slots[job.thread!]!.forget({ job: job.id });
		}
		const jobs = job.lane?.jobs;
		const place = jobs?.indexOf(job) ?? -1;
		if (jobs === undefined || place < 0) return;
		jobs.splice(place, 1);
		if (place === 0 && jobs[0] !== undefined) this.#queue.add(jobs[0]);
	}

	#onLost(index: number, dead: boolean): void {
		for (const job of [...this.#open]) {
			if (this.#liveThreads() === 0) job.reject(noThreads());
			else if (job.thread === index && !this.#executing.has(job) && (job.ran > 0 || dead)) job.reject(lostCaches());
		}
		this.#pump();
	}

	/** Keeps the lane's state as a checkpoint, if it keeps any. */
	#remember({ state, checkpoints, reservation, ...lane }: Lane): void {
		if (state === undefined || reservation.checkpoints === 0) return;
		state.users++;
		checkpoints.push(state);
		if (checkpoints.length > reservation.checkpoints) this.#release(lane, checkpoints.shift());
	}

	#setState(lane: Lane, state: KeptState | undefined): void {
		this.#release(lane, lane.state);
		lane.state = state;
	}

	#release({ thread }: Pick<Lane, "thread">, state: KeptState | undefined): void {
		if (state === undefined || --state.users > 0) return;
		const slot = this.#slots[thread]!;
		if (slot.generation === state.generation) slot.forget({ state: state.id });
	}

	#measure(msPerToken: number): void {
		this.#msPerToken += (msPerToken - this.#msPerToken) * (this.#msPerToken === 0 ? 1 : 0.1);
	}
}

/** What a part of a text before its last one gives: what is wanted of all tokens. */
function duringText({ logits, hidden, heads }: Wanted): Wanted {
	return {
		logits: logits === "all" ? logits : undefined,
		hidden: hidden?.of === "all" ? hidden : undefined,
		heads,
	};
}

function closedModel(): SluiceError {
	return new SluiceError("inference_failed", { detail: "the model was closed before this call was done" });
}

function closedSession(): SluiceError {
	return new SluiceError("invalid_request", { detail: "the session is closed" });
}

function noThreads(): SluiceError {
	return new SluiceError("inference_failed", {
		detail: "every inference thread has ended too often to be started again",
	});
}

function lostCaches(): SluiceError {
	return new SluiceError("inference_failed", {
		detail: "the inference thread ended, and what this text had read with it",
	});
}
