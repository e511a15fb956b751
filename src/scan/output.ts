/**
 * The output of a scan: written to OUT.part, made durable in steps with the journal, named OUT when it is complete. Whatever
 * lies behind the last step is written again.
 */
import { stat } from "node:fs/promises";
import { SluiceError } from "../errors.ts";
import { type Disk, type DiskFile, toScanDiskError } from "./disk.ts";
import type { Position } from "./item.ts";
import { type Journal, readJournal, writeJournal } from "./journal.ts";
import type { Tally } from "./tally.ts";

/** The files of a scan. */
export interface ScanFiles {
	readonly out: string;
	readonly part: string;
	readonly journal: string;
	readonly lock: string;
}

/** The files of a scan to `out`. */
export function toScanFiles(out: string): ScanFiles {
	return { out, part: `${out}.part`, journal: `${out}.journal`, lock: `${out}.lock` };
}

/** What to do where there is something already. */
export type StartMode = "fresh" | "resume" | "force";

/**
 * The journal to go on from; undefined for a fresh start. Throws `invalid_request` where something would be lost, or where the
 * output is shorter than the journal says.
 */
export async function findStart({ out, part, journal }: ScanFiles, mode: StartMode): Promise<Journal | undefined> {
	if (mode === "force") return undefined;
	const before = await readJournal(journal);
	const sizes = { out: await sizeOf(out), part: await sizeOf(part) };
	if (mode === "resume" && before !== undefined) {
		const held = before.complete ? (sizes.part ?? sizes.out) : sizes.part;
		if (before.outputBytes === 0 || (held ?? 0) >= before.outputBytes) return before;
		throw new SluiceError("invalid_request", {
			detail: `${part} is shorter than its journal says, so the scan cannot go on; --force starts anew`,
		});
	}
	if (before === undefined && sizes.part !== undefined)
		throw new SluiceError("invalid_request", { detail: `${part} is there without its journal; --force starts anew` });
	if (before !== undefined)
		throw new SluiceError("invalid_request", {
			detail: `a scan to ${out} has not ended: --resume goes on with it, --force starts anew`,
		});
	if (sizes.out === undefined) return undefined;
	throw new SluiceError("invalid_request", { detail: `${out} is there already; --force replaces it` });
}

async function sizeOf(path: string): Promise<number | undefined> {
	return stat(path).then(
		({ size }) => size,
		() => undefined,
	);
}

/** The open output. */
export interface ScanOutput {
	/** Takes the results of everything up to `position`; makes them durable now and then. */
	append(text: string, position: Position): Promise<void>;
	/** Makes everything durable; a later process goes on from here. */
	checkpoint(): Promise<void>;
	/** Makes everything durable and gives the output its name. */
	complete(): Promise<void>;
	/** Bytes taken so far. */
	readonly bytes: number;
	close(): Promise<void>;
}

/** How an output is opened. */
export interface OutputOptions {
	readonly disk: Disk;
	readonly files: ScanFiles;
	readonly settings: Readonly<Record<string, string>>;
	/** Where to begin; written as the first journal. */
	readonly start: Pick<Journal, "position" | "outputBytes">;
	/** Counted on by the caller; written with each journal. */
	readonly tally: Tally;
	/** Longest time and most output between two steps. */
	readonly checkpointMs: number;
	readonly checkpointBytes: number;
}

/** Output is written in pieces of up to this size, unless a group's results are larger; one buffer holds all of them in turn. */
const PIECE_BYTES = 256 * 1024;

/** Opens the output. Throws, as all its methods do, `storage_full` or `invalid_request` where the disk fails. */
export async function openOutput(options: OutputOptions): Promise<ScanOutput> {
	const { disk, files, settings, tally, checkpointMs, checkpointBytes } = options;
	let { position, outputBytes: written } = options.start;
	let durable = written;
	const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
	let waiting = 0;
	let lastMs = performance.now();

	const guard = <T>(work: Promise<T>): Promise<T> =>
		work.catch((error: unknown) => {
			throw toScanDiskError(error, files.part);
		});
	const note = (complete: boolean): Promise<void> =>
		writeJournal(disk, files.journal, { settings, position, outputBytes: written, tally, complete });
	const open = async (): Promise<DiskFile> => {
		await note(false); // first: an output without a journal could not be told from somebody else's file
		const file = await disk.open(files.part);
		await file.truncate(written).catch(async (error: unknown) => {
			await file.close();
			throw error;
		});
		return file;
	};
	const file = await guard(open());
	const write = async (bytes: Uint8Array): Promise<void> => {
		await file.write(bytes, written);
		written += bytes.length;
	};
	const flush = async (): Promise<void> => {
		if (waiting === 0) return;
		await write(piece.subarray(0, waiting));
		waiting = 0;
	};
	const take = async (text: string): Promise<void> => {
		const bytes = Buffer.byteLength(text);
		if (waiting + bytes > PIECE_BYTES) await flush();
		if (bytes > PIECE_BYTES) await write(Buffer.from(text));
		else waiting += piece.write(text, waiting);
	};
	const step = async (complete: boolean): Promise<void> => {
		await flush();
		await file.sync();
		await note(complete);
		durable = written;
		lastMs = performance.now();
	};

	return {
		get bytes() {
			return written + waiting;
		},
		async append(text, next) {
			await guard(take(text));
			position = next;
			const due = performance.now() - lastMs >= checkpointMs || written + waiting - durable >= checkpointBytes;
			if (due) await guard(step(false));
		},
		checkpoint: () => guard(step(false)),
		async complete() {
			await guard(step(true));
			await guard(nameOutput(disk, files));
		},
		close: () => file.close(),
	};
}

/** The last step: a name for a complete output, and no journal. */
export async function nameOutput(disk: Disk, { out, part, journal }: ScanFiles): Promise<void> {
	if ((await sizeOf(part)) !== undefined) await disk.rename(part, out);
	await disk.syncNames(out);
	await disk.remove(journal);
}
