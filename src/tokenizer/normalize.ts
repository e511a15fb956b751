/**
 * Text folding in front of the embedded classifier, with a map back to the original offsets.
 * Wrapped text (base64), NFKC (UAX #15), invisible characters, look-alike letters (after UTS #39), spaced-out and stretched
 * words, lower case, disguised words, leet digits, one space between words. Training reads the very same function, so the
 * model sees nothing else. Knows words (word-list.ts), no tokens: what it returns is plain text.
 */
import { foldDisguisedWords, type Manner, PLAIN_MANNER } from "./disguised-words.ts";
import { copy, createFolding, type Folding, push } from "./folding.ts";
import { HOMOGLYPHS } from "./folding-tables.ts";
import { foldSignsBetween } from "./leet.ts";
import { findWordStarts } from "./near-words.ts";
import { toLetter } from "./word-tree.ts";
import { findWrapped } from "./wrapped.ts";

export type { Manner };

/** Folded text; `starts[i]` and `ends[i]` are the original UTF-16 range behind the folded UTF-16 unit `i`. */
export interface NormalizedText {
	readonly text: string;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	/** How the text's last words were written, for what follows it. */
	readonly manner: Manner;
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
/** Marks that belong to the letters before them. */
const CLOSING: ReadonlySet<number> = new Set([...".,!?;:"].map((c) => c.charCodeAt(0)));
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
 * @param before how the words before were written, where `text` goes on after a space.
 */
export function normalizeText(text: string, before: Manner = PLAIN_MANNER): NormalizedText {
	const out = createFolding();
	let manner = before;
	let at = 0;
	const foldPlain = (end: number): void => {
		const part = foldPart(text.slice(at, end), manner);
		manner = part.manner;
		const { cps, starts, ends } = part.folded;
		for (let i = 0; i < cps.length; i++) push(out, cps[i]!, at + starts[i]!, at + ends[i]!);
	};
	for (const { start, end, text: inner, starts, ends } of findWrapped(text)) {
		foldPlain(start);
		const { folded } = foldPart(inner, PLAIN_MANNER);
		for (let i = 0; i < folded.cps.length; i++)
			push(out, folded.cps[i]!, start + starts[folded.starts[i]!]!, start + ends[folded.ends[i]! - 1]!);
		at = end;
	}
	foldPlain(text.length);
	return toUtf16(collapseSpaces(out), manner);
}

/** All passes but the last. */
function foldPart(text: string, before: Manner): { folded: Folding; manner: Manner } {
	const { folded, manner } = foldDisguisedWords(foldCharacters(text), before);
	return { folded: foldSignsBetween(folded, isLetter), manner };
}

/** Characters and what is spelt out one by one; words as such are not looked at. */
function foldCharacters(text: string): Folding {
	return squashRepeats(joinSpacedLetters(foldHomoglyphs(compatibilityFold(text))));
}

/** As {@link normalizeText}, but words stay as they are disguised. What ends in a letter here ends in it there. */
export function normalizeCharacters(text: string): NormalizedText {
	return toUtf16(collapseSpaces(foldCharacters(text)), PLAIN_MANNER);
}

/** NFKC and lower case per combining sequence, so every folded character keeps the range it came from. */
function compatibilityFold(text: string): Folding {
	const out = createFolding();
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

/** Three or more single letters with one separator between them become words: `h a t e`, `h.a.t.e`, `i d o n ' t , y o u`. */
function joinSpacedLetters(f: Folding): Folding {
	const out = createFolding();
	for (let i = 0; i < f.cps.length; i++) {
		const last = findLastSpaced(f, i);
		if (last - i < 4) {
			copy(out, f, i);
			continue;
		}
		copyWords(out, f, i, last);
		i = last;
		const next = f.cps[last + 3] ?? SPACE;
		if (f.cps[last + 1] !== SPACE || (next > SPACE && next < 0x80) || !CLOSING.has(f.cps[last + 2] ?? 0)) continue;
		i = last + 2;
		copy(out, f, i);
	}
	return out;
}

/** Index of the last letter of those that stand one by one from `first` on; an apostrophe may be among them. */
function findLastSpaced(f: Folding, first: number): number {
	if (!isSpacedLetter(f.cps[first]) || isLetter(f.cps[first - 1])) return first;
	const isAlone = (at: number): boolean => isSpacedLetter(f.cps[at]) && !isLetter(f.cps[at + 1]);
	let last = first;
	while (isSpacer(f, last + 1, first + 1)) {
		if (isAlone(last + 2)) last += 2;
		else if (isApostrophe(f.cps[last + 2]) && isSpacer(f, last + 3, first + 1) && isAlone(last + 4)) last += 4;
		else break;
	}
	return last;
}

const isApostrophe = (cp: number | undefined): boolean => cp === 0x27 || cp === 0x2019;

/** Every second of the code points from `first` to `last`, with spaces where words begin. */
function copyWords(out: Folding, f: Folding, first: number, last: number): void {
	const letters: number[] = [];
	for (let i = first; i <= last; i += 2) letters.push(toLetter(f.cps[i]!));
	const starts = new Set(letters.every((letter) => letter >= 0) ? findWordStarts(letters) : []);
	for (let k = 0; k < letters.length; k++) {
		const i = first + 2 * k;
		if (k > 0 && starts.has(k)) push(out, SPACE, f.starts[i]!, f.ends[i]!);
		copy(out, f, i);
	}
}

/** The same separator must run through the word, so that `a, b - c` stays three letters. */
const isSpacer = (f: Folding, index: number, first: number): boolean =>
	SPACERS.has(f.cps[index] ?? 0) && f.cps[index] === f.cps[first];

/** Letters and marks repeated more than twice are cut to two: `stooooop`, `!!!!!!`. Digits keep their value. */
function squashRepeats(f: Folding): Folding {
	const out = createFolding();
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
	const out = createFolding();
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

function toUtf16(f: Folding, manner: Manner): NormalizedText {
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
	return { text: parts.join(""), starts: Int32Array.from(starts), ends: Int32Array.from(ends), manner };
}
