/**
 * What a scan reads: a file, the files of a directory in the order of their names, or a stream. Each with what tells whether
 * it is the same when a scan goes on.
 */
import { createHash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { FORMATS, type Format, type FormatName } from "./formats.ts";

/** Bytes at the start of an input that tell it from others. */
const HEAD_BYTES = 64 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** What must not change for a scan to go on. */
export interface Identity {
	readonly path: string;
	/** Of the file as it lies on the disk; -1 of a stream. */
	readonly bytes: number;
	readonly modifiedMs: number;
	/** SHA-256 of the first 64 KiB. */
	readonly head: string;
}

/** One file or stream to scan. */
export interface ScanInput {
	/** As results name it; undefined where there is only this one. */
	readonly name: string | undefined;
	/** As messages name it. */
	readonly path: string;
	readonly format: Format;
	/** Length of what `open` gives; undefined where that is not known before the end. */
	readonly bytes: number | undefined;
	/** Whether it can be opened behind its start. */
	readonly seekable: boolean;
	/** Whether it can be opened more than once. */
	readonly reopenable: boolean;
	readonly identity: Identity;
	/**
	 * Its bytes from `offset` on, which is 0 unless it is seekable; each chunk is valid until the next one is asked for. Throws
	 * `invalid_request` where they cannot be read.
	 */
	open(offset: number): AsyncIterable<Uint8Array>;
	/** Throws `invalid_request` where it is no more what it was when the scan began. */
	checkUnchanged(): Promise<void>;
}

/** What to scan, and how. */
export interface InputOptions {
	/** A path, or "-" for the stream. */
	readonly from: string;
	/** Undefined goes by the names of the files. */
	readonly format: FormatName | undefined;
	readonly stdin: AsyncIterable<Uint8Array>;
	/** The decompressed bytes of a file whose name ends in .xz. */
	decompress(path: string): AsyncIterable<Uint8Array>;
	/** Files that are not read though they lie in the directory: the scan's own. */
	readonly exclude: readonly string[];
}

/** Finds the inputs. Throws `invalid_request` where there is none, or its format is not known. */
export async function openInputs(options: InputOptions): Promise<ScanInput[]> {
	const { from, format } = options;
	if (from === "-") {
		if (format === undefined)
			throw new SluiceError("invalid_request", {
				detail: `--format says what stdin holds: ${Object.keys(FORMATS).join(", ")}`,
			});
		return [await openStream(options.stdin, FORMATS[format])];
	}
	const facts = await statOf(from);
	if (facts.isFile()) {
		if (options.exclude.includes(resolve(from)))
			throw new SluiceError("invalid_request", { detail: `${from} cannot be scanned into itself` });
		return [await openFile(from, undefined, options)];
	}
	if (!facts.isDirectory())
		throw new SluiceError("invalid_request", { detail: `${from} is no file and no directory; pipe it in with -` });
	const entries = await readdir(from, { withFileTypes: true });
	const names = entries.filter((entry) => !entry.name.startsWith(".") && !entry.isDirectory()).map(({ name }) => name);
	const inputs: ScanInput[] = [];
	for (const name of names.sort(byCodeUnits))
		if (!options.exclude.includes(resolve(from, name))) inputs.push(await openFile(join(from, name), name, options));
	if (inputs.length === 0) throw new SluiceError("invalid_request", { detail: `${from} has no files` });
	return inputs;
}

function byCodeUnits(a: string, b: string): number {
	return a < b ? -1 : 1;
}

async function openFile(path: string, name: string | undefined, options: InputOptions): Promise<ScanInput> {
	const packed = path.endsWith(".xz");
	const format = options.format ?? formatOf(path);
	const identity = await identify(path);
	return {
		name,
		path,
		format: FORMATS[format],
		bytes: packed ? undefined : identity.bytes,
		seekable: !packed,
		reopenable: true,
		identity,
		open: (offset) => (packed ? unpack(path, options) : readFile(path, offset)),
		async checkUnchanged() {
			const { bytes, modifiedMs } = await identify(path);
			if (bytes === identity.bytes && modifiedMs === identity.modifiedMs) return;
			throw new SluiceError("invalid_request", { detail: `${path} changed while it was scanned` });
		},
	};
}

function formatOf(path: string): FormatName {
	const ending = extname(path.replace(/\.xz$/, "")).slice(1).toLowerCase();
	for (const [name, { extensions }] of Object.entries(FORMATS))
		if (extensions.includes(ending)) return name as FormatName;
	throw new SluiceError("invalid_request", {
		detail: `the name of ${path} does not say its format; --format does: ${Object.keys(FORMATS).join(", ")}`,
	});
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>>> {
	return stat(path).catch((cause: unknown) => {
		throw cannotRead(path, cause);
	});
}

async function identify(path: string): Promise<Identity> {
	const { size, mtimeMs } = await statOf(path);
	const head = createHash("sha256");
	for await (const chunk of readFile(path, 0)) {
		head.update(chunk.subarray(0, HEAD_BYTES));
		break;
	}
	return { path: resolve(path), bytes: Number(size), modifiedMs: Number(mtimeMs), head: head.digest("hex") };
}

async function* readFile(path: string, offset: number): AsyncGenerator<Uint8Array> {
	const file = await open(path).catch((cause: unknown) => {
		throw cannotRead(path, cause);
	});
	try {
		const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
		for (let position = offset; ; ) {
			const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
			if (bytesRead === 0) return;
			position += bytesRead;
			yield chunk.subarray(0, bytesRead);
		}
	} catch (cause) {
		throw cannotRead(path, cause);
	} finally {
		await file.close();
	}
}

async function* unpack(path: string, { decompress }: InputOptions): AsyncGenerator<Uint8Array> {
	try {
		yield* decompress(path);
	} catch (cause) {
		throw new SluiceError("invalid_request", { detail: `${path} is cut off, damaged, or no .xz file`, cause });
	}
}

/** Reads the head of a stream before anything else, and gives it again. */
async function openStream(stdin: AsyncIterable<Uint8Array>, format: Format): Promise<ScanInput> {
	const iterator = stdin[Symbol.asyncIterator]();
	const head: Uint8Array[] = [];
	let bytes = 0;
	let done = false;
	while (!done && bytes < HEAD_BYTES) {
		const next = await iterator.next();
		done = next.done === true;
		if (next.done !== true) head.push(next.value);
		bytes += next.done === true ? 0 : next.value.byteLength;
	}
	const hash = createHash("sha256").update(Buffer.concat(head).subarray(0, HEAD_BYTES));
	return {
		name: undefined,
		path: "stdin",
		format,
		bytes: undefined,
		seekable: false,
		reopenable: false,
		identity: { path: "-", bytes: -1, modifiedMs: 0, head: hash.digest("hex") },
		async *open() {
			yield* head.splice(0);
			for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
		},
		async checkUnchanged() {},
	};
}

function cannotRead(path: string, cause: unknown): SluiceError {
	const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
	return new SluiceError("invalid_request", { detail: `cannot read ${path} (${code})`, cause });
}
