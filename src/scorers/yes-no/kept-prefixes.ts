/**
 * States of the model after beginnings that prompts share, kept across calls within a bound of bytes, least recently used
 * first to go. A beginning that several calls want at once is read once; one that continues a kept one is read from there
 * on. Keyed by token ids; knows no text.
 */
import type { Model, Session } from "../../engine/index.ts";
import { isSluiceError } from "../../errors.ts";
import type { CallOptions } from "../../types.ts";
import { waitFor } from "./calls.ts";
import { sharedTokens, WORTHWHILE_TOKENS } from "./prefix-plan.ts";

/** The part of a model that states need. */
export type PrefixModel = Pick<Model, "session" | "sessionBytes">;

/** A state in use; it is not changed or closed before `release`, which must be called once. */
export interface BorrowedPrefix {
	readonly session: Pick<Session, "score">;
	/** Ids that the session has read. */
	readonly tokens: number;
	/** Whether an earlier call had read it. */
	readonly isReused: boolean;
	release(): void;
	/** Lets nobody else borrow it. */
	discard(): void;
}

/** The states. */
export interface KeptPrefixes {
	/**
	 * The state after `ids`, read now where it is not there. Rejects as the engine's calls do; the reading itself goes on as
	 * long as any caller waits for it.
	 */
	borrow(ids: Int32Array, call: CallOptions): Promise<BorrowedPrefix>;
	/** The longest state that `ids` go on from, if one is there. */
	find(ids: Int32Array): BorrowedPrefix | undefined;
	/** States and the bytes set aside for them, those in use included. */
	stats(): { readonly states: number; readonly bytes: number };
	/** Closes all that are not in use, the others when they are released; keeps none from then on. */
	close(): void;
}

/** A state that differs from what continues it in so few last ids is taken back and moved on rather than copied. */
const TAIL_TOKENS = 48;

interface Entry {
	readonly ids: Int32Array;
	/** Set aside in the engine. */
	readonly bytes: number;
	readonly stop: AbortController;
	ready: Promise<Session>;
	/** Once it is ready. */
	session: Session | undefined;
	users: number;
}

/** A state to go on from, and how many of its first ids are the same. */
interface Base {
	readonly entry: Entry;
	readonly shared: number;
}

/** States on `model` that come to at most `maxBytes` while none of them is in use. */
export function createKeptPrefixes(model: PrefixModel, maxBytes: number): KeptPrefixes {
	return new PrefixStates(model, maxBytes);
}

class PrefixStates implements KeptPrefixes {
	readonly #model: PrefixModel;
	#maxBytes: number;
	/** Least recently used first. Those taken out are closed by whoever uses them last. */
	#entries: Entry[] = [];

	constructor(model: PrefixModel, maxBytes: number) {
		this.#model = model;
		this.#maxBytes = maxBytes;
	}

	async borrow(ids: Int32Array, call: CallOptions): Promise<BorrowedPrefix> {
		const known = this.#entries.find((entry) => isSame(entry.ids, ids));
		const entry = known ?? this.#read(ids, call);
		entry.users++;
		this.#touch(entry);
		try {
			const session = await waitFor(entry.ready, call);
			return this.#lend(entry, session, known !== undefined);
		} catch (error) {
			this.#leave(entry);
			throw error;
		}
	}

	find(ids: Int32Array): BorrowedPrefix | undefined {
		const begins = ({ ids: known, session }: Entry): boolean =>
			session !== undefined && known.length < ids.length && sharedTokens(known, ids) === known.length;
		const longest = this.#entries
			.filter(begins)
			.reduce<Entry | undefined>((a, b) => (a !== undefined && a.ids.length > b.ids.length ? a : b), undefined);
		if (longest === undefined) return undefined;
		longest.users++;
		this.#touch(longest);
		return this.#lend(longest, longest.session!, true);
	}

	stats(): { readonly states: number; readonly bytes: number } {
		return { states: this.#entries.length, bytes: this.#bytes() };
	}

	close(): void {
		this.#maxBytes = 0;
		for (const entry of [...this.#entries]) this.#drop(entry);
	}

	#lend(entry: Entry, session: Session, isReused: boolean): BorrowedPrefix {
		let isOut = true;
		return {
			session,
			tokens: entry.ids.length,
			isReused,
			release: () => {
				if (isOut) this.#leave(entry);
				isOut = false;
			},
			discard: () => this.#drop(entry),
		};
	}

	/** Begins to read `ids`, from the best state there is. */
	#read(ids: Int32Array, { priority }: CallOptions): Entry {
		const stop = new AbortController();
		const base = this.#closest(ids);
		if (base !== undefined) base.entry.users++;
		const bytes = this.#model.sessionBytes(Math.max(ids.length, base?.entry.ids.length ?? 0));
		if (bytes <= this.#maxBytes) this.#trim(this.#maxBytes - bytes);
		const call = { priority, signal: stop.signal };
		const ready = this.#open(ids, base, call);
		const entry: Entry = { ids, bytes, stop, ready, session: undefined, users: 0 };
		this.#entries.push(entry);
		ready.then(
			(session) => {
				entry.session = session;
				if (entry.users === 0) this.#settle(entry);
			},
			() => this.#remove(entry),
		);
		return entry;
	}

	/** The state that shares most of its beginning with `ids`, and how much. */
	#closest(ids: Int32Array): Base | undefined {
		let best: Base | undefined;
		for (const entry of this.#entries) {
			const shared = sharedTokens(entry.ids, ids);
			const isUsable = entry.session !== undefined || shared === entry.ids.length;
			if (isUsable && shared >= WORTHWHILE_TOKENS && shared > (best?.shared ?? 0)) best = { entry, shared };
		}
		return best;
	}

	/** A session that has read `ids`: from the base on, or from the beginning where the base turns out to be gone. */
	async #open(ids: Int32Array, base: Base | undefined, call: CallOptions): Promise<Session> {
		if (base !== undefined) {
			const session = await this.#continue(base, ids, call);
			if (session !== undefined) return session;
		}
		return readRest(await this.#fresh(ids.length), ids, call);
	}

	async #continue({ entry, shared }: Base, ids: Int32Array, call: CallOptions): Promise<Session | undefined> {
		let session: Session | undefined;
		try {
			const source = await entry.ready;
			session = await source.fork({ maxTokens: Math.max(ids.length, source.length) });
			const rest = source.length - shared;
			const isMoved = entry.users === 1 && rest > 0 && rest <= TAIL_TOKENS && this.#entries.includes(entry);
			if (isMoved) this.#remove(entry);
		} catch {
			return undefined; // no room for a copy, or nothing to copy
		} finally {
			this.#leave(entry);
		}
		try {
			await session.rollback(session.length - shared);
			return await readRest(session, ids, call);
		} catch (error) {
			await session.close();
			if (!isSluiceError(error) || error.code !== "inference_failed") throw error;
			this.#drop(entry);
			return undefined;
		}
	}

	/** A session of its own; where the engine has no room, states that nobody uses make some. */
	async #fresh(maxTokens: number): Promise<Session> {
		try {
			return await this.#model.session({ maxTokens });
		} catch (error) {
			if (!isSluiceError(error) || error.code !== "overloaded" || !this.#trim(0)) throw error;
			return this.#model.session({ maxTokens });
		}
	}

	#leave(entry: Entry): void {
		entry.users--;
		if (entry.users > 0) return;
		if (entry.session !== undefined) this.#settle(entry);
		else {
			this.#remove(entry);
			entry.stop.abort();
		}
	}

	/** Keeps an unused state, or closes it where there is no room. */
	#settle(entry: Entry): void {
		if (!this.#entries.includes(entry) || entry.bytes > this.#maxBytes) this.#drop(entry);
		this.#trim(this.#maxBytes);
	}

	/** Closes unused states, the least recently used first, until the others come to `bytes`; whether there were any. */
	#trim(bytes: number): boolean {
		let closed = false;
		for (const entry of [...this.#entries]) {
			if (this.#bytes() <= bytes) break;
			if (entry.users > 0 || entry.session === undefined) continue;
			this.#drop(entry);
			closed = true;
		}
		return closed;
	}

	#touch(entry: Entry): void {
		if (!this.#entries.includes(entry)) return;
		this.#remove(entry);
		this.#entries.push(entry);
	}

	/** Takes a state out, and closes it unless it is in use: then its last user does. */
	#drop(entry: Entry): void {
		this.#remove(entry);
		if (entry.users === 0) void entry.session?.close();
	}

	#remove(entry: Entry): void {
		this.#entries = this.#entries.filter((other) => other !== entry);
	}

	#bytes(): number {
		return this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
	}
}

/** Reads what the session has not read of `ids`; closes it where that fails. */
async function readRest(session: Session, ids: Int32Array, call: CallOptions): Promise<Session> {
	try {
		if (session.length < ids.length) await session.append(ids.subarray(session.length), { ...call, logits: "none" });
		return session;
	} catch (error) {
		await session.close();
		throw error;
	}
}

function isSame(a: Int32Array, b: Int32Array): boolean {
	return a.length === b.length && sharedTokens(a, b) === a.length;
}
