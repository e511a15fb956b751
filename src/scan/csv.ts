/**
 * CSV by RFC 4180: commas, fields in double quotes that may hold commas, line breaks and doubled quotes. Lines may end in CRLF
 * or LF. A record with a quote out of place ends with its first line, so that one stray quote does not swallow what follows.
 */
import type { Boundary } from "./cut-records.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Before a field, in one without quotes, inside quotes, behind a quote that may close, behind the CR after it, in a bad line. */
const STATE = { start: 0, plain: 1, quoted: 2, closing: 3, ending: 4, bad: 5 } as const;
type State = (typeof STATE)[keyof typeof STATE];

const MISPLACED = "has a double quote out of place";
const OPEN = "has a quoted field that does not end";

/** Finds the ends of records. */
export function createCsvBoundary(): Boundary {
	let state: State = STATE.start;
	/** First line break inside quotes, from the start of the record. */
	let firstBreak = -1;
	const reset = (): void => {
		state = STATE.start;
		firstBreak = -1;
	};
	const close = (end: number, problem?: string): { end: number; problem?: string | undefined } => {
		reset();
		return { end, problem };
	};
	return {
		reset,
		find(buffer, { start, seen, limit, last }) {
			for (let i = start + seen; i < limit; i++) {
				const byte = buffer[i]!;
				if (byte === LINE_FEED && state !== STATE.quoted)
					return close(i + 1, state === STATE.bad ? MISPLACED : undefined);
				if (byte === LINE_FEED && firstBreak < 0) firstBreak = i - start;
				state = step(state, byte);
				if (state === STATE.bad && firstBreak >= 0) return close(start + firstBreak + 1, MISPLACED);
			}
			if (!last) return undefined;
			if (state !== STATE.quoted) return close(limit, state === STATE.bad ? MISPLACED : undefined);
			return close(firstBreak < 0 ? limit : start + firstBreak + 1, OPEN);
		},
	};
}

function step(state: State, byte: number): State {
	switch (state) {
		case STATE.start:
			return byte === QUOTE ? STATE.quoted : byte === COMMA ? STATE.start : STATE.plain;
		case STATE.plain:
			return byte === COMMA ? STATE.start : byte === QUOTE ? STATE.bad : STATE.plain;
		case STATE.quoted:
			return byte === QUOTE ? STATE.closing : STATE.quoted;
		case STATE.closing:
			if (byte === QUOTE) return STATE.quoted;
			return byte === COMMA ? STATE.start : byte === CARRIAGE_RETURN ? STATE.ending : STATE.bad;
		default:
			return STATE.bad;
	}
}

/** Fields of one well-formed record; its line break may be there or not. */
export function parseCsvRecord(record: string): string[] {
	const line = record.replace(/\r?\n$|\r$/, "");
	const fields: string[] = [];
	for (let at = 0; at <= line.length; ) {
		if (line[at] !== '"') {
			const end = endOr(line.indexOf(",", at), line.length);
			fields.push(line.slice(at, end));
			at = end + 1;
			continue;
		}
		let end = at + 1;
		for (; end < line.length; end++) {
			if (line[end] !== '"') continue;
			if (line[end + 1] !== '"') break;
			end++;
		}
		fields.push(line.slice(at + 1, end).replaceAll('""', '"'));
		at = end + 2;
	}
	return fields;
}

function endOr(at: number, length: number): number {
	return at < 0 ? length : at;
}
