/**
 * Digits and signs that stand for letters. A word written so is first matched with the known words; what matches none keeps
 * its signs but for those between letters, which become the letters they most often stand for.
 */

import type { Folding } from "./folding.ts";
import { LEET } from "./folding-tables.ts";
import { FOREIGN, knownWords, type Node, toLetter } from "./word-tree.ts";

/** Letters that a sign may stand for, most usual first. */
const READINGS: ReadonlyMap<number, readonly number[]> = new Map(
	Object.entries({
		0: "o",
		1: "il",
		3: "e",
		4: "a",
		5: "s",
		6: "gb",
		7: "t",
		8: "b",
		9: "g",
		"@": "a",
		$: "s",
		"!": "il",
	}).map(([sign, letters]) => [sign.charCodeAt(0), [...letters].map((c) => toLetter(c.charCodeAt(0)))]),
);
/** Numbers with a unit or an ending, and names that look like words. */
const NUMBER =
	/^(?:(?!0\D)\d+(?:s|k|m|b|g|kg|km|cm|mm|am|pm|a|p|h|x|d|ft|lb|lbs|in|mg|ml|l|oz|gb|mb|kb|tb|bn|hz|w|v|c|f|min|mins|hr|hrs|sec|yr|yrs|yo|px|pt|ppm|bit|mph|th)|\d*(?:1st|2nd|3rd)|m3|a55|a1[01])$/;
const SHORT_WORDS: ReadonlySet<string> = new Set(
	"a am an as at be do go he i if in is it me no of on or so to up us we".split(" "),
);
const LONGEST = 24;

/** Whether a code point may stand for a letter. */
export const isLetterSign = (cp: number): boolean => READINGS.has(cp);

/**
 * The known word that letters and signs spell, as letters of the tree; undefined where a number or nothing known stands.
 * @param isExpected whether words near it were written so: then numbers may be words too, and rare words will do.
 */
export function matchSigns(cps: readonly number[], isExpected: boolean): readonly number[] | undefined {
	if (cps.length > LONGEST || (cps.length < 2 && !isExpected)) return undefined;
	const plain = cps.filter((cp) => toLetter(cp) >= 0).length;
	if (!isExpected && (plain === 0 || NUMBER.test(String.fromCharCode(...cps)))) return undefined;
	const { letters, weight } = findHeaviest(cps);
	if (letters === undefined || weight < leastWeight(cps, plain, isExpected)) return undefined;
	if (cps.length < 3 && !SHORT_WORDS.has(String.fromCharCode(...letters.map((l) => l + 97)))) return undefined;
	return letters;
}

/** Words of few letters, and words with a number behind them (`item5`), need to be common to be meant. */
function leastWeight(cps: readonly number[], plain: number, isExpected: boolean): number {
	if (isExpected) return plain === 0 && cps.length > 2 ? 9 : FOREIGN + 1;
	if (cps.length === 2) return 12;
	if (cps.length === 3) return plain === 1 ? 13 : 9;
	if (plain === 1) return 9;
	const stem = cps.slice(0, -1).map(toLetter);
	return plain === cps.length - 1 && stem.at(-1)! >= 0 && isKnown(stem) ? 10 : FOREIGN + 1;
}

function isKnown(letters: readonly number[]): boolean {
	const tree = knownWords();
	let node: Node = 0;
	for (const letter of letters) {
		node = letter < 0 ? 0 : tree.step(node, letter);
		if (node === 0) return false;
	}
	return tree.weight(node) > 0;
}

function findHeaviest(cps: readonly number[]): { letters: readonly number[] | undefined; weight: number } {
	const tree = knownWords();
	let weight = 0;
	let letters: readonly number[] | undefined;
	const take = (node: Node, read: readonly number[]): void => {
		if (read.length === cps.length) {
			if (tree.weight(node) > weight) [weight, letters] = [tree.weight(node), read];
			return;
		}
		const cp = cps[read.length]!;
		const own = toLetter(cp);
		for (const letter of own >= 0 ? [own] : (READINGS.get(cp) ?? [])) {
			const next = tree.step(node, letter);
			if (next !== 0) take(next, [...read, letter]);
		}
	};
	take(0, []);
	return { letters, weight };
}

const EXCLAMATION = 0x21;
const AT = 0x40;

const isSign = (cp: number | undefined): boolean => cp !== undefined && cp !== EXCLAMATION && LEET.has(cp);

const isPlain = (cp: number | undefined): boolean =>
	cp !== undefined && ((cp >= 0x61 && cp <= 0x7a) || (cp >= 0x30 && cp <= 0x39));

/** End of the letters and digits from `at` on where they are too many for a word, else `at`. */
function endOfKey({ cps }: Folding, at: number): number {
	let end = at;
	while (isPlain(cps[end])) end++;
	return end - at > LONGEST ? end : at;
}

/** Whether a dot follows within the same run of ASCII signs, as it does in a mail address. */
function isInAddress({ cps }: Folding, at: number): boolean {
	for (let i = at + 1; i < at + 64 && isAscii(cps[i]); i++) if (cps[i] === 0x2e && isAscii(cps[i + 1])) return true;
	return false;
}

const isAscii = (cp: number | undefined): boolean => cp !== undefined && cp > 0x20 && cp < 0x7f;

/** Signs between letters become letters: at most two in a row, a tail only after an inner one. */
export function foldSignsBetween(f: Folding, isLetter: (cp: number | undefined) => boolean): Folding {
	let folded = false;
	let key = 0; // where a key or a hash ends
	for (let i = 0; i < f.cps.length; i++) {
		const cp = f.cps[i]!;
		if (i >= key && !isPlain(f.cps[i - 1])) key = endOfKey(f, i);
		if (isLetter(cp)) continue;
		if (i < key || !LEET.has(cp) || cp === EXCLAMATION || (cp === AT && isInAddress(f, i))) {
			folded = false;
			continue;
		}
		const end = isSign(f.cps[i + 1]) ? i + 2 : i + 1;
		const before = isLetter(f.cps[i - 1]);
		const after = isLetter(f.cps[end]);
		const leadingDollar = cp === 0x24 && !before && after && isLetter(f.cps[end + 1]);
		if ((before && after) || leadingDollar || (before && folded && !isSign(f.cps[end]))) {
			for (let j = i; j < end; j++) f.cps[j] = LEET.get(f.cps[j]!)!;
			folded = true;
		} else folded = false;
		i = end - 1;
	}
	return f;
}
