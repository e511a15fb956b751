/**
 * Bytes to records with their places. Holds at most one record and one chunk, in room for two. What comes out depends on the bytes alone, not
 * on how they are cut into chunks, so that a scan can go on from the end of any record.
 */

/** The format's part: where a record ends. It keeps what it has seen of the record that it is in. */
export interface Boundary {
	/**
	 * Looks at `buffer` from `start + seen` up to `limit`; `start` is where the record begins, and `last` says that nothing
	 * follows. Undefined where the record goes on. Forgets the record when it gives its end.
	 */
	find(
		buffer: Buffer,
		range: { readonly start: number; readonly seen: number; readonly limit: number; readonly last: boolean },
	): { readonly end: number; readonly problem?: string | undefined } | undefined;
	/** Forgets the record: it is too long. */
	reset(): void;
}

/** A record with its line break. */
export interface RawRecord {
	/** A view, valid until the next call; empty where the record is too long to be held. */
	readonly bytes: Buffer;
	/** Number of its first line. */
	readonly line: number;
	/** Where the next record begins. */
	readonly end: number;
	readonly nextLine: number;
	/** What is wrong with its form. */
	readonly problem?: string | "too long" | undefined;
}

/** Takes chunks of a file in order. */
export interface RecordCutter {
	push(chunk: Uint8Array): RawRecord[];
	/** What is left at the end of the file. */
	end(): RawRecord[];
}

/** Problem of a record that does not end within the limit: it ends with its first line, however long that is. */
export const TOO_LONG = "too long";

const LINE_FEED = 0x0a;
const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** A cutter for the bytes from `offset` on, where line `line` begins. `maxBytes` is the longest record. */
export function createRecordCutter(of: {
	readonly boundary: Boundary;
	readonly maxBytes: number;
	readonly offset: number;
	readonly line: number;
}): RecordCutter {
	const { boundary, maxBytes } = of;
	let { offset, line } = of;
	/** One buffer for all chunks: new ones each time would be garbage faster than they are collected. */
	let room: Buffer = EMPTY;
	let rest: Buffer = EMPTY;
	let seen = 0;
	let skipping = false;
	let atStart = offset === 0;

	const emit = (from: number, end: number, problem: string | undefined): RawRecord => {
		const bytes = problem === TOO_LONG ? EMPTY : rest.subarray(from, end);
		const first = line;
		line += Math.max(1, countLineFeeds(rest, from, end));
		seen = 0;
		return { bytes, line: first, end: offset + end, nextLine: line, problem };
	};

	/** The record that begins at `start`; undefined where its end is not there yet. */
	const next = (start: number, last: boolean): RawRecord | undefined => {
		if (!skipping) {
			const limit = Math.min(rest.length, start + maxBytes);
			const found = boundary.find(rest, { start, seen, limit, last: last && limit === rest.length });
			if (found !== undefined) return emit(start, found.end, found.problem);
			seen = limit - start;
			if (rest.length - start <= maxBytes) return undefined;
			boundary.reset();
		}
		const at = rest.indexOf(LINE_FEED, start);
		skipping = at < 0 && !last;
		return skipping ? undefined : emit(start, at < 0 ? rest.length : at + 1, TOO_LONG);
	};

	const take = (last: boolean): RawRecord[] => {
		let at = 0;
		if (atStart) {
			if (rest.length < BYTE_ORDER_MARK.length && !last) return [];
			if (rest.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) at = BYTE_ORDER_MARK.length;
			atStart = false;
		}
		const records: RawRecord[] = [];
		while (at < rest.length) {
			const record = next(at, last);
			if (record === undefined) break;
			records.push(record);
			at = record.end - offset;
		}
		if (skipping) at = rest.length;
		offset += at;
		rest = rest.subarray(at);
		return records;
	};

	const hold = (chunk: Uint8Array): void => {
		const bytes = rest.length + chunk.length;
		const into = bytes <= room.length ? room : Buffer.allocUnsafeSlow(2 * bytes);
		into.set(rest);
		into.set(chunk, rest.length);
		room = into;
		rest = into.subarray(0, bytes);
	};

	return {
		push(chunk) {
			hold(chunk);
			return take(false);
		},
		end() {
			const records = take(true);
			if (!skipping) return records;
			skipping = false;
			return [...records, { bytes: EMPTY, line, end: offset, nextLine: line + 1, problem: TOO_LONG }];
		},
	};
}

/** Records are lines, whatever they hold. */
export function createLineBoundary(): Boundary {
	return {
		find(buffer, { start, seen, limit, last }) {
			const at = buffer.indexOf(LINE_FEED, start + seen);
			if (at >= 0 && at < limit) return { end: at + 1 };
			return last ? { end: limit } : undefined;
		},
		reset() {},
	};
}

function countLineFeeds(bytes: Buffer, from: number, end: number): number {
	let count = 0;
	for (let at = bytes.indexOf(LINE_FEED, from); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
	return count;
}
