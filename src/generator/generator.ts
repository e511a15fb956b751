/**
 * Text generation over a model and its tokenizer: a prompt or chat turns in, pieces of text out.
 */
import type { GenerateOptions, TokenGenerator } from "../engine/generation.ts";
import { randomSeed } from "../engine/sampling.ts";
import { createDetokenizer } from "../tokenizer/detokenize.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { encodePrompt, findStopTokens, type Prompt } from "./prompt.ts";
import { parseStopStrings } from "./stop-matcher.ts";
import { createTextStream, type TextStream } from "./text-stream.ts";

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
	generate(prompt: Prompt, options: TextOptions): TextStream;
}

/** A generator for a model whose ids are the tokenizer's. */
export function createGenerator({ model, tokenizer }: GeneratorParts): Generator {
	const ends = findStopTokens(tokenizer);
	return {
		generate(prompt, { stop, ...options }) {
			const ids = encodePrompt(tokenizer, prompt);
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
