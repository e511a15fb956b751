/**
 * The decision log of one process: records in, chained lines on disk. Appending is quick and never waits; what does not fit the
 * queue is counted, and the log itself says how many records are missing. Old files are deleted whole.
 */
import { mkdir, rm } from "node:fs/promises";
import { isSluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { claimFolder } from "../store/index.ts";
import { formatAnchor, writeAnchor } from "./anchor.ts";
import { type Link, sealLine } from "./chain.ts";
import { createGroupWriter, type GroupWriter } from "./group-writer.ts";
import { listLogFiles, toFileName, toLogPath } from "./log-files.ts";
import { type LogState, readFileHead, recoverLog } from "./log-state.ts";
import type { AuditRecord, LogRecord } from "./record.ts";

/** Limits of a log, all with defaults. Times in ms. */
export interface AuditLogOptions {
	readonly log: Log;
	/** How long records are kept; for ever where left out. */
	readonly keepMs?: number | undefined;
	/** Records that wait for the disk at most, and their length in characters. */
	readonly maxPending?: number | undefined;
	readonly maxPendingCharacters?: number | undefined;
	/** Length of a file from which on the next record begins another, in characters. */
	readonly fileCharacters?: number | undefined;
	/** Age of a file from which on the next record begins another. */
	readonly fileMs?: number | undefined;
	readonly gatherMs?: number | undefined;
	readonly retryMs?: number | undefined;
	/** How often the anchor is written beside the log, and to the service's log. */
	readonly anchorMs?: number | undefined;
	readonly announceMs?: number | undefined;
	/** Ms since 1970. */
	readonly now?: (() => number) | undefined;
}

/** See the header. */
export interface AuditLog {
	/** Whether the record will be written; false where too many wait. */
	append(record: AuditRecord): boolean;
	/** Whether records cannot be written at present. */
	readonly isFailing: boolean;
	/** Records that wait for the disk. */
	readonly pending: number;
	/** Records since the start that could not be taken. */
	readonly dropped: number;
	/** The last record taken. */
	readonly last: Link;
	/** Resolves when all records so far are on disk. */
	flush(): Promise<void>;
	/** Deletes files whose records are all too old; gives their number. */
	prune(): Promise<number>;
	close(): Promise<void>;
}

const DAY_MS = 86_400_000;
const SWEEP_MS = 600_000;

/** Opens or begins the log of a directory. Throws `invalid_config` where another process writes it, or its end is damaged. */
export async function openAuditLog(dir: string, options: AuditLogOptions): Promise<AuditLog> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const release = claimFolder(
		dir,
		`another process writes the audit log in ${dir}: each process needs its own directory`,
	);
	try {
		return new ChainedLog(dir, options, await recoverLog(dir), release);
	} catch (error) {
		release();
		throw error;
	}
}

class ChainedLog implements AuditLog {
	readonly #dir: string;
	readonly #log: Log;
	readonly #keepMs: number | undefined;
	readonly #limits: { readonly lines: number; readonly characters: number };
	readonly #file: { readonly characters: number; readonly ms: number };
	readonly #anchorMs: number;
	readonly #announceMs: number;
	readonly #now: () => number;
	readonly #release: () => void;
	readonly #writer: GroupWriter;
	readonly #sweep: NodeJS.Timeout;
	#name: string | undefined;
	#length: number;
	#begunMs: number;
	#missing = 0;
	#isClosed = false;
	#anchored = { atMs: 0, writing: Promise.resolve() };
	#announcedMs: number;
	#pruning: Promise<number> = Promise.resolve(0);
	dropped = 0;
	last: Link;

	constructor(dir: string, options: AuditLogOptions, state: LogState, release: () => void) {
		this.#dir = dir;
		this.#log = options.log;
		this.#keepMs = options.keepMs;
		this.#limits = { lines: options.maxPending ?? 10_000, characters: options.maxPendingCharacters ?? 1 << 25 };
		const fileMs = options.fileMs ?? Math.min(DAY_MS, (options.keepMs ?? Number.POSITIVE_INFINITY) / 8);
		this.#file = { characters: options.fileCharacters ?? 1 << 24, ms: fileMs };
		this.#anchorMs = options.anchorMs ?? 1000;
		this.#announceMs = options.announceMs ?? 60_000;
		this.#now = options.now ?? Date.now;
		this.#release = release;
		this.#name = state.file?.name;
		this.#length = state.file?.bytes ?? 0;
		this.#begunMs = state.file?.begunMs ?? 0;
		this.#announcedMs = this.#now();
		this.last = state.link;
		this.#writer = createGroupWriter({
			dir,
			at: { file: state.file?.name, bytes: state.file?.bytes ?? 0, link: state.link },
			gatherMs: options.gatherMs ?? 20,
			retryMs: options.retryMs ?? 1000,
			onWritten: (link) => this.#anchor(link),
			onFailing: (error) => this.#log.error({ error: describe(error) }, "decision records cannot be written"),
		});
		this.#open(state);
		this.#sweep = setInterval(() => void this.prune().catch(this.#complain), SWEEP_MS);
		this.#sweep.unref();
	}

	get isFailing(): boolean {
		return this.#writer.isFailing;
	}

	get pending(): number {
		return this.#writer.pending.lines;
	}

	append(record: AuditRecord): boolean {
		const { lines, characters } = this.#writer.pending;
		if (lines >= this.#limits.lines || characters >= this.#limits.characters) {
			if (this.#missing === 0) this.#log.error({ pending: lines }, "decision records are dropped");
			this.#missing++;
			this.dropped++;
			return false;
		}
		if (this.#missing > 0) this.#say({ kind: "dropped", at: this.#time(), records: this.#missing });
		this.#missing = 0;
		this.#put(record);
		return true;
	}

	flush(): Promise<void> {
		return this.#writer.flush();
	}

	prune(): Promise<number> {
		this.#pruning = this.#pruning.then(() => this.#prune());
		return this.#pruning;
	}

	async close(): Promise<void> {
		clearInterval(this.#sweep);
		if (this.#missing > 0) this.#say({ kind: "dropped", at: this.#time(), records: this.#missing });
		this.#isClosed = true;
		const records = await this.#writer.close();
		await this.#pruning.catch(() => {});
		if (records > 0)
			this.#log.error({ records }, "decision records were lost: they could not be written before the end");
		await this.#anchored.writing;
		if (this.#writer.written.seq > 0) await writeAnchor(this.#dir, this.#writer.written).catch(this.#complain);
		this.#announce(this.#writer.written);
		this.#release();
	}

	#open({ tornBytes, lost }: LogState): void {
		const at = this.#time();
		if (lost !== undefined) {
			this.#log.error({ through: lost.seq, last: this.last.seq }, "the audit log has lost records at its end");
			this.#say({ kind: "lost", at, through: lost.seq, through_hash: lost.hash });
		}
		if (tornBytes > 0) this.#log.warn({ bytes: tornBytes }, "half a record was cut off the audit log");
		this.#say({ kind: "opened", at, torn_bytes: tornBytes });
	}

	#say(record: LogRecord): void {
		this.#put(record);
	}

	#put(record: AuditRecord): void {
		const isDue = this.#length >= this.#file.characters || this.#now() - this.#begunMs >= this.#file.ms;
		if (this.#name === undefined || isDue) this.#beginFile();
		this.#seal(record);
	}

	#beginFile(): void {
		this.#name = toFileName(this.last.seq + 1);
		this.#length = 0;
		this.#begunMs = this.#now();
		this.#seal({ kind: "file", at: this.#time() });
	}

	#seal(record: AuditRecord): void {
		const { line, link } = sealLine(this.last, JSON.stringify(record));
		this.last = link;
		this.#length += line.length + 1;
		this.#writer.push({ file: this.#name!, line, link });
	}

	#time(): string {
		return new Date(this.#now()).toISOString();
	}

	/** Behind the disk, so that it never names a record that a crash could take away. */
	#anchor(link: Link): void {
		const now = this.#now();
		if (now - this.#anchored.atMs >= this.#anchorMs) {
			const writing = this.#anchored.writing.then(() => writeAnchor(this.#dir, link)).catch(this.#complain);
			this.#anchored = { atMs: now, writing };
		}
		if (now - this.#announcedMs >= this.#announceMs) this.#announce(link);
	}

	#announce(link: Link): void {
		this.#announcedMs = this.#now();
		this.#log.info({ anchor: formatAnchor(link) }, "audit anchor");
	}

	async #prune(): Promise<number> {
		const { isFailing } = this.#writer;
		if (this.#keepMs === undefined || isFailing || this.#isClosed) return 0;
		const isOld = this.#now() - this.#begunMs >= this.#file.ms && this.#name !== undefined;
		if (isOld) this.#beginFile(); // where nothing is decided for long, the last records grow old, too
		await this.flush();
		const names = await listLogFiles(this.#dir);
		const expired: string[] = [];
		let kept: Awaited<ReturnType<typeof readFileHead>>;
		for (const [index, name] of names.slice(0, -1).entries()) {
			// the records of a file are older than the first of the next
			const next = await readFileHead(toLogPath(this.#dir, names[index + 1]!));
			if (next === undefined || next.atMs > this.#now() - this.#keepMs) break;
			expired.push(name);
			kept = next;
		}
		if (kept === undefined || this.#isClosed) return 0;
		this.#say({ kind: "pruned", at: this.#time(), through: kept.link.seq - 1, through_hash: kept.prev });
		const { seq } = this.last;
		await this.flush();
		if (this.#writer.written.seq < seq) return 0; // the log has to say so first
		for (const name of expired) await rm(toLogPath(this.#dir, name), { force: true });
		this.#log.info({ files: expired.length, through: kept.link.seq - 1 }, "old decision records were deleted");
		return expired.length;
	}

	readonly #complain = (error: unknown): void => {
		this.#log.error({ error: describe(error) }, "the audit log's files cannot be kept up");
	};
}

/** A code, never a path or what a foreign error says. */
function describe(error: unknown): string {
	if (isSluiceError(error)) return error.code;
	if (error instanceof Error) return (error as NodeJS.ErrnoException).code ?? error.name;
	return typeof error;
}
