/**
 * The policies of a running process: what it judges by, and how that changes. A change is read whole, checked, and used as a
 * whole or not at all; what was used before goes on where it is not. Knows neither moderators nor HTTP: `use` does.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type PolicyFile, toPolicyFile } from "./policy-file.ts";
import { type PolicySet, readPolicySet, withPolicy } from "./policy-set.ts";
import { openVersions, type PolicyVersion } from "./versions.ts";

/** Longest id of a policy that is written here; it is a file's name. */
const LONGEST_ID = 64;

/** What is to be there before a policy is written; see RFC 9110 on If-Match and If-None-Match. */
export interface Precondition {
	/** Hashes of which the present text must have one; `*` is any text. */
	readonly match?: readonly string[] | undefined;
	/** There must be no such policy yet. */
	readonly isNew?: boolean | undefined;
}

/** A policy as it is now. */
export interface LivePolicy {
	readonly file: PolicyFile;
	readonly version: number;
	/** Whether texts are judged by it already; a fleet's gateway waits for workers with the same. */
	readonly active: boolean;
}

/** See the header. */
export interface LivePolicies {
	/** What is judged by. */
	readonly current: PolicySet;
	/** What was last found valid: what is judged by, or will be. */
	readonly newest: PolicySet;
	/** Reads the directory; resolves, true where its policies are the ones judged by, when that is decided. */
	reload(reason: "watch" | "signal"): Promise<boolean>;
	/** Throws `not_found`. */
	policy(id: string): Promise<LivePolicy>;
	/** Newest first. Throws `not_found`. */
	versions(id: string): Promise<readonly PolicyVersion[]>;
	/**
	 * Writes a policy and uses it. Throws `invalid_request` for one that cannot be used, `precondition_required`,
	 * `precondition_failed`, and `not_configured` where the directory cannot be written.
	 */
	put(id: string, text: string, condition: Precondition): Promise<LivePolicy>;
	/** Writes an earlier text again, as a new version. Throws `not_found` and what `put` throws. */
	rollback(id: string, version: number, condition: Precondition): Promise<LivePolicy>;
	/** Takes no further change. */
	close(): Promise<void>;
}

/** What live policies need. */
export interface LivePoliciesParts {
	readonly directory: string;
	readonly initial: PolicySet;
	/** Throws where texts cannot be judged by the set. */
	check(set: PolicySet): Promise<void>;
	/** Judges by the set from now on; resolves when it does. Rejects where it cannot, or the signal aborts, and changes nothing. */
	use(set: PolicySet, signal: AbortSignal): Promise<void>;
	readonly log: Log;
	/** Hears of every change that was tried. */
	readonly onReload?: ((outcome: "ok" | "failed") => void) | undefined;
	/** How long a write waits until its policy is judged by; default 2000. */
	readonly patienceMs?: number | undefined;
}

interface Change {
	readonly set: PolicySet;
	readonly leave: AbortController;
	readonly done: Promise<boolean>;
}

/** See the header. */
export function createLivePolicies(parts: LivePoliciesParts): LivePolicies {
	return new Live(parts);
}

class Live implements LivePolicies {
	readonly #parts: LivePoliciesParts;
	readonly #versions: ReturnType<typeof openVersions>;
	#current: PolicySet;
	#change: Change | undefined;
	#turn: Promise<unknown> = Promise.resolve();
	#complaint: string | undefined;
	#isClosed = false;

	constructor(parts: LivePoliciesParts) {
		this.#parts = parts;
		this.#current = parts.initial;
		this.#versions = openVersions(parts.directory);
	}

	get current(): PolicySet {
		return this.#current;
	}

	get newest(): PolicySet {
		return this.#change?.set ?? this.#current;
	}

	async reload(reason: "watch" | "signal"): Promise<boolean> {
		try {
			const { done } = await this.#next(async () => {
				const set = await readPolicySet(this.#parts.directory);
				if (set.hash === this.newest.hash) return { done: this.#change?.done ?? true };
				await this.#parts.check(set);
				return { done: this.#begin(set) };
			});
			const isUsed = await done; // others need not wait for their turn until then
			if (isUsed) this.#complaint = undefined;
			return isUsed;
		} catch (error) {
			if (this.#isClosed) return false;
			this.#complain(error, reason);
			return false;
		}
	}

	async policy(id: string): Promise<LivePolicy> {
		const file = this.newest.files.get(id);
		if (file === undefined) throw unknownPolicy();
		const [{ version }] = (await this.#versions.list(id, file.hash)) as [PolicyVersion];
		return { file, version, active: this.#isActive(file) };
	}

	async versions(id: string): Promise<readonly PolicyVersion[]> {
		const file = this.newest.files.get(id);
		if (file === undefined) throw unknownPolicy();
		return this.#versions.list(id, file.hash);
	}

	put(id: string, text: string, condition: Precondition): Promise<LivePolicy> {
		return this.#write(id, async () => text, condition);
	}

	rollback(id: string, version: number, condition: Precondition): Promise<LivePolicy> {
		const earlier = async (): Promise<string> => {
			const text = await this.#versions.read(id, version);
			if (text !== undefined) return text;
			throw new SluiceError("not_found", { detail: "the policy has no such version", pointer: "/version" });
		};
		return this.#write(id, earlier, condition);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		this.#change?.leave.abort();
		await this.#turn;
		await this.#change?.done;
	}

	async #write(id: string, toText: () => Promise<string>, condition: Precondition): Promise<LivePolicy> {
		if (!/^[a-z][a-z0-9-]*$/.test(id) || id.length > LONGEST_ID) throw unknownPolicy();
		const { file, done } = await this.#next(async () => {
			const before = await readPolicySet(this.#parts.directory);
			const old = before.files.get(id);
			checkCondition(old, condition);
			const file = toSentFile(await toText(), id);
			const set = withPolicy(before, file);
			await this.#parts.check(set).catch(toRefusal);
			if (old !== undefined) await this.#touching(() => this.#versions.keep(id, old.text));
			await this.#touching(() => this.#versions.keep(id, file.text));
			await this.#touching(() => replaceFile(this.#parts.directory, `${id}.yaml`, file.text));
			this.#parts.log.info({ policy: id, hash: file.hash, before: old?.hash }, "a policy was written");
			return { file, done: this.#begin(set) };
		});
		await within(this.#parts.patienceMs ?? 2000, done);
		const { version } = (await this.#versions.list(id, file.hash))[0]!;
		return { file, version, active: this.#isActive(file) };
	}

	/** Starts to use a set; in its turn only. */
	#begin(set: PolicySet): Promise<boolean> {
		this.#change?.leave.abort();
		const { log, use, onReload } = this.#parts;
		const leave = new AbortController();
		const begun = set.hash === this.#current.hash ? Promise.resolve() : use(set, leave.signal);
		const done = begun.then(
			() => {
				this.#current = set;
				if (this.#change === change) this.#change = undefined;
				log.info({ policies: set.policies.length, hash: set.hash }, "policies changed");
				onReload?.("ok");
				return true;
			},
			(error: unknown) => {
				if (this.#change === change) this.#change = undefined;
				if (!leave.signal.aborted) this.#complain(error, "signal");
				return false;
			},
		);
		const change: Change = { set, leave, done };
		this.#change = change;
		return done;
	}

	/** Says once what is wrong, and again where a person asked. */
	#complain(error: unknown, reason: "watch" | "signal"): void {
		const detail = isSluiceError(error) ? error.detail : error instanceof Error ? error.name : typeof error;
		const isKnown = detail === this.#complaint && reason === "watch";
		this.#complaint = detail;
		if (isKnown) return;
		this.#parts.onReload?.("failed");
		this.#parts.log.error({ reason: detail }, "the policies cannot be used; those from before stay");
	}

	/** One change is decided on at a time. */
	#next<T>(work: () => Promise<T>): Promise<T> {
		const mine = this.#turn.then(() => {
			if (this.#isClosed) throw new SluiceError("not_ready", { detail: "this process is about to stop" });
			return work();
		});
		this.#turn = mine.catch(() => {});
		return mine;
	}

	async #touching<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (cause) {
			if (isSluiceError(cause)) throw cause;
			const code = (cause as NodeJS.ErrnoException).code ?? "";
			if (code === "ENOSPC") throw new SluiceError("storage_full", { detail: "the disk has no room for it", cause });
			const detail = "the policy directory cannot be written by this process; change the files where they come from";
			throw new SluiceError("not_configured", { detail, cause });
		}
	}

	#isActive({ policy, hash }: PolicyFile): boolean {
		return this.#current.files.get(policy.id)?.hash === hash;
	}
}

function unknownPolicy(): SluiceError {
	return new SluiceError("not_found", { detail: "there is no such policy; GET /v1/policies lists them" });
}

function checkCondition(old: PolicyFile | undefined, { match, isNew }: Precondition): void {
	const changed = (detail: string): SluiceError => new SluiceError("precondition_failed", { detail });
	if (isNew && old !== undefined) throw changed("there is such a policy already");
	if (match === undefined) {
		if (old === undefined || isNew) return;
		throw new SluiceError("precondition_required", {
			detail: "send If-Match with the ETag of the policy that this one replaces, so that no other change is lost",
		});
	}
	if (old === undefined || !(match.includes("*") || match.includes(old.hash)))
		throw changed("the policy is not the one named by If-Match any more; read it again");
}

/** A file that came with a request: what is wrong with it is the sender's. */
function toSentFile(text: string, id: string): PolicyFile {
	try {
		return toPolicyFile(text, `${id}.yaml`);
	} catch (error) {
		return toRefusal(error);
	}
}

function toRefusal(error: unknown): never {
	if (!isSluiceError(error) || error.code !== "invalid_policy") throw error;
	throw new SluiceError("invalid_request", { detail: error.detail, pointer: error.pointer, cause: error });
}

/** The file is the old one or the new one, whole, also where the power goes. */
async function replaceFile(directory: string, name: string, text: string): Promise<void> {
	const target = join(directory, name);
	const draft = join(directory, `.${name}.${process.pid}.tmp`);
	let handle: FileHandle | undefined;
	try {
		handle = await open(draft, "w");
		await handle.writeFile(text);
		await handle.sync();
		await handle.close();
		await rename(draft, target);
	} catch (error) {
		await handle?.close().catch(() => {});
		await rm(draft, { force: true });
		throw error;
	}
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([done, late]);
	clearTimeout(timer);
}
