/**
 * Undoes disguises of single words: signs for letters, marks within a word, doubled, swapped and left-out letters, words run
 * together, rot13. A word that is known stays, and so does one that is near no known word. A decision reads one run of ASCII
 * signs between spaces and how the words before were written ({@link Manner}), so that a text may be cut at any space.
 */
import { copy, createFolding, type Folding, push } from "./folding.ts";
import { isLetterSign, matchSigns } from "./leet.ts";
import { GAP, type Reading, readRotated, readRunOn, readUnknown, TOTAL, weighWord } from "./near-words.ts";
import { FOREIGN, toCodePoint, toLetter } from "./word-tree.ts";

/** How the words before a place were written. */
export interface Manner {
	/** Words since the last one written with signs for letters; {@link NEAR} and more are the same. */
	readonly sinceSigns: number;
	/** Words in rot13 up to here, without one between that is none; at most 2. */
	readonly rotated: number;
}

const SPACE = 0x20;
/** Words over which one written with signs makes it likely that others are. */
const NEAR = 8;
/** At the beginning of a text. */
export const PLAIN_MANNER: Manner = { sinceSigns: NEAR, rotated: 0 };

/** Longest run with marks in it that is read: longer ones are no words. */
const LONGEST_RUN = 120;
/** Bits that a mark between two known words costs: `to-day` is one word, `yes,no` are two. */
const MARK_BITS: ReadonlyMap<number, number> = new Map(
	Object.entries({
		"-": 4,
		"/": 4,
		_: 6,
		"*": 14,
		"~": 14,
		"|": 10,
		"+": 8,
		".": 9,
		",": 9,
		":": 9,
		";": 9,
		"!": 9,
		"?": 9,
	}).map(([mark, bits]) => [mark.charCodeAt(0), bits]),
);
/** Bits that a mark within one word costs. */
const JOIN_BITS = 10;
/** Letters of the shortest word that is joined: `a.m`, `n/a` and `i.e` are not. */
const SHORTEST_JOINED = 4;
/** Marks behind which, or before which, a space was left out. */
const CLAUSE_MARKS: ReadonlySet<number> = new Set([..."!?,;."].map((c) => c.charCodeAt(0)));
const OPENING_MARKS: ReadonlySet<number> = new Set([..."#"].map((c) => c.charCodeAt(0)));
const DOT = 0x2e;
const PARENTHESIS = 0x28;
/** Least weight of a word that begins a sentence without a space before it: other dots stand in names and programs. */
const COMMON = 10;
/** What stands behind a dot in names of places on the web and of files. */
const ENDINGS: ReadonlySet<string> = new Set(
	"com org net edu gov info me tv co us in is it no at be io ai app html htm php js ts py txt pdf doc exe zip jpg png gif mp so to go do log list name id text value get set add map read write open close length size test main index".split(
		" ",
	),
);
const LETTER_OR_MARK = /[\p{L}\p{M}]/u;

const isAscii = (cp: number): boolean => (cp > SPACE && cp < 0x7f) || cp === 0x2019;
const isLetter = (cp: number): boolean => cp >= 0x61 && cp <= 0x7a;
const isDigit = (cp: number): boolean => cp >= 0x30 && cp <= 0x39;
const isCore = (cp: number): boolean => isLetter(cp) || isDigit(cp) || cp === 0x40 || cp === 0x24;
const isOther = (cp: number | undefined): boolean =>
	cp !== undefined && cp >= 0x80 && LETTER_OR_MARK.test(String.fromCodePoint(cp));

/** A part of a folding. */
interface Part {
	readonly from: number;
	readonly to: number;
}

/** Linear: a run costs a bounded number of steps per sign. */
export function foldDisguisedWords(f: Folding, manner: Manner): { folded: Folding; manner: Manner } {
	const reader = new WordReader(f, manner);
	for (let i = 0; i < f.cps.length; ) {
		if (!isAscii(f.cps[i]!)) {
			copy(reader.out, f, i++);
			continue;
		}
		let end = i + 1;
		while (end < f.cps.length && isAscii(f.cps[end]!)) end++;
		reader.readRun({ from: i, to: end });
		i = end;
	}
	return { folded: reader.out, manner: reader.manner };
}

class WordReader {
	readonly out: Folding = createFolding();
	readonly #f: Folding;
	#sinceSigns: number;
	#rotated: number;

	constructor(f: Folding, { sinceSigns, rotated }: Manner) {
		this.#f = f;
		this.#sinceSigns = sinceSigns;
		this.#rotated = rotated;
	}

	get manner(): Manner {
		return { sinceSigns: this.#sinceSigns, rotated: this.#rotated };
	}

	/** The edges of a run stay; what is between is a word, or words with marks between them. */
	readRun(run: Part): void {
		const { cps } = this.#f;
		let { from, to } = run;
		while (from < to && !isCore(cps[from]!)) from++;
		while (to > from && !isCore(cps[to - 1]!)) to--;
		this.#copy({ from: run.from, to: from });
		if (isOther(cps[from - 1]) || isOther(cps[to]) || isAddress(this.#f, run)) this.#copy({ from, to });
		else if (from < to) this.#readCore({ from, to });
		this.#copy({ from: to, to: run.to });
	}

	#readCore(core: Part): void {
		this.#sinceSigns = Math.min(NEAR, this.#sinceSigns + 1);
		const cps = this.#f.cps.slice(core.from, core.to);
		const letters = cps.map(toLetter);
		if (letters.every((letter) => letter >= 0)) this.#readLetters(core, letters);
		else if (cps.length > LONGEST_RUN) this.#copy(core);
		else if (!this.#readSigns(core, cps)) this.#readParts(core, cps);
	}

	#readParts(core: Part, cps: readonly number[]): void {
		const pieces = this.#split(core);
		if (cps.some((cp) => isDigit(cp) || (isLetterSign(cp) && !MARK_BITS.has(cp)))) this.#readPieces(core, pieces);
		else this.#readMarked(core, pieces);
	}

	#readLetters(part: Part, letters: readonly number[]): void {
		const known = weighWord(letters);
		let reading: Reading | undefined;
		if (known === 0 && this.#rotated > 0) reading = readRotated(letters, FOREIGN + 1);
		else if (this.#rotated > 1) reading = readRotated(letters, 12);
		if (reading === undefined && known === 0 && letters.length > 2) reading = readUnknown(letters);
		this.#rotated =
			reading?.isRotated === true ? Math.min(2, this.#rotated + 1) : letters.length < 3 ? this.#rotated : 0;
		if (reading === undefined) this.#copy(part);
		else this.#write(part.from, reading);
	}

	#readSigns(part: Part, cps: readonly number[]): boolean {
		const read = cps.some(isLetterSign) ? matchSigns(cps, this.#sinceSigns < NEAR) : undefined;
		if (read === undefined) return false;
		this.#sinceSigns = 0;
		for (const [i, letter] of read.entries())
			push(this.out, toCodePoint(letter), this.#f.starts[part.from + i]!, this.#f.ends[part.from + i]!);
		return true;
	}

	/** The parts between marks, in order. */
	#split({ from, to }: Part): Part[] {
		const { cps } = this.#f;
		const pieces: Part[] = [];
		let start = from;
		for (let i = from; i <= to; i++) {
			const cp = cps[i]!;
			if (i < to && (toLetter(cp) >= 0 || isDigit(cp) || (isLetterSign(cp) && !MARK_BITS.has(cp)))) continue;
			if (i > start) pieces.push({ from: start, to: i });
			start = i + 1;
		}
		return pieces;
	}

	/** Pieces with digits or signs in them are matched one by one. */
	#readPieces({ from, to }: Part, pieces: readonly Part[]): void {
		let at = from;
		for (const piece of pieces) {
			this.#copy({ from: at, to: piece.from });
			const cps = this.#f.cps.slice(piece.from, piece.to);
			if (!cps.some((cp) => toLetter(cp) >= 0) || !this.#readSigns(piece, cps)) this.#copy(piece);
			at = piece.to;
		}
		this.#copy({ from: at, to });
	}

	/** Letters with marks between them: one word, or several with a mark or a mark and a forgotten space. */
	#readMarked(core: Part, pieces: readonly Part[]): void {
		if (this.#isOneWord(pieces)) {
			for (const piece of pieces) this.#copy(piece);
			return;
		}
		for (let i = 0; i < pieces.length; i++) {
			const piece = pieces[i]!;
			const next = pieces[i + 1];
			if (next === undefined) {
				this.#readPiece(piece);
				this.#copy({ from: piece.to, to: core.to });
				return;
			}
			if (pieces.length > 2 && this.#isOneWord([piece, next])) {
				this.#copy(piece);
				this.#copy(next);
				this.#copy({ from: next.to, to: pieces[i + 2]?.from ?? core.to });
				i++;
				continue;
			}
			this.#readPiece(piece);
			const lacks = this.#lacksSpace(piece, next, pieces.length);
			if (lacks === "before") this.#space(piece.to);
			this.#copy({ from: piece.to, to: next.from });
			if (lacks === "behind") this.#space(next.from);
		}
	}

	/** A word beside a mark may be words run together. */
	#readPiece(piece: Part): void {
		const letters = this.#letters(piece);
		const reading = letters.length > 3 && weighWord(letters) === 0 ? readRunOn(letters) : undefined;
		if (reading === undefined) this.#copy(piece);
		else this.#write(piece.from, reading);
	}

	/** Where a space was left out between words with a mark between them. */
	#lacksSpace(piece: Part, next: Part, pieces: number): "before" | "behind" | undefined {
		const mark = this.#f.cps[next.from - 1]!;
		if (OPENING_MARKS.has(mark)) return "before";
		if (!CLAUSE_MARKS.has(mark)) return undefined;
		const isDot = mark === DOT;
		if (isDot && (pieces > 3 || piece.to + 1 !== next.from || ENDINGS.has(this.#string(next)))) return undefined;
		if (isDot && this.#f.cps[next.to] === PARENTHESIS) return undefined; // a call in a program
		const isWord = (part: Part, least: number): boolean => {
			const letters = this.#letters(part);
			return weighWord(letters) >= least || (letters.length > 3 && readRunOn(letters) !== undefined);
		};
		return isWord(piece, FOREIGN + 1) && isWord(next, isDot ? COMMON : FOREIGN + 1) ? "behind" : undefined;
	}

	/** Whether the marks stand within one word: it is known, and likelier than its pieces as words of their own. */
	#isOneWord(pieces: readonly Part[]): boolean {
		const letters = pieces.flatMap((piece) => this.#letters(piece));
		const weight = letters.length < SHORTEST_JOINED ? 0 : weighWord(letters);
		if (weight <= FOREIGN) return false;
		let apart = 0;
		for (const [i, piece] of pieces.entries()) {
			const own = weighWord(this.#letters(piece));
			if (own === 0) return true;
			apart += own - TOTAL;
			if (i > 0) apart -= MARK_BITS.get(this.#f.cps[piece.from - 1]!) ?? JOIN_BITS;
		}
		return weight - TOTAL - JOIN_BITS > apart;
	}

	#letters({ from, to }: Part): number[] {
		return this.#f.cps.slice(from, to).map(toLetter);
	}

	#string({ from, to }: Part): string {
		return String.fromCharCode(...this.#f.cps.slice(from, to));
	}

	/** A space that is not in the text, with the range of what follows. */
	#space(at: number): void {
		push(this.out, SPACE, this.#f.starts[at]!, this.#f.ends[at]!);
	}

	#copy({ from, to }: Part): void {
		for (let i = from; i < to; i++) copy(this.out, this.#f, i);
	}

	#write(base: number, { letters, from, to }: Reading): void {
		const { starts, ends } = this.#f;
		for (const [i, letter] of letters.entries())
			push(this.out, letter === GAP ? SPACE : toCodePoint(letter), starts[base + from[i]!]!, ends[base + to[i]! - 1]!);
	}
}

/** Web and mail addresses. */
function isAddress({ cps }: Folding, { from, to }: Part): boolean {
	for (let i = from; i < to; i++) {
		if (cps[i] === 0x3a && cps[i + 1] === 0x2f && cps[i + 2] === 0x2f) return true;
		if (cps[i] === 0x77 && cps[i + 1] === 0x77 && cps[i + 2] === DOT) return true; // "www." by now
		if (cps[i] !== 0x40 || i === from) continue;
		for (let j = i + 1; j + 1 < to; j++) if (cps[j] === DOT && isLetter(cps[j + 1]!)) return true;
		return false;
	}
	return false;
}
