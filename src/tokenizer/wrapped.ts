/**
 * Base64 (RFC 4648, both alphabets) whose bytes are text: what it says, with the range of signs behind each character.
 * Anything else, such as keys, hashes and pictures, is no text and stays as it is.
 */

/** A part of a text that is wrapped, `start` to `end` in UTF-16 units, and what it says. */
export interface Wrapped {
	readonly start: number;
	readonly end: number;
	readonly text: string;
	/** For each UTF-16 unit of `text`: where in the wrapped part its bytes begin and end. */
	readonly starts: readonly number[];
	readonly ends: readonly number[];
}

/** Signs a wrapped part has at least: 12 bytes. */
const LEAST = 16;
const PART = new RegExp(`[\\w+/-]{${LEAST},}={0,2}`, "g");
const BESIDE = /[\p{L}\p{M}\p{N}+/=]/u;
const SPACE_MARK = "▁"; // words are told apart by it when a text is cut
const TEXT = /^[\p{L}\p{N}\p{P}\p{S}\p{Zs}\p{M}\p{Cf}\s]+$/u;
const PLAIN_LETTERS = /[a-z]{2,} [a-z]/i;

/** The wrapped parts of a text in order. Linear: each sign is looked at a fixed number of times. */
export function findWrapped(text: string): Wrapped[] {
	const found: Wrapped[] = [];
	for (const { 0: part, index } of text.matchAll(PART)) {
		const end = index + part.length;
		if (isPlain(part) || BESIDE.test(text.charAt(index - 1)) || BESIDE.test(text.charAt(end))) continue;
		const unwrapped = unwrap(part);
		if (unwrapped !== undefined) found.push({ start: index, end, ...unwrapped });
	}
	return found;
}

/** Words and names in plain letters are no base64, however long. */
const isPlain = (part: string): boolean => !/[A-Z]/.test(part) || !/[a-z]/.test(part);

function unwrap(part: string): Pick<Wrapped, "text" | "starts" | "ends"> | undefined {
	const signs = part.replace(/=+$/, "");
	const whole = signs.length % 4 === 1 ? signs.slice(0, -1) : signs;
	const bytes = Buffer.from(whole, "base64url");
	const text = decode(bytes);
	if (text === undefined || text.includes(SPACE_MARK)) return undefined;
	if (!TEXT.test(text) || !PLAIN_LETTERS.test(text)) return undefined;
	const starts: number[] = [];
	const ends: number[] = [];
	let at = 0;
	for (const ch of text) {
		const size = Buffer.byteLength(ch);
		for (let k = 0; k < ch.length; k++) {
			starts.push(Math.floor((at * 4) / 3));
			ends.push(Math.min(part.length, Math.ceil(((at + size) * 4) / 3)));
		}
		at += size;
	}
	return { text, starts, ends };
}

/** Bytes as UTF-8; a character cut off at the end is left out, since a text may end anywhere. */
function decode(bytes: Uint8Array): string | undefined {
	for (let cut = 0; cut < 4 && cut < bytes.length; cut++) {
		try {
			return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, bytes.length - cut));
		} catch {
			if ((bytes[bytes.length - 1 - cut]! & 0x80) === 0) return undefined;
		}
	}
	return undefined;
}
