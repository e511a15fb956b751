/**
 * Where a text may be cut for good: places at which, whatever comes, the folded and encoded text before stays as it is and
 * the rest can be folded and encoded on its own. Each rule answers one pass of tokenizer/normalize.ts or the merges of the
 * vocabulary; a randomized test holds them to full scoring.
 */
import { normalizeCharacters } from "../../tokenizer/normalize.ts";

const SPACE = /\s/;
const SPACED_LETTER = /[\p{L}&&[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]]/v;
const APOSTROPHE = 0x27;
const SPACE_MARK = "▁";

/** Whether a UTF-16 unit is white space; all of it folds to a space. */
export function isSpaceAt(text: string, index: number): boolean {
	const code = text.charCodeAt(index);
	return code === 0x20 || (code < 0x21 && code > 0x08) || (code >= 0x80 && SPACE.test(text[index]!));
}

const isAsciiLetter = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);

/**
 * Whether the text may be cut at `end`, where a word ends before white space; the rest begins with that space. The one thing
 * that reaches across is the joining of spaced-out letters (`h a t e`, `d o n ' t`), so a word that ends in a letter on its
 * own must wait, and so must an apostrophe on its own; so must one that ends in the tokenizer's own mark of a space, since
 * words are told apart by it. How the words before were written goes on as the folding's manner.
 */
export function isSettledWord(text: string, end: number): boolean {
	const last = text.charCodeAt(end - 1);
	if (last < 0x80 && last !== APOSTROPHE)
		return !isAsciiLetter(last) || isAsciiLetter(text.charCodeAt(end - 2)) || endsInWord(text, end);
	return endsInWord(text, end);
}

/** Whether the text may be cut before two or more units of white space: nothing is joined across these. */
export function isSettledBySpaces(text: string, end: number): boolean {
	return end + 1 < text.length && isSpaceAt(text, end + 1) && !isSpaceMark(text, end);
}

/** Whether a word may fold to one that ends in the tokenizer's mark; what folds to nothing may leave it at the end. */
function isSpaceMark(text: string, end: number): boolean {
	const { text: folded } = normalizeCharacters(text.slice(startOfWord(text, end), end));
	return folded === "" || folded.endsWith(SPACE_MARK);
}

function startOfWord(text: string, end: number): number {
	let start = end;
	while (start > 0 && !isSpaceAt(text, start - 1)) start--;
	return start;
}

/** The same as {@link isSettledWord} for any word, by how it folds. */
function endsInWord(text: string, end: number): boolean {
	const folded = normalizeCharacters(text.slice(startOfWord(text, end), end));
	const units = folded.text.length;
	if (units === 0 || folded.text.endsWith(SPACE_MARK)) return false;
	if (folded.text === "'" || folded.text === "’") return false;
	const letter = folded.text.at(-1)!;
	if (isLowSurrogate(letter.charCodeAt(0))) return !SPACED_LETTER.test(folded.text.slice(-2));
	if (!SPACED_LETTER.test(letter)) return true;
	if (units < 2 || !SPACED_LETTER.test(folded.text[units - 2]!)) return false;
	// two letters that were joined only here may be apart in the whole text: "a b c.d.e f g"
	return (
		folded.ends[units - 2]! === folded.starts[units - 1]! || folded.starts[units - 2]! === folded.starts[units - 1]!
	);
}

/** Whether a UTF-16 unit is the second half of a character. */
export function isLowSurrogate(code: number): boolean {
	return code >= 0xdc00 && code <= 0xdfff;
}

/**
 * Ends of clauses in scripts without spaces. Each folds to one sign that stands for no letter; before an ideograph it cannot
 * stand between spaced-out letters or be part of a repetition either.
 */
const CLAUSE_ENDS: ReadonlySet<string> = new Set("。、，：；？」』）》】");

/** Letters that fold to themselves: Han, kana, Hangul syllables. */
function isIdeograph(code: number): boolean {
	return (
		(code >= 0x4e00 && code <= 0x9fff) ||
		(code >= 0x3400 && code <= 0x4dbf) ||
		(code >= 0x3041 && code <= 0x3096) ||
		(code >= 0x30a1 && code <= 0x30fa) ||
		(code >= 0xac00 && code <= 0xd7a3)
	);
}

/** Signs after which a text without spaces may be cut. */
export type ClauseEnds = ReadonlySet<string>;

/** The signs that no piece of the vocabulary joins to an ideograph behind it, so that no merge crosses the cut. */
export function findClauseEnds(pieces: Iterable<string>): ClauseEnds {
	const folded = new Map([...CLAUSE_ENDS].map((sign) => [sign.normalize("NFKC"), sign]));
	const safe = new Set(CLAUSE_ENDS);
	for (const piece of pieces)
		for (let i = 0; i + 1 < piece.length; i++) {
			const sign = folded.get(piece[i]!);
			if (sign !== undefined && isIdeograph(piece.charCodeAt(i + 1))) safe.delete(sign);
		}
	return safe;
}

/** Whether the text may be cut at `end`, between the end of a clause and an ideograph. */
export function isSettledClause(text: string, end: number, ends: ClauseEnds): boolean {
	return ends.has(text[end - 1]!) && isIdeograph(text.charCodeAt(end));
}
