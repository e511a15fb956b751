/**
 * The tokenizer: text to token ids with offsets, and back. Loads Hugging Face tokenizer.json files of the Gemma kind.
 * Text is untrusted: what spells a control token stays plain text.
 */
export { type ChatMessage, type ChatOptions, type ChatRole, encodeChat } from "./chat.ts";
export { createDetokenizer, type Detokenizer } from "./detokenize.ts";
export { type LoadTokenizerOptions, loadTokenizer, TOKENIZER_CACHE, writeTokenizerCache } from "./load.ts";
export type { Encoding } from "./token-list.ts";
export { createTokenizer, type Tokenizer } from "./tokenizer.ts";
