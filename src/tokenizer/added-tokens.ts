/**
 * Finds added tokens in text before any merging: leftmost, then longest, as Hugging Face tokenizers does.
 * A control token's text takes part in the search but stays plain text (encode_special_tokens = true there).
 */
import { ADDED, CONTROL, type Vocabulary } from "./vocabulary.ts";

interface Token {
	readonly id: number;
	readonly length: number;
	readonly special: boolean;
}

interface Node {
	readonly next: Map<number, Node>;
	token: Token | undefined;
}

/** Receives the parts of a text in order, as UTF-16 ranges, end exclusive; plain ranges are never empty. */
export interface Parts {
	plain(from: number, to: number): void;
	token(id: number, from: number, to: number): void;
}

/** Returns the function that cuts a text into plain parts and added tokens that are not special. */
export function createSplitter({ size, kindOf, tokenOf }: Vocabulary): (text: string, parts: Parts) => void {
	const root: Node = { next: new Map(), token: undefined };
	const firstUnits = new Uint8Array(65536);
	for (let id = 0; id < size; id++) {
		const kind = kindOf(id);
		if (kind !== ADDED && kind !== CONTROL) continue;
		const content = tokenOf(id);
		firstUnits[content.charCodeAt(0)] = 1;
		insert(root, content, { id, length: content.length, special: kind === CONTROL });
	}
	return (text, parts) => {
		let plain = 0;
		for (let at = 0; at < text.length; at++) {
			if (firstUnits[text.charCodeAt(at)] === 0) continue;
			const token = longestAt(root, text, at);
			if (token === undefined) continue;
			const end = at + token.length;
			if (!token.special) {
				if (at > plain) parts.plain(plain, at);
				parts.token(token.id, at, end);
				plain = end;
			}
			at = end - 1;
		}
		if (text.length > plain) parts.plain(plain, text.length);
	};
}

function insert(root: Node, content: string, token: Token): void {
	let node = root;
	for (let i = 0; i < content.length; i++) {
		const unit = content.charCodeAt(i);
		let next = node.next.get(unit);
		if (next === undefined) {
			next = { next: new Map(), token: undefined };
			node.next.set(unit, next);
		}
		node = next;
	}
	node.token = token;
}

function longestAt(root: Node, text: string, from: number): Token | undefined {
	let longest: Token | undefined;
	let node = root.next.get(text.charCodeAt(from));
	for (let at = from + 1; node !== undefined; at++) {
		longest = node.token ?? longest;
		node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined;
	}
	return longest;
}
