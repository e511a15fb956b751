/**
 * The tokenizer: text to token ids with offsets, and back. Loads Hugging Face tokenizer.json files of the Gemma kind.
 * Text is untrusted: what spells a control token stays plain text. Knows no chat format and no model.
 */
import { readFile } from "node:fs/promises";
import { SluiceError } from "../errors.ts";
import { createSplitter } from "./added-tokens.ts";
import { createWordEncoder, type WordEncoder } from "./bpe.ts";
import { createDecoder } from "./decode.ts";
import { createTokenList, type Encoding, type TokenList } from "./token-list.ts";
import { parseTokenizerFile } from "./tokenizer-file.ts";
import { cacheWords } from "./word-cache.ts";

export type { Encoding } from "./token-list.ts";

/** A loaded tokenizer. Synchronous; one instance serves any number of callers. */
export interface Tokenizer {
	/** One more than the highest token id. */
	readonly vocabSize: number;
	/** The id of <bos>. */
	readonly bosId: number;
	/** Adds no <bos>; control tokens in `text` stay plain text; lone surrogates read as U+FFFD. Linear but for log factors. */
	encode(text: string): Encoding;
	/** Control tokens decode to nothing. Throws `invalid_request` for an id outside the vocabulary. */
	decode(ids: ArrayLike<number>): string;
	/** The id of a token by its spelling in the vocabulary, control and added tokens included. */
	idOf(token: string): number | undefined;
}

const CACHE = { limit: 16_384, maxLength: 32 } as const;

/** Reads a tokenizer.json. Throws `invalid_model` when it is missing, malformed or uses an unsupported feature. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
	let json: unknown;
	try {
		json = JSON.parse(await readFile(path, "utf8"));
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: "tokenizer.json cannot be read as JSON", cause });
	}
	return createTokenizer(json);
}

/** Builds a tokenizer from the parsed content of a tokenizer.json. Throws `invalid_model`, with a JSON pointer. */
export function createTokenizer(json: unknown): Tokenizer {
	const spec = parseTokenizerFile(json);
	const bosId = spec.vocab.get("<bos>");
	if (bosId === undefined) throw new SluiceError("invalid_model", { detail: "tokenizer.json: <bos> is missing" });
	const split = createSplitter(spec.added);
	const encodeWord = cacheWords(createWordEncoder(spec), CACHE);
	let vocabSize = 0;
	for (const id of spec.vocab.values()) vocabSize = Math.max(vocabSize, id + 1);
	return {
		vocabSize,
		bosId,
		decode: createDecoder(spec),
		idOf: (token) => spec.vocab.get(token),
		encode(text) {
			const out = createTokenList(text.length);
			const words = { text, encodeWord, out, prepend: spec.prepend, whole: !spec.independentWords };
			split(text, {
				plain: (from, to) => encodePlain(words, from, to),
				token: (id, from, to) => out.push(id, from, to),
			});
			return out.toEncoding();
		},
	};
}

interface Words {
	readonly text: string;
	readonly encodeWord: WordEncoder;
	readonly out: TokenList;
	readonly prepend: boolean;
	/** Whether merges may cross words, so that a plain part is one word. */
	readonly whole: boolean;
}

/** Encodes a plain part word by word; a word begins at a space that follows something else. */
function encodePlain(words: Words, from: number, to: number): void {
	const { text, whole } = words;
	let start = from;
	let afterSpace = isSpace(text.charCodeAt(from));
	for (let at = from + 1; at < to && !whole; at++) {
		const space = isSpace(text.charCodeAt(at));
		if (space && !afterSpace) {
			pushWord(words, start, at, words.prepend && start === from);
			start = at;
		}
		afterSpace = space;
	}
	pushWord(words, start, to, words.prepend && start === from);
}

function pushWord({ text, encodeWord, out }: Words, from: number, to: number, prepend: boolean): void {
	const word = text.slice(from, to);
	const triples = encodeWord(prepend ? ` ${word}` : word);
	const origin = prepend ? from - 1 : from;
	for (let i = 0; i < triples.length; i += 3) {
		out.push(triples[i]!, Math.max(from, origin + triples[i + 1]!), Math.max(from, origin + triples[i + 2]!));
	}
}

function isSpace(unit: number): boolean {
	return unit === 0x20 || unit === 0x2581;
}
