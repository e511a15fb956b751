/**
 * Lines of a file from any byte on, in constant memory: one buffer, and of a line that is too long nothing but its place.
 * A line ends at a line feed or the file's end; what is in it is not looked at.
 */
import type { FileHandle } from "node:fs/promises";

const LINE_FEED = 10;

/** A line. */
export interface Line {
	/** From 1. */
	readonly number: number;
	/** Its first byte in the file, and the one behind its end. */
	readonly offset: number;
	readonly next: number;
	/** Without the line feed; valid until the next `fill`. Undefined for a line that is too long. */
	readonly bytes: Uint8Array | undefined;
}

/** Reads on when asked. */
export interface LineReader {
	/** The next line that has been read whole. */
	take(): Line | undefined;
	/** Reads more; false at the end of the file, after which the last line can be taken. */
	fill(): Promise<boolean>;
}

/** Where to begin, and how much to hold. */
export interface LineReaderOptions {
	readonly offset: number;
	readonly number: number;
	readonly maxLineBytes: number;
	/** Bytes read at once. */
	readonly blockBytes: number;
}

/** A reader of an open file. */
export function createLineReader(file: FileHandle, options: LineReaderOptions): LineReader {
	const { maxLineBytes, blockBytes } = options;
	let held = Buffer.alloc(0); // from the current line's first byte on, unless it is too long
	let searched = 0; // bytes of `held` without a line feed
	let skipped = 0; // bytes of the current line that were let go
	let { offset, number } = options;
	let readTo = offset;
	let ended = false;

	const finish = (length: number, feed: number): Line => {
		const tooLong = skipped + length > maxLineBytes;
		const next = offset + skipped + length + feed;
		const line = { number, offset, next, bytes: tooLong ? undefined : held.subarray(0, length) };
		held = held.subarray(length + feed);
		searched = 0;
		skipped = 0;
		offset = next;
		number++;
		return line;
	};
	return {
		take() {
			const feed = held.indexOf(LINE_FEED, searched);
			if (feed >= 0) return finish(feed, 1);
			searched = held.byteLength;
			return ended && held.byteLength + skipped > 0 ? finish(held.byteLength, 0) : undefined;
		},
		async fill() {
			if (ended) return false;
			if (held.byteLength > maxLineBytes) {
				skipped += held.byteLength;
				held = Buffer.alloc(0);
				searched = 0;
			}
			const block = Buffer.allocUnsafe(blockBytes);
			const { bytesRead } = await file.read(block, 0, blockBytes, readTo);
			readTo += bytesRead;
			ended = bytesRead === 0;
			if (!ended) held = Buffer.concat([held, block.subarray(0, bytesRead)]);
			return true;
		},
	};
}
