/**
 * The files of a decision log: `<first seq, 12 digits>.jsonl`, in order of their names. The last one is being written, the
 * others never change. Knows bytes and lines, not what they say.
 */
import { createReadStream } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";

const NAME = /^\d{12,15}\.jsonl$/;
const LINE_FEED = 0x0a;
/** Longest line; longer means that the file is no log. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** Name of the file that begins with this record. */
export function toFileName(seq: number): string {
	return `${String(seq).padStart(12, "0")}.jsonl`;
}

/** The names in order. Throws `invalid_request` for a folder that cannot be read. */
export async function listLogFiles(dir: string): Promise<string[]> {
	const names = await readdir(dir).catch((cause: unknown) => {
		throw new SluiceError("invalid_request", { detail: `the audit directory ${dir} cannot be read`, cause });
	});
	return names.filter((name) => NAME.test(name)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** A line's bytes without the line break; `isWhole` is false for bytes at the end that no line break follows. */
export interface RawLine {
	readonly bytes: Buffer;
	readonly isWhole: boolean;
}

/** The lines of one file; memory holds one chunk and one line. */
export async function* readRawLines(path: string): AsyncGenerator<RawLine, void, void> {
	let rest: Buffer[] = [];
	let restBytes = 0;
	for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
		let from = 0;
		for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
			const piece = chunk.subarray(from, at);
			yield { bytes: restBytes === 0 ? piece : Buffer.concat([...rest, piece]), isWhole: true };
			rest = [];
			restBytes = 0;
			from = at + 1;
		}
		if (from === chunk.byteLength) continue;
		rest.push(chunk.subarray(from));
		restBytes += chunk.byteLength - from;
		if (restBytes > MAX_LINE_BYTES) break;
	}
	if (restBytes > 0) yield { bytes: Buffer.concat(rest), isWhole: false };
}

/** The first line of a file; undefined where it has no whole one. */
export async function readFirstLine(path: string): Promise<Buffer | undefined> {
	for await (const { bytes, isWhole } of readRawLines(path)) return isWhole ? Buffer.from(bytes) : undefined;
	return undefined;
}

/** The end of a file: its last whole line, and the bytes after it. */
export interface FileEnd {
	readonly line: Buffer | undefined;
	/** Length of the whole lines, in bytes. */
	readonly wholeBytes: number;
	readonly tornBytes: number;
}

/** Reads backwards, so that a long file costs no more than a short one. */
export async function readFileEnd(path: string): Promise<FileEnd> {
	const file = await open(path, "r");
	try {
		const { size } = await file.stat();
		for (let length = Math.min(size, 1 << 16); ; length = Math.min(size, length * 4)) {
			const tail = Buffer.alloc(length);
			await file.read(tail, 0, length, size - length);
			const end = tail.lastIndexOf(LINE_FEED);
			const begin = end <= 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1);
			if (begin < 0 && length < size) continue;
			const wholeBytes = size - length + end + 1;
			const line = end < 0 ? undefined : tail.subarray(begin + 1, end);
			return { line, wholeBytes, tornBytes: size - wholeBytes };
		}
	} finally {
		await file.close();
	}
}

/** Full path of a file of the log. */
export function toLogPath(dir: string, name: string): string {
	return join(dir, name);
}
