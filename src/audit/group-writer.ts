/**
 * Lines to files in groups: what has gathered for a moment is written and synced at once, off the thread that answers. Lines
 * stay in memory until they are on disk; where that fails it is tried again, over the same bytes.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Link } from "./chain.ts";
import { createLineBlocks, type PendingLine } from "./line-blocks.ts";
import { toLogPath } from "./log-files.ts";

/** How a writer works. */
export interface GroupWriterOptions {
	readonly dir: string;
	/** What is on disk already: the file to go on with, its length in bytes, its last link. */
	readonly at: { readonly file: string | undefined; readonly bytes: number; readonly link: Link };
	/** How long lines gather, ms. */
	readonly gatherMs: number;
	/** Pause after a failure, ms. */
	readonly retryMs: number;
	/** A group is on disk. */
	onWritten(link: Link): void;
	/** The first failure after a success. */
	onFailing(error: unknown): void;
}

/** See the header. */
export interface GroupWriter {
	push(line: PendingLine): void;
	/** Lines that are not on disk, and their length in UTF-16 code units. */
	readonly pending: { readonly lines: number; readonly characters: number };
	/** The last attempt failed. */
	readonly isFailing: boolean;
	/** The last link on disk. */
	readonly written: Link;
	/** Resolves when all lines so far are on disk. */
	flush(): Promise<void>;
	/** Tries to write the rest; gives the number of lines that could not be. */
	close(): Promise<number>;
}

/** See the header. */
export function createGroupWriter(options: GroupWriterOptions): GroupWriter {
	return new Writer(options);
}

class Writer implements GroupWriter {
	readonly #options: GroupWriterOptions;
	readonly #blocks = createLineBlocks();
	#file: FileHandle | undefined;
	#name: string | undefined;
	#position: number;
	#waiters: { readonly seq: number; resolve(): void }[] = [];
	#running: Promise<void> | undefined;
	#isHurried = false;
	#isClosing = false;
	#wake = (): void => {};
	isFailing = false;
	written: Link;

	constructor(options: GroupWriterOptions) {
		this.#options = options;
		this.#name = options.at.file;
		this.#position = options.at.bytes;
		this.written = options.at.link;
	}

	get pending(): GroupWriter["pending"] {
		return this.#blocks.pending;
	}

	push(line: PendingLine): void {
		this.#blocks.push(line);
		this.#running ??= this.#run();
	}

	flush(): Promise<void> {
		const { last } = this.#blocks;
		if (last === undefined) return Promise.resolve();
		this.#hurry();
		return new Promise((resolve) => this.#waiters.push({ seq: last.seq, resolve }));
	}

	async close(): Promise<number> {
		this.#isClosing = true;
		this.#hurry();
		await this.#running;
		await this.#file?.close();
		this.#file = undefined;
		for (const { resolve } of this.#waiters) resolve();
		return this.#blocks.pending.lines;
	}

	#hurry(): void {
		this.#isHurried = true;
		this.#wake();
	}

	async #run(): Promise<void> {
		while (this.#blocks.count > 0) {
			if (!this.#isHurried && this.#blocks.count === 1) await this.#pause(this.#options.gatherMs);
			this.#isHurried = this.#isClosing;
			const isWritten = await this.#writeGroup();
			if (isWritten) {
				if (this.#waiters.length > 0) this.#isHurried = true;
				continue;
			}
			if (this.#isClosing) break;
			await this.#pause(this.#options.retryMs);
		}
		this.#running = undefined;
	}

	#pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, ms);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	async #writeGroup(): Promise<boolean> {
		const { file, bytes, last } = this.#blocks.front();
		try {
			await this.#append(file, bytes);
		} catch (error) {
			if (!this.isFailing) this.#options.onFailing(error);
			this.isFailing = true;
			return false;
		}
		this.#blocks.drop();
		this.isFailing = false;
		this.written = last;
		this.#options.onWritten(last);
		this.#waiters = this.#waiters.filter(({ seq, resolve }) => {
			if (seq <= last.seq) resolve();
			return seq > last.seq;
		});
		return true;
	}

	/** A file that somebody deleted takes lines as if nothing had happened. */
	async #checkFile(): Promise<void> {
		if (this.#file === undefined || (await this.#file.stat()).nlink > 0) return;
		await this.#file.close();
		this.#file = undefined;
	}

	async #append(name: string, bytes: Uint8Array): Promise<void> {
		if (name !== this.#name) {
			await this.#file?.close();
			this.#file = undefined;
			this.#name = name;
			this.#position = 0;
		}
		await this.#checkFile();
		// where it has lines already, a file that is gone is not made anew: what came before would be missing
		const flags = constants.O_WRONLY | (this.#position === 0 ? constants.O_CREAT : 0);
		this.#file ??= await open(toLogPath(this.#options.dir, name), flags, 0o600);
		// by position, so that a second attempt overwrites what the first one left
		for (let at = 0; at < bytes.byteLength; )
			at += (await this.#file.write(bytes, at, bytes.byteLength - at, this.#position + at)).bytesWritten;
		await this.#file.datasync();
		this.#position += bytes.byteLength;
	}
}
