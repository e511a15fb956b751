/** Prompts and chat turns as the ids that a model continues, and the ids that end its texts. */
import { type ChatMessage, encodeChat } from "../tokenizer/chat.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** Tokens that end a text, where the vocabulary has them. */
const STOP_TOKENS = ["<eos>", "<end_of_turn>"];

/** A text to continue, or chat turns to answer. */
export type Prompt = string | readonly ChatMessage[];

/** A text is read after <bos>; of turns the model's own is open. Throws `invalid_request` for turns that do not fit. */
export function encodePrompt(tokenizer: Tokenizer, prompt: Prompt): ArrayLike<number> {
	if (typeof prompt !== "string") return encodeChat(tokenizer, prompt, { addGenerationPrompt: true });
	const { ids } = tokenizer.encode(prompt);
	const all = new Int32Array(ids.length + 1);
	all[0] = tokenizer.bosId;
	all.set(ids, 1);
	return all;
}

/** The vocabulary's own. */
export function findStopTokens(tokenizer: Tokenizer): readonly number[] {
	return STOP_TOKENS.map((token) => tokenizer.idOf(token)).filter((id) => id !== undefined);
}
