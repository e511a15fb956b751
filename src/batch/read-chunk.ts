/**
 * The next piece of a batch's input file: so many lines from a place on. The same place and limits give the same piece again,
 * so a piece that got lost on its way can be read once more.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { FeedPosition, NewItem } from "../store/index.ts";
import type { ScanItem } from "./jobs.ts";
import { createLineReader, type Line, type LineReader } from "./line-reader.ts";
import { isBlank, type LineError, parseLine } from "./parse-line.ts";

/** Bytes read at once for a piece, and for counting. */
const BLOCK_BYTES = 1 << 16;
const COUNTING_BLOCK_BYTES = 1 << 20;
/** Lines in a piece, refused ones included. */
const MAX_LINES = 512;

/** How much a piece holds at most; a single line may be longer than `chunkBytes`. */
export interface ChunkLimits {
	readonly chunkItems: number;
	readonly chunkBytes: number;
	readonly maxLineBytes: number;
}

/** A piece: its lines for the records, its requests for the queue, and where the next one begins. */
export interface ReadChunk {
	readonly items: readonly NewItem[];
	readonly requests: readonly ScanItem[];
	readonly lastLine: number;
	readonly position: Omit<FeedPosition, "nextChunk">;
}

/** Where a piece begins, and where it ends: by the limits, or at `lastLine` instead. */
export interface ChunkPlace {
	readonly nextOffset: number;
	readonly nextLine: number;
}
export type ChunkOptions = ChunkLimits & { readonly endpoint: string; readonly lastLine?: number | undefined };

/** Reads pieces of one file. Those that follow one another cost no bytes twice. */
export interface ChunkReader {
	read(from: ChunkPlace, of: ChunkOptions): Promise<ReadChunk>;
	close(): Promise<void>;
}

/** A reader, which opens the file when it is first asked. */
export function createChunkReader(path: string): ChunkReader {
	let file: FileHandle | undefined;
	let held: { readonly lines: LineReader; readonly offset: number; readonly maxLineBytes: number } | undefined;
	return {
		async read(from, of) {
			file ??= await open(path);
			const { maxLineBytes } = of;
			const isNext = held?.offset === from.nextOffset && held.maxLineBytes === maxLineBytes;
			const options = { offset: from.nextOffset, number: from.nextLine, maxLineBytes, blockBytes: BLOCK_BYTES };
			const lines = isNext ? held!.lines : createLineReader(file, options);
			held = undefined; // after an error nobody knows where it stands
			const chunk = await takeChunk(lines, from, of);
			held = { lines, offset: chunk.position.nextOffset, maxLineBytes };
			return chunk;
		},
		async close() {
			await file?.close();
			file = undefined;
		},
	};
}

/** A single piece. */
export async function readChunk(path: string, from: ChunkPlace, of: ChunkOptions): Promise<ReadChunk> {
	const reader = createChunkReader(path);
	try {
		return await reader.read(from, of);
	} finally {
		await reader.close();
	}
}

async function takeChunk(lines: LineReader, from: ChunkPlace, of: ChunkOptions): Promise<ReadChunk> {
	const items: NewItem[] = [];
	const requests: ScanItem[] = [];
	let { nextOffset, nextLine } = from;
	let bytes = 0;
	const isFull = (): boolean =>
		of.lastLine !== undefined
			? nextLine > of.lastLine
			: requests.length >= of.chunkItems || bytes >= of.chunkBytes || items.length >= MAX_LINES;
	const fed = await eachLine(lines, (line) => {
		nextOffset = line.next;
		nextLine = line.number + 1;
		if (line.bytes === undefined || !isBlank(line.bytes)) {
			const parsed = parseLine(line, of);
			const error = parsed.error && toErrorBody(parsed.error);
			items.push({ line: line.number, customId: parsed.customId, error });
			if (parsed.error === undefined) requests.push({ line: line.number, body: parsed.body });
			bytes += line.next - line.offset;
		}
		return !isFull();
	});
	return { items, requests, lastLine: nextLine - 1, position: { nextOffset, nextLine, fed } };
}

/** How many lines of a file hold something. */
export async function countRequests(path: string, maxLineBytes: number, signal: AbortSignal): Promise<number> {
	let requests = 0;
	const file = await open(path);
	try {
		const options = { offset: 0, number: 1, maxLineBytes, blockBytes: COUNTING_BLOCK_BYTES };
		await eachLine(createLineReader(file, options), ({ bytes }) => {
			if (bytes === undefined || !isBlank(bytes)) requests++;
			return !signal.aborted;
		});
		return requests;
	} finally {
		await file.close();
	}
}

/** A line's error as JSON. */
export function toErrorBody(error: LineError): string {
	return JSON.stringify(error);
}

/** Lines until `visit` says that is enough; whether the file's end was reached. */
async function eachLine(lines: LineReader, visit: (line: Line) => boolean): Promise<boolean> {
	do {
		for (let line = lines.take(); line !== undefined; line = lines.take()) {
			if (!visit(line)) return false;
		}
	} while (await lines.fill());
	return true;
}
