/**
 * Token ids back to text, one at a time: U+2581 to space, byte pieces as UTF-8, control tokens to nothing. Bytes that are no
 * character are U+FFFD each, as SentencePiece decodes; Hugging Face's ByteFallback gives up the whole run of bytes instead.
 */
import { SluiceError } from "../errors.ts";
import { createUtf8Stream } from "./utf8-stream.ts";
import { CONTROL, HOLE, type Vocabulary } from "./vocabulary.ts";

/** What ids stand for. */
export interface Pieces {
	/** The text of a token, the byte of a byte piece, "" for a control token. Throws `invalid_request` outside the vocabulary. */
	pieceOf(id: number): string | number;
	/** Whether decoding removes one leading space of the whole text. */
	readonly stripsSpace: boolean;
}

/** Turns one sequence of ids into text. All that `push` and `end` return, joined, is what `decode` makes of the ids. */
export interface Detokenizer {
	/**
	 * The text that is certain now, whole characters; "" where there are none yet. Throws `invalid_request` for an id outside
	 * the vocabulary, which then does not count.
	 */
	push(id: number): string;
	/** The ids are over: what was held back, at most three bytes. */
	end(): string;
}

/** Options of {@link createDetokenizer}. */
export interface DetokenizerOptions {
	/** Whether the ids go on from a text: then a leading space stays, where `decode` would remove it. */
	readonly continues?: boolean | undefined;
}

/** A detokenizer at the start of a text. Constant time per id. */
export function createDetokenizer(
	{ pieceOf, stripsSpace }: Pieces,
	{ continues = false }: DetokenizerOptions = {},
): Detokenizer {
	const utf8 = createUtf8Stream();
	let strips = stripsSpace && !continues;
	const release = (text: string): string => {
		if (!strips || text === "") return text;
		strips = false;
		return text.startsWith(" ") ? text.slice(1) : text;
	};
	return {
		push(id) {
			const piece = pieceOf(id);
			if (typeof piece === "number") return release(utf8.push(piece));
			// a control token says nothing and leaves an unfinished character as it is
			return piece === "" ? "" : release(utf8.end() + piece);
		},
		end: () => release(utf8.end()),
	};
}

/** Reads pieces out of a vocabulary, each once. */
export function createPieceReader({ kindOf, tokenOf, size }: Vocabulary): Pieces["pieceOf"] {
	const pieces = new Array<string | number | undefined>(size);
	const read = (id: number): string | number => {
		const kind = kindOf(id);
		if (kind === HOLE) {
			throw new SluiceError("invalid_request", { detail: `token id ${id} is outside the vocabulary` });
		}
		const token = kind === CONTROL ? "" : tokenOf(id);
		const isByte = /^<0x[0-9A-Fa-f]{2}>$/.test(token);
		const piece = isByte ? Number.parseInt(token.slice(3, 5), 16) : token.replaceAll("▁", " ");
		pieces[id] = piece;
		return piece;
	};
	return (id) => pieces[id] ?? read(id);
}
