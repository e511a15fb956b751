/**
 * The known words as a tree of letters, so that a word and all its near misses are looked up letter by letter without
 * making strings. Built from the front-coded list on first use: some 5 ms and 6 MiB.
 */
import { WORD_LIST } from "./word-list.ts";

/** A node of the tree; 0 is the root as a start and "no such node" as an answer. */
export type Node = number;

/** Letters of the tree: a to z and the apostrophe. */
export const LETTERS = 27;
/** What a word of another language weighs: it is known, but nothing is folded to it. */
export const FOREIGN = 1;

/** See the header. `weight` is 0 where no word ends, else 1 + the power of two of the word's count. */
export interface WordTree {
	step(node: Node, letter: number): Node;
	weight(node: Node): number;
}

/** A code point as a letter of the tree, or -1. */
export function toLetter(cp: number): number {
	if (cp >= 0x61 && cp <= 0x7a) return cp - 0x61;
	return cp === 0x27 || cp === 0x2019 ? 26 : -1;
}

/** A letter of the tree as a code point. */
export function toCodePoint(letter: number): number {
	return letter === 26 ? 0x27 : letter + 0x61;
}

let known: WordTree | undefined;

/** The one tree of this process. */
export function knownWords(): WordTree {
	known ??= buildTree(WORD_LIST);
	return known;
}

/** @param list words front-coded as training/words.py writes them. */
export function buildTree(list: string): WordTree {
	const entries = [...list.matchAll(/([0-9a-z])([a-z']*)([A-Z])/g)];
	const size = 1 + entries.reduce((sum, [, , rest]) => sum + rest!.length, 0);
	const children = new Int32Array(size * LETTERS);
	const weights = new Uint8Array(size);
	const path: Node[] = [0];
	let nodes = 1;
	for (const [, shared, rest, weight] of entries) {
		path.length = Number.parseInt(shared!, 36) + 1;
		for (const ch of rest!) {
			children[path.at(-1)! * LETTERS + toLetter(ch.charCodeAt(0))] = nodes;
			path.push(nodes++);
		}
		weights[path.at(-1)!] = weight!.charCodeAt(0) - 64;
	}
	return {
		step: (node, letter) => children[node * LETTERS + letter]!,
		weight: (node) => weights[node]!,
	};
}
