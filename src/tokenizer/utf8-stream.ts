/**
 * UTF-8 to text byte by byte. Every byte that is part of no character is U+FFFD, as SentencePiece decodes; both say so as soon
 * as it is certain. Well-formed sequences: The Unicode Standard, table 3-7.
 */

/** Takes bytes in order. */
export interface Utf8Stream {
	/** The text that is certain with this byte: "" inside a character. */
	push(byte: number): string;
	/** The bytes are over: U+FFFD for each byte of an unfinished character. */
	end(): string;
}

const REPLACEMENT = "\ufffd";

/** A stream at the start of a character; after `end` it is there again. */
export function createUtf8Stream(): Utf8Stream {
	/** Bits of the unfinished character, its bytes so far, bytes to come, and the range of the next one. */
	let point = 0;
	let taken = 0;
	let missing = 0;
	let lowest = 0x80;
	let highest = 0xbf;
	const begin = (byte: number): string => {
		if (byte < 0x80) return String.fromCharCode(byte);
		if (byte < 0xc2 || byte > 0xf4) return REPLACEMENT;
		missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
		point = byte & (0x3f >> missing);
		taken = 1;
		// no overlong forms, no surrogates, nothing beyond U+10FFFF
		lowest = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
		highest = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
		return "";
	};
	const end = (): string => {
		const broken = missing > 0 ? REPLACEMENT.repeat(taken) : "";
		missing = 0;
		return broken;
	};
	return {
		push(byte) {
			if (missing === 0) return begin(byte);
			if (byte < lowest || byte > highest) return end() + begin(byte);
			lowest = 0x80;
			highest = 0xbf;
			point = (point << 6) | (byte & 0x3f);
			taken++;
			return --missing === 0 ? String.fromCodePoint(point) : "";
		},
		end,
	};
}
