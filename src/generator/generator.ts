/**
 * Text generation over a model and its tokenizer: a prompt or chat turns in, pieces of text out.
 */
import type { GenerateOptions, TokenGenerator } from "../engine/generation.ts";
import { randomSeed } from "../engine/sampling.ts";
import { type ChatMessage, encodeChat } from "../tokenizer/chat.ts";
import { createDetokenizer } from "../tokenizer/detokenize.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { parseStopStrings } from "./stop-matcher.ts";
import { createTextStream, type TextStream } from "./text-stream.ts";

/** Tokens that end a text, where the vocabulary has them. */
const STOP_TOKENS = ["<eos>", "<end_of_turn>"];

/** What a generator is made of. */
export interface GeneratorParts {
	readonly model: TokenGenerator;
	readonly tokenizer: Tokenizer;
}

/** Options of {@link Generator.generate}; `stopTokens` default to the vocabulary's <eos> and <end_of_turn>. */
export interface TextOptions extends GenerateOptions {
	/** Up to 16 strings that end the text; they are no part of it. */
	readonly stop?: string | readonly string[] | undefined;
}

/** Generates text. One instance serves any number of callers. */
export interface Generator {
	/**
	 * Continues a text, read after <bos>, or answers chat turns. Throws `invalid_request` for turns and stop strings that do not
	 * fit; all else rejects the iteration.
	 */
	generate(prompt: string | readonly ChatMessage[], options: TextOptions): TextStream;
}

/** A generator for a model whose ids are the tokenizer's. */
export function createGenerator({ model, tokenizer }: GeneratorParts): Generator {
	const ends = STOP_TOKENS.map((token) => tokenizer.idOf(token)).filter((id) => id !== undefined);
	return {
		generate(prompt, { stop, ...options }) {
			const ids = typeof prompt === "string" ? encodePrompt(tokenizer, prompt) : encodeTurns(tokenizer, prompt);
			const { deadlineMs, signal, stopTokens = ends, seed = randomSeed() } = options;
			return createTextStream({
				start: () => model.generate(ids, { ...options, stopTokens, seed }),
				detokenizer: createDetokenizer(tokenizer, { continues: true }),
				stop: parseStopStrings(stop),
				seed,
				promptTokens: ids.length,
				limits: { deadlineMs, signal },
			});
		},
	};
}

function encodePrompt(tokenizer: Tokenizer, prompt: string): Int32Array {
	const { ids } = tokenizer.encode(prompt);
	const all = new Int32Array(ids.length + 1);
	all[0] = tokenizer.bosId;
	all.set(ids, 1);
	return all;
}

function encodeTurns(tokenizer: Tokenizer, messages: readonly ChatMessage[]): ArrayLike<number> {
	return encodeChat(tokenizer, messages, { addGenerationPrompt: true });
}
