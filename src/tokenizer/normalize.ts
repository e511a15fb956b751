/**
 * Text folding in front of the embedded classifier, with a map back to the original offsets.
 * NFKC (UAX #15), invisible characters, look-alike letters (after UTS #39), leet digits, spaced-out and stretched words,
 * lower case, one space between words. Training reads the very same function, so the model sees nothing else.
 * Knows no vocabulary: what it returns is plain text.
 */
import { HOMOGLYPHS, LEET } from "./folding-tables.ts";

/** Folded text; `starts[i]` and `ends[i]` are the original UTF-16 range behind the folded UTF-16 unit `i`. */
export interface NormalizedText {
	readonly text: string;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
}

/** Code points with the original range of each: what the passes hand on. */
interface Folding {
	cps: number[];
	starts: number[];
	ends: number[];
}

const SPACE = 0x20;
const MARK = /\p{M}/u;
const INVISIBLE = /\p{Cf}|\p{Me}|\p{Co}|\p{Variation_Selector}/u;
const STACKED_MARK = /\p{Mn}/u;
/** Scripts that write with marks keep them; elsewhere a mark that NFKC could not compose is decoration. */
const PLAIN_BASE = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Common}\p{Script=Inherited}]/u;
const SEPARATOR = /[\s\p{Cc}\p{Zl}\p{Zp}]/u;
const FOREIGN_LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;
const LETTER = /\p{L}/u;
const SPACED_SCRIPT = /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u;
const SPACERS: ReadonlySet<number> = new Set([..." .-_*+,|/~"].map((c) => c.charCodeAt(0)));

const isAsciiLetter = (cp: number): boolean => (cp >= 0x61 && cp <= 0x7a) || (cp >= 0x41 && cp <= 0x5a);
const isLetter = (cp: number | undefined): boolean =>
	cp !== undefined && (isAsciiLetter(cp) || (cp >= 0x80 && LETTER.test(String.fromCodePoint(cp))));
const isSpacedLetter = (cp: number | undefined): boolean =>
	cp !== undefined &&
	(isAsciiLetter(cp) || (cp >= 0x80 && isLetter(cp) && SPACED_SCRIPT.test(String.fromCodePoint(cp))));

/**
 * Folds a text for the classifier. Linear in the text's length; the empty text folds to the empty text.
 * @param text any string; a lone surrogate becomes U+FFFD.
 */
export function normalizeText(text: string): NormalizedText {
	const folded = squashRepeats(joinSpacedLetters(foldLeet(foldHomoglyphs(compatibilityFold(text)))));
	return toUtf16(collapseSpaces(folded));
}

/** NFKC and lower case per combining sequence, so every folded character keeps the range it came from. */
function compatibilityFold(text: string): Folding {
	const out: Folding = { cps: [], starts: [], ends: [] };
	for (let i = 0; i < text.length; ) {
		const code = text.charCodeAt(i);
		if (code < 0x80 && !isCombiningAt(text, i + 1)) {
			push(out, code < SPACE || code === 0x7f ? SPACE : isUpper(code) ? code + 32 : code, i, ++i);
			continue;
		}
		const end = clusterEnd(text, i);
		const cluster = text.slice(i, end).toWellFormed().normalize("NFKC").toLowerCase();
		const plain = PLAIN_BASE.test(cluster);
		for (const ch of cluster) {
			if (INVISIBLE.test(ch)) continue; // before separators: \s also holds U+FEFF, which nobody sees
			if (SEPARATOR.test(ch)) push(out, SPACE, i, end);
			else if (!(plain && STACKED_MARK.test(ch))) push(out, ch.codePointAt(0)!, i, end);
		}
		i = end;
	}
	return out;
}

const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;

function isCombiningAt(text: string, index: number): boolean {
	const code = text.charCodeAt(index);
	return code >= 0x300 && MARK.test(String.fromCodePoint(text.codePointAt(index) ?? SPACE));
}

/** End of the combining sequence or conjoining-jamo syllable that begins at `start`. */
function clusterEnd(text: string, start: number): number {
	let end = start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1);
	while (end < text.length) {
		const cp = text.codePointAt(end) ?? 0;
		const jamo = cp >= 0x1160 && cp <= 0x11ff;
		if (!jamo && !(cp >= 0x300 && MARK.test(String.fromCodePoint(cp)))) break;
		end += cp > 0xffff ? 2 : 1;
	}
	return end;
}

/** Look-alikes become Latin where a word mixes scripts; a word wholly in its own script stays. */
function foldHomoglyphs(f: Folding): Folding {
	for (let i = 0; i < f.cps.length; ) {
		if (!isLetter(f.cps[i])) {
			i++;
			continue;
		}
		let end = i;
		let latin = false;
		let foreign = false;
		for (; end < f.cps.length && isLetter(f.cps[end]); end++) {
			const cp = f.cps[end]!;
			if (isAsciiLetter(cp)) latin = true;
			else if (FOREIGN_LOOKALIKE.test(String.fromCodePoint(cp)) || HOMOGLYPHS.has(cp)) foreign = true;
		}
		if (foreign && (latin || isFancy(f.cps[i]!)))
			for (let j = i; j < end; j++) f.cps[j] = HOMOGLYPHS.get(f.cps[j]!) ?? f.cps[j]!;
		i = end;
	}
	return foldFancy(f);
}

/** Letters that exist only as decoration (small capitals, enclosed letters) fold wherever they stand. */
const isFancy = (cp: number): boolean =>
	(cp >= 0x1d00 && cp <= 0x1d22) || (cp >= 0x1f130 && cp <= 0x1f189) || (cp >= 0x250 && cp <= 0x2af);

function foldFancy(f: Folding): Folding {
	for (let i = 0; i < f.cps.length; i++) {
		const cp = f.cps[i]!;
		if (cp >= 0x250 && isFancy(cp)) f.cps[i] = HOMOGLYPHS.get(cp) ?? cp;
	}
	return f;
}

/** Digits and signs between letters become the letters they stand for: at most two in a row, a tail only after an inner one. */
function foldLeet(f: Folding): Folding {
	let folded = false;
	for (let i = 0; i < f.cps.length; i++) {
		const cp = f.cps[i]!;
		if (isLetter(cp)) continue;
		if (!LEET.has(cp)) {
			folded = false;
			continue;
		}
		const end = LEET.has(f.cps[i + 1] ?? 0) ? i + 2 : i + 1;
		const before = isLetter(f.cps[i - 1]);
		const after = isLetter(f.cps[end]);
		const leadingDollar = cp === 0x24 && !before && after && isLetter(f.cps[end + 1]);
		if ((before && after) || leadingDollar || (before && folded && !LEET.has(f.cps[end] ?? 0))) {
			for (let j = i; j < end; j++) f.cps[j] = LEET.get(f.cps[j]!)!;
			folded = true;
		} else folded = false;
		i = end - 1;
	}
	return f;
}

/** Three or more single letters with one separator between them become one word: `h a t e`, `h.a.t.e`. */
function joinSpacedLetters(f: Folding): Folding {
	const out: Folding = { cps: [], starts: [], ends: [] };
	for (let i = 0; i < f.cps.length; i++) {
		copy(out, f, i);
		if (!isSpacedLetter(f.cps[i]) || isLetter(f.cps[i - 1])) continue;
		let last = i;
		while (isSpacer(f, last + 1, i + 1) && isSpacedLetter(f.cps[last + 2]) && !isLetter(f.cps[last + 3])) last += 2;
		if (last - i < 4) continue;
		for (let j = i + 2; j <= last; j += 2) copy(out, f, j);
		i = last;
	}
	return out;
}

/** The same separator must run through the word, so that `a, b - c` stays three letters. */
const isSpacer = (f: Folding, index: number, first: number): boolean =>
	SPACERS.has(f.cps[index] ?? 0) && f.cps[index] === f.cps[first];

/** Letters and marks repeated more than twice are cut to two: `stooooop`, `!!!!!!`. Digits keep their value. */
function squashRepeats(f: Folding): Folding {
	const out: Folding = { cps: [], starts: [], ends: [] };
	for (let i = 0; i < f.cps.length; i++) {
		const cp = f.cps[i]!;
		const isDigit = cp >= 0x30 && cp <= 0x39;
		if (!isDigit && cp !== SPACE && cp === f.cps[i - 1] && cp === f.cps[i - 2]) {
			out.ends[out.ends.length - 1] = f.ends[i]!;
			continue;
		}
		copy(out, f, i);
	}
	return out;
}

function collapseSpaces(f: Folding): Folding {
	const out: Folding = { cps: [], starts: [], ends: [] };
	for (let i = 0; i < f.cps.length; i++) {
		if (f.cps[i] === SPACE && (out.cps.length === 0 || out.cps.at(-1) === SPACE)) continue;
		copy(out, f, i);
	}
	if (out.cps.at(-1) === SPACE) {
		out.cps.pop();
		out.starts.pop();
		out.ends.pop();
	}
	return out;
}

function toUtf16(f: Folding): NormalizedText {
	const units: number[] = [];
	const starts: number[] = [];
	const ends: number[] = [];
	const parts: string[] = [];
	for (let i = 0; i < f.cps.length; i++) {
		const cp = f.cps[i]!;
		for (let k = cp > 0xffff ? 2 : 1; k > 0; k--) {
			starts.push(f.starts[i]!);
			ends.push(f.ends[i]!);
		}
		units.push(cp);
		if (units.length === 4096) parts.push(String.fromCodePoint(...units.splice(0)));
	}
	parts.push(String.fromCodePoint(...units));
	return { text: parts.join(""), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

function push(f: Folding, cp: number, start: number, end: number): void {
	f.cps.push(cp);
	f.starts.push(start);
	f.ends.push(end);
}

function copy(to: Folding, from: Folding, index: number): void {
	push(to, from.cps[index]!, from.starts[index]!, from.ends[index]!);
}
