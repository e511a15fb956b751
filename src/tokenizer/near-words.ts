/**
 * Known words that a disguised one may stand for: letters swapped, left out or repeated, words run together, rot13.
 * Words are lists of letters of the tree; scores are in bits, higher is likelier. Knows no text and no offsets.
 */
import { FOREIGN, knownWords, LETTERS, type Node, toCodePoint, toLetter, type WordTree } from "./word-tree.ts";

/** A space within a reading. */
export const GAP: number = LETTERS;

/** What the letters may say: letters or {@link GAP}, each with the range of the given letters it stands for. */
export interface Reading {
	readonly letters: readonly number[];
	readonly from: readonly number[];
	readonly to: readonly number[];
	readonly score: number;
	readonly isRotated?: boolean;
}

/** log2 of the words counted: what makes a weight a probability. */
export const TOTAL: number = 23;
const SWAP = 6;
const LEFT_OUT = 8;
const REPEAT = 8;
const RUN_ON = 3;
/** Least weight of a word that a misspelt word of 3, 4, 5 ... letters is read as: short words have many neighbours. */
const LEAST_SWAPPED = [99, 99, 99, 12, 8, 5, 4];
const LEAST_COMPLETED = [99, 99, 99, 12, 9, 7, 5, 4];
const LEAST_REPEATED = [99, 99, 15, 10, 6, 4];
const LEAST_ROTATED = [99, 99, 99, 13, 9, 6, 4];
const LONGEST = 24;
/** Least score of words run together: a constant and so much a letter, about what an unknown word would cost. */
const LEAST_BITS = 6;
const LEAST_BITS_A_LETTER = -3.3;
/** Weight of a word in one of a hundred texts. */
const COMMON = 13;
/** What two known words in one are made with: they are a word of their own. */
const BEGINNINGS: ReadonlySet<string> = new Set(
	"anti back counter cross down ex extra fore hand head hyper in inter mega micro mid mini multi neo non off out over para photo post pre pro pseudo self semi sub super tele trans under up".split(
		" ",
	),
);
const ENDINGS: ReadonlySet<string> = new Set(
	"able al an ant as back board book ed end ent er es est field fish fold ful full fully house ing is ish ism ist ists lady land less line ling made man mate men ment ness nesses or out over point port proof room ship side some ster storm time up ward wards way wear wide wise woman women wood work works worth writer yard".split(
		" ",
	),
);
/** Words that letters are often left out of to hide them, and how much likelier that makes them. */
const HARM_BITS = 2;
const HARMFUL =
	"kill dick rape fuck shit cunt bitch whore slut fags faggot nigger nigga bomb suck dies dead hate jews murder stupid idiot retard".split(
		" ",
	);
const SHORT_WORDS: ReadonlySet<string> = new Set(
	"a i am an as at be by do go he if in is it me my no of on or so to up us we".split(" "),
);

/** Weight of the word that the letters spell, 0 for none; the genitive of a word is one too. */
export function weighWord(letters: readonly number[]): number {
	const tree = knownWords();
	const weight = weigh(tree, letters);
	if (weight > 0 || letters.at(-1) !== S || letters.at(-2) !== APOSTROPHE) return weight;
	return weigh(tree, letters.slice(0, -2));
}

const S = 18;
const APOSTROPHE = 26;

function weigh(tree: WordTree, letters: readonly number[]): number {
	return tree.weight(walk(tree, 0, letters, 0));
}

/** The node reached from `node` by the letters from `at` on; 0 where the tree ends before. */
function walk(tree: WordTree, node: Node, letters: readonly number[], at: number): Node {
	if (at > 0 && node === 0) return 0;
	let here = node;
	for (let i = at; i < letters.length; i++) {
		here = tree.step(here, letters[i]!);
		if (here === 0) return 0;
	}
	return here;
}

/** The likeliest reading of an unknown word; undefined where nothing is likely enough. */
export function readUnknown(letters: readonly number[]): Reading | undefined {
	const readings =
		letters.length > LONGEST
			? [readRunOn(letters)]
			: [readRepeated(letters), readSwapped(letters), readCompleted(letters), readRotated(letters), readRunOn(letters)];
	let best: Reading | undefined;
	for (const reading of readings)
		if (reading !== undefined && (best === undefined || reading.score > best.score)) best = reading;
	return best;
}

/** A doubled letter said once: `stuupid`. */
export function readRepeated(letters: readonly number[]): Reading | undefined {
	const tree = knownWords();
	let best: Reading | undefined;
	const take = (node: Node, at: number, kept: readonly number[]): void => {
		if (at === letters.length) {
			const repeats = letters.length - kept.length;
			const weight = tree.weight(node);
			const score = weight - TOTAL - REPEAT * repeats;
			if (repeats > 0 && weight >= atLength(LEAST_REPEATED, kept.length) && (best === undefined || score > best.score))
				best = spell(letters, kept, score);
			return;
		}
		const next = tree.step(node, letters[at]!);
		if (next === 0) return;
		take(next, at + 1, [...kept, at]);
		if (letters[at] === letters[at + 1]) take(next, at + 2, [...kept, at]);
	};
	take(0, 0, []);
	return best;
}

function spell(letters: readonly number[], kept: readonly number[], score: number): Reading {
	const to = kept.map((_, i) => kept[i + 1] ?? letters.length);
	return { letters: kept.map((i) => letters[i]!), from: kept, to, score };
}

/** Two neighbouring letters changed places. */
function readSwapped(letters: readonly number[]): Reading | undefined {
	const tree = knownWords();
	const least = atLength(LEAST_SWAPPED, letters.length);
	let weight = 0;
	let swapped = -1;
	for (let node: Node = 0, i = 0; i + 1 < letters.length; node = tree.step(node, letters[i]!), i++) {
		if (i > 0 && node === 0) break;
		if (letters[i] === letters[i + 1]) continue;
		const second = tree.step(node, letters[i + 1]!);
		const first = second === 0 ? 0 : tree.step(second, letters[i]!);
		const end = first === 0 ? 0 : walk(tree, first, letters, i + 2);
		if (end !== 0 && tree.weight(end) > weight) [weight, swapped] = [tree.weight(end), i];
	}
	if (weight < least) return undefined;
	const read = [...letters];
	[read[swapped], read[swapped + 1]] = [letters[swapped + 1]!, letters[swapped]!];
	const isIn = (i: number): boolean => i === swapped || i === swapped + 1;
	const from = letters.map((_, i) => (isIn(i) ? swapped : i));
	const to = letters.map((_, i) => (isIn(i) ? swapped + 2 : i + 1));
	return { letters: read, from, to, score: weight - TOTAL - SWAP };
}

let harmfulNodes: ReadonlySet<Node> | undefined;

function harmful(): ReadonlySet<Node> {
	harmfulNodes ??= new Set(
		HARMFUL.map((word) =>
			walk(
				knownWords(),
				0,
				[...word].map((c) => toLetter(c.charCodeAt(0))),
				0,
			),
		),
	);
	return harmfulNodes;
}

/** A letter within the word was left out. */
function readCompleted(letters: readonly number[]): Reading | undefined {
	const tree = knownWords();
	const least = atLength(LEAST_COMPLETED, letters.length);
	let weight = 0;
	let place = 0;
	let missing = 0;
	for (let node = tree.step(0, letters[0]!), i = 1; i < letters.length && node !== 0; i++) {
		for (let letter = 0; letter < LETTERS; letter++) {
			const next = tree.step(node, letter);
			const end = next === 0 ? 0 : walk(tree, next, letters, i);
			const found = end === 0 ? 0 : tree.weight(end) + (harmful().has(end) ? HARM_BITS : 0);
			if (found > weight) [weight, place, missing] = [found, i, letter];
		}
		node = tree.step(node, letters[i]!);
	}
	if (weight < least) return undefined;
	const at = letters.map((_, i) => i);
	const from = [...at.slice(0, place), place, ...at.slice(place)];
	const read = from.map((i, k) => (k === place ? missing : letters[i]!));
	return { letters: read, from, to: from.map((i) => i + 1), score: weight - TOTAL - LEFT_OUT };
}

/** Each letter stands 13 places on. */
export function readRotated(
	letters: readonly number[],
	least: number = atLength(LEAST_ROTATED, letters.length),
): Reading | undefined {
	const rotated = letters.map(rotate);
	const weight = weighWord(rotated);
	if (weight < Math.min(least, atLength(LEAST_ROTATED, letters.length))) return undefined;
	const at = letters.map((_, i) => i);
	return { letters: rotated, from: at, to: at.map((i) => i + 1), score: weight - TOTAL - SWAP, isRotated: true };
}

const rotate = (letter: number): number => (letter === APOSTROPHE ? letter : (letter + 13) % 26);

const atLength = (table: readonly number[], length: number): number => table[Math.min(length, table.length - 1)]!;

/** Words run together, all of them known. */
export function readRunOn(letters: readonly number[]): Reading | undefined {
	const cut = segment(letters, Number.NEGATIVE_INFINITY);
	if (cut === undefined || cut.words.length < 2 || isCompound(letters, cut.words)) return undefined;
	const score = cut.score - RUN_ON * (cut.words.length - 1);
	if (score < LEAST_BITS_A_LETTER * letters.length - LEAST_BITS) return undefined;
	const read: number[] = [];
	const from: number[] = [];
	const starts = new Set(cut.words.slice(1));
	for (let i = 0; i < letters.length; i++) {
		if (starts.has(i)) {
			read.push(GAP);
			from.push(i);
		}
		read.push(letters[i]!);
		from.push(i);
	}
	return { letters: read, from, to: from.map((i) => i + 1), score };
}

/** Two pieces of one word: `overcame`, `faithfully`, `land` and `lady` aside. */
function isCompound(letters: readonly number[], words: readonly number[]): boolean {
	if (words.length !== 2) return false;
	const first = letters.slice(0, words[1]);
	const second = letters.slice(words[1]);
	if (ENDINGS.has(spellOut(second))) return true;
	return BEGINNINGS.has(spellOut(first)) && weighWord(second) < COMMON;
}

/** Where words begin in letters that stood one by one; unknown words may be among them. */
export function findWordStarts(letters: readonly number[]): readonly number[] {
	return segment(letters, -5)?.words ?? [0];
}

/** The likeliest words one after the other (Viterbi). An unknown word costs a constant and `unknown` bits a letter. */
function segment(letters: readonly number[], unknown: number): { words: readonly number[]; score: number } | undefined {
	const tree = knownWords();
	const best = new Float64Array(letters.length + 1).fill(Number.NEGATIVE_INFINITY);
	const back = new Int32Array(letters.length + 1);
	best[0] = 0;
	for (let start = 0; start < letters.length; start++) {
		const so = best[start]!;
		if (so === Number.NEGATIVE_INFINITY) continue;
		const offer = (end: number, score: number): void => {
			if (so + score > best[end]!) [best[end], back[end]] = [so + score, start];
		};
		let node: Node = 0;
		for (let end = start + 1; end <= Math.min(letters.length, start + LONGEST); end++) {
			if (unknown > Number.NEGATIVE_INFINITY) offer(end, -16 + unknown * (end - start));
			if (end === start + 1 || node !== 0) node = tree.step(node, letters[end - 1]!);
			const weight = node === 0 ? 0 : tree.weight(node);
			if (weight > FOREIGN && isApart(letters, start, end)) offer(end, weight - TOTAL);
			if (node === 0 && unknown === Number.NEGATIVE_INFINITY) break;
		}
	}
	if (best[letters.length] === Number.NEGATIVE_INFINITY) return undefined;
	const words: number[] = [];
	for (let at = letters.length; at > 0; at = back[at]!) words.push(back[at]!);
	return { words: words.reverse(), score: best[letters.length]! };
}

/** Words of one or two letters are the common ones only. */
function isApart(letters: readonly number[], start: number, end: number): boolean {
	return end - start > 2 || SHORT_WORDS.has(spellOut(letters.slice(start, end)));
}

const spellOut = (letters: readonly number[]): string => String.fromCharCode(...letters.map(toCodePoint));
