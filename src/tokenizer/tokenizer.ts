/**
 * Text to token ids with offsets, and back. Text is untrusted: what spells a control token stays plain text.
 * Knows no chat format and no model.
 */
import { SluiceError } from "../errors.ts";
import { createSplitter } from "./added-tokens.ts";
import { createWordEncoder, type WordEncoder } from "./bpe.ts";
import { createDetokenizer, createPieceReader, type Pieces } from "./detokenize.ts";
import { type TokenizerTables, toTokenizerTables } from "./tables.ts";
import { createTokenList, type Encoding, type TokenList } from "./token-list.ts";
import { parseTokenizerFile } from "./tokenizer-file.ts";
import { createVocabulary } from "./vocabulary.ts";
import { cacheWords } from "./word-cache.ts";

/** A loaded tokenizer. Synchronous; one instance serves any number of callers. */
export interface Tokenizer extends Pieces {
	/** One more than the highest token id. */
	readonly vocabSize: number;
	/** The id of <bos>. */
	readonly bosId: number;
	/** Whether no merge crosses the begin of a word, so that words can be encoded one by one. */
	readonly independentWords: boolean;
	/** Adds no <bos>; control tokens in `text` stay plain text; lone surrogates read as U+FFFD. Linear but for log factors. */
	encode(text: string): Encoding;
	/** Control tokens decode to nothing. Throws `invalid_request` for an id outside the vocabulary. */
	decode(ids: ArrayLike<number>): string;
	/** The id of a token by its spelling in the vocabulary, control and added tokens included. */
	idOf(token: string): number | undefined;
}

/** About 5 MB. */
const CACHE = { words: 32_768, units: 32, tokens: 8 } as const;

/** Builds a tokenizer from the parsed content of a tokenizer.json. Throws `invalid_model`, with a JSON pointer. */
export function createTokenizer(json: unknown): Tokenizer {
	return createTokenizerFromTables(toTokenizerTables(parseTokenizerFile(json)));
}

/** Builds a tokenizer over tables, which it keeps. Throws `invalid_model` where <bos> is missing or a merge repeats. */
export function createTokenizerFromTables(tables: TokenizerTables): Tokenizer {
	const { prepend, independentWords, stripsSpace } = tables;
	const vocabulary = createVocabulary(tables.vocabulary);
	const bosId = vocabulary.idOf("<bos>");
	if (bosId === undefined) throw new SluiceError("invalid_model", { detail: "tokenizer.json: <bos> is missing" });
	const split = createSplitter(vocabulary);
	const encodeWord = cacheWords(createWordEncoder(vocabulary, tables), CACHE);
	const pieces = { pieceOf: createPieceReader(vocabulary), stripsSpace };
	return {
		...pieces,
		vocabSize: vocabulary.size,
		bosId,
		independentWords,
		idOf: vocabulary.idOf,
		decode(ids) {
			const { push, end } = createDetokenizer(pieces);
			let text = "";
			for (let i = 0; i < ids.length; i++) text += push(ids[i]!);
			return text + end();
		},
		encode(text) {
			const out = createTokenList(text.length);
			const words = { text, encodeWord, out, prepend, whole: !independentWords };
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
	const word = prepend ? ` ${text.slice(from, to)}` : undefined;
	if (word === undefined) out.append(encodeWord(text, from, to), from, from);
	else out.append(encodeWord(word, 0, word.length), from - 1, from);
}

function isSpace(unit: number): boolean {
	return unit === 0x20 || unit === 0x2581;
}
