/** All that encoding and decoding need, in typed arrays: what a tokenizer.json and a cache file both become. */
import type { Merges, TokenizerSpec } from "./tokenizer-file.ts";
import { ADDED, CONTROL, PIECE, toVocabularyTables, type VocabularyTables } from "./vocabulary.ts";

/** The tables of one tokenizer. */
export interface TokenizerTables extends Pick<TokenizerSpec, "bytes" | "prepend" | "independentWords"> {
	readonly vocabulary: VocabularyTables;
	readonly merges: Merges;
	/** Whether decoding removes one leading space of the whole text. */
	readonly stripsSpace: boolean;
}

/** Lays a checked tokenizer.json out. */
export function toTokenizerTables(spec: TokenizerSpec): TokenizerTables {
	const kinds = new Map(spec.added.map(({ id, special }) => [id, special ? CONTROL : ADDED]));
	const { merges, bytes, prepend, independentWords } = spec;
	return {
		vocabulary: toVocabularyTables(spec.vocab, (id) => kinds.get(id) ?? PIECE),
		merges,
		bytes,
		prepend,
		independentWords,
		stripsSpace: spec.decoder.stripSpace,
	};
}
