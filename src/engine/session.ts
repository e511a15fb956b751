/**
 * A session over a lane of the pool: counts tokens against the limit, keeps the ids read, puts calls in order.
 */
import { SluiceError } from "../errors.ts";
import type { CallOptions, ModelIdentity } from "../types.ts";
import type { GenerateOptions, TokenStream } from "./generation.ts";
import type { Lane, Reservation } from "./job.ts";
import type { AppendOptions, AppendResult, ForkOptions, Session } from "./model.ts";
import type { Pool } from "./pool.ts";
import type { JobOutput, Wanted } from "./protocol.ts";
import { parseSamplingOptions, type SamplingPlan } from "./sampling.ts";
import { toSessionFile } from "./session-file.ts";
import { toTokenIds } from "./token-ids.ts";
import { createTokenStream } from "./token-stream.ts";

/** What a session needs of its model. */
export interface SessionContext {
	readonly pool: Pool;
	readonly identity: ModelIdentity;
	readonly vocabSize: number;
	readonly headRows: number;
	readonly layers: number;
	/** Throws `text_too_long` where a text exceeds the model's context. */
	checkContext(tokens: number): void;
	/** Throws `text_too_long` where a call would return too many numbers. */
	checkOutputs(tokens: number, wanted: Wanted): void;
	/** Bytes of the caches before the first id. */
	readonly freshBytes: number;
	/** What a session of so many tokens sets aside. Throws `invalid_request` where the model allows none so long. */
	reserve(maxTokens: number, checkpoints: number): Reservation;
}

/** What is a session's own. */
export interface SessionParts {
	readonly lane: Lane;
	readonly outputs: "logits" | "heads";
	readonly maxTokens: number;
	/** Ids read before. */
	readonly ids: readonly number[];
	/** See {@link SessionOptions}. */
	readonly keepsIds: boolean;
}

/** A session; the lane is its own. Its methods may be passed around on their own. */
export function createSession(context: SessionContext, parts: SessionParts): Session {
	const session = new LaneSession(context, parts);
	return {
		append: (ids, options) => session.append(ids, options),
		generate: (ids, options) => session.generate(ids, options),
		score: (ids, tokens, options) => session.score(ids, tokens, options),
		heads: (ids, options) => session.heads(ids, options),
		fork: (options) => session.fork(options),
		rollback: (tokens) => session.rollback(tokens),
		serialize: () => session.serialize(),
		get stateBytes() {
			return session.stateBytes;
		},
		get length() {
			return session.length;
		},
		close: () => session.close(),
	};
}

class LaneSession implements Session {
	readonly #context: SessionContext;
	readonly #parts: SessionParts;
	readonly #ids: number[];
	/** Tokens when all appends called so far succeed. */
	#planned: number;
	/** Calls under way, and those among them that appends must wait for. */
	#calls = 0;
	#turns = 0;
	/** The calls so far; never rejects. */
	#last: Promise<unknown> = Promise.resolve();

	constructor(context: SessionContext, parts: SessionParts) {
		this.#context = context;
		this.#parts = parts;
		this.#ids = [...parts.ids];
		this.#planned = parts.lane.state?.tokens ?? this.#ids.length;
	}

	async append(given: ArrayLike<number>, options: AppendOptions = {}): Promise<AppendResult> {
		const { logits = this.#parts.outputs === "heads" ? "none" : "all", hidden = false, ...call } = options;
		const { layers } = this.#context;
		const wanted: Wanted = {
			logits: logits === "none" ? undefined : logits,
			heads: this.#parts.outputs === "heads",
			hidden: hidden ? { layers: Array.from({ length: layers + 1 }, (_, layer) => layer), of: "all" } : undefined,
		};
		const output = await this.#read(given, wanted, call);
		return {
			...(output.logits && { logits: output.logits }),
			...(output.heads && { heads: output.heads }),
			...(output.hidden && { hidden: output.hidden }),
		};
	}

	generate(given: ArrayLike<number>, options: GenerateOptions): TokenStream {
		this.#checkIds();
		const { maxTokens, stopTokens = [], hiddenLayer, deadlineMs, signal, priority, ...rest } = options;
		const { firstIndex = 0, forbid, ...sampling } = rest;
		const { vocabSize, layers } = this.#context;
		const plan = parseSamplingOptions(sampling, vocabSize);
		checkGenerateOptions({ maxTokens, hiddenLayer, firstIndex }, layers);
		return createTokenStream({
			maxTokens,
			firstIndex,
			stopTokens,
			seed: plan.seed,
			draw: async (index, previous, leave) => {
				const ids = previous === undefined ? given : [previous];
				const wanted: Wanted = {
					sample: { plan, index, history: this.#history(plan, ids), forbid: forbid?.get(index) },
					hidden: hiddenLayer === undefined ? undefined : { layers: [hiddenLayer], of: "last" },
				};
				const call = { deadlineMs, priority, signal: signal ? AbortSignal.any([signal, leave]) : leave };
				const { sampled, hidden } = await this.#read(ids, wanted, call);
				return { ...sampled!, ...(hidden && { hidden: hidden[0]! }) };
			},
			hasRoom: () => this.#planned < this.#parts.maxTokens,
		});
	}

	async score(given: ArrayLike<number>, tokens: ArrayLike<number>, options?: CallOptions): Promise<Float32Array> {
		const { pool, vocabSize } = this.#context;
		const ids = toTokenIds(given, vocabSize);
		const scores = toTokenIds(tokens, vocabSize, "tokens");
		if (this.#calls > 0) await this.#last;
		this.#context.checkContext(this.#planned + ids.length);
		return (await pool.submit({ wanted: { scores }, ids, after: this.#parts.lane }, options)).scores!;
	}

	async heads(given: ArrayLike<number>, options?: CallOptions): Promise<Float32Array> {
		const { pool, vocabSize, checkOutputs } = this.#context;
		const ids = toTokenIds(given, vocabSize);
		const wanted: Wanted = { heads: true };
		checkOutputs(ids.length, wanted);
		if (this.#calls > 0) await this.#last;
		this.#context.checkContext(this.#planned + ids.length);
		return (await pool.submit({ wanted, ids, after: this.#parts.lane }, options)).heads!;
	}

	async fork({ maxTokens = this.#parts.maxTokens }: ForkOptions = {}): Promise<Session> {
		return this.#inTurn(async () => {
			const { lane } = this.#parts;
			const reservation = this.#context.reserve(Math.max(maxTokens, this.length), lane.reservation.checkpoints);
			const copy = this.#context.pool.openLane(reservation, lane);
			return createSession(this.#context, { ...this.#parts, lane: copy, maxTokens, ids: this.#ids });
		});
	}

	async rollback(tokens: number): Promise<void> {
		this.#checkIds();
		if (!Number.isInteger(tokens) || tokens < 0 || tokens > this.#planned) {
			const detail = `tokens must be a whole number from 0 to ${this.#planned}, the length of the session`;
			throw new SluiceError("invalid_request", { detail, pointer: "/tokens" });
		}
		await this.#inTurn(async () => {
			const { lane } = this.#parts;
			const target = this.#ids.length - tokens;
			const known = await this.#context.pool.rewindLane(lane, target);
			const again = Int32Array.from(this.#ids.slice(known, target));
			this.#ids.length = target;
			this.#planned = target;
			if (again.length > 0) await this.#context.pool.submit({ ids: again, lane, wanted: {} });
		});
	}

	async serialize(): Promise<Uint8Array> {
		this.#checkIds();
		return this.#inTurn(async () => {
			const { lane, outputs } = this.#parts;
			const arrays = lane.state === undefined ? {} : await this.#context.pool.exportLane(lane);
			return toSessionFile({ model: this.#context.identity.hash, outputs, ids: this.#ids, arrays });
		});
	}

	get stateBytes(): number {
		return this.#parts.lane.state?.bytes ?? this.#context.freshBytes;
	}

	get length(): number {
		return this.#parts.lane.state?.tokens ?? 0;
	}

	async close(): Promise<void> {
		this.#context.pool.closeLane(this.#parts.lane);
	}

	async #read(given: ArrayLike<number>, wanted: Wanted, options?: CallOptions): Promise<JobOutput> {
		const { pool, vocabSize, checkOutputs } = this.#context;
		const { lane } = this.#parts;
		const ids = toTokenIds(given, vocabSize);
		checkOutputs(ids.length, wanted);
		if (this.#turns > 0) await this.#last;
		this.#checkRoom(ids.length);
		this.#planned += ids.length;
		const kept = [...ids]; // the job's array changes threads
		const reading = pool.submit({ wanted, ids, lane }, options).then(
			(output) => {
				if (this.#parts.keepsIds) for (const id of kept) this.#ids.push(id);
				return output;
			},
			(error: unknown) => {
				this.#planned -= kept.length;
				throw error;
			},
		);
		this.#follow(reading);
		return reading;
	}

	#checkIds(): void {
		if (this.#parts.keepsIds) return;
		throw new SluiceError("invalid_request", { detail: "the session keeps no ids; it can be appended to and forked" });
	}

	#checkRoom(tokens: number): void {
		const { maxTokens } = this.#parts;
		if (this.#planned + tokens <= maxTokens) return;
		const detail = `${this.#planned} ids and ${tokens} more exceed the session's ${maxTokens}`;
		throw new SluiceError("text_too_long", { detail, pointer: "/ids" });
	}

	/** All ids up to and with those now read, for a plan that looks at them. */
	#history(plan: SamplingPlan, ids: ArrayLike<number>): Int32Array {
		return plan.repetitionPenalty === 1 ? new Int32Array() : Int32Array.from([...this.#ids, ...Array.from(ids)]);
	}

	/** Runs after the calls made so far and before those made from now on. */
	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		this.#turns++;
		const result = this.#last.then(work).finally(() => this.#turns--);
		this.#follow(result);
		return result;
	}

	#follow(call: Promise<unknown>): void {
		const before = this.#last;
		this.#calls++;
		// its value must not be kept: it would hold the one before, and with it all results so far
		this.#last = Promise.allSettled([before, call]).then(() => {
			this.#calls--;
		});
	}
}

/** Throws `invalid_request` naming the option that does not fit; sampling is checked by its own parser. */
export function checkGenerateOptions(
	{ maxTokens, hiddenLayer, firstIndex = 0 }: Pick<GenerateOptions, "maxTokens" | "hiddenLayer" | "firstIndex">,
	layers: number,
): void {
	if (!Number.isInteger(maxTokens) || maxTokens < 1)
		throw new SluiceError("invalid_request", {
			detail: "maxTokens must be a whole number from 1",
			pointer: "/maxTokens",
		});
	if (!Number.isSafeInteger(firstIndex) || firstIndex < 0)
		throw new SluiceError("invalid_request", {
			detail: "firstIndex must be a whole number from 0",
			pointer: "/firstIndex",
		});
	if (hiddenLayer === undefined || (Number.isInteger(hiddenLayer) && hiddenLayer >= 0 && hiddenLayer <= layers)) return;
	const detail = `hiddenLayer must be a whole number from 0 to ${layers}`;
	throw new SluiceError("invalid_request", { detail, pointer: "/hiddenLayer" });
}
