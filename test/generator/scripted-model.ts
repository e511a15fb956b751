/** A model that generates what it is told, and a tokenizer to read it with: one token per letter, and bytes. */
import type { FinishReason, GeneratedToken, GenerateOptions, TokenGenerator } from "../../src/engine/generation.ts";
import { createTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";

/** What a scripted model keeps of its calls. */
export interface ScriptedModel extends TokenGenerator {
	readonly calls: { readonly ids: number[]; readonly options: GenerateOptions }[];
	/** Tokens taken by the reader so far. */
	taken: number;
	/** How many generations were left before their end. */
	left: number;
}

/** Yields `script`, stopping at stop tokens and at `maxTokens`. An error in the script is thrown at its place. */
export function createScriptedModel(
	script: readonly (number | Error)[],
	{ end = "stop", onToken }: { end?: FinishReason; onToken?: (index: number) => void } = {},
): ScriptedModel {
	const model: ScriptedModel = {
		calls: [],
		taken: 0,
		left: 0,
		generate(ids, options) {
			model.calls.push({ ids: Array.from(ids), options });
			const {
				promise: finished,
				resolve,
				reject,
			} = Promise.withResolvers<{
				reason: FinishReason;
				tokens: number;
				seed: number;
			}>();
			async function* run(): AsyncGenerator<GeneratedToken> {
				let over = false;
				try {
					const count = yield* play();
					over = true;
					const reason = count === options.maxTokens ? "length" : end;
					resolve({ reason, tokens: count, seed: options.seed! });
				} catch (error) {
					over = true;
					reject(error);
					throw error;
				} finally {
					if (!over) model.left++;
				}
			}
			async function* play(): AsyncGenerator<GeneratedToken, number> {
				let index = 0;
				for (const step of script) {
					if (index === options.maxTokens) break;
					onToken?.(index);
					if (step instanceof Error) throw step;
					if (options.stopTokens?.includes(step)) break;
					model.taken++;
					yield { id: step, logprob: -0.5, top: [{ id: step, logprob: -0.5 }], index: index++ };
				}
				return index;
			}
			return { finished, [Symbol.asyncIterator]: run };
		},
	};
	return model;
}

const PIECES = [
	"<pad>",
	"<eos>",
	"<bos>",
	"<start_of_turn>",
	"<end_of_turn>",
	"\n",
	"▁",
	..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
];
const CONTROL = PIECES.slice(0, 5);

/** A tokenizer of letters and of the pieces given; all other characters are bytes. */
export function createLetterTokenizer(more: readonly string[] = []): Tokenizer {
	const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
	const vocab = Object.fromEntries([...PIECES, ...bytes, ...more].map((piece, id) => [piece, id]));
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	return createTokenizer({
		version: "1.0",
		added_tokens: CONTROL.map((content) => ({ id: vocab[content], content, ...flags })),
		normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
		pre_tokenizer: null,
		post_processor: null,
		decoder: {
			type: "Sequence",
			decoders: [
				{ type: "Replace", pattern: { String: "▁" }, content: " " },
				{ type: "ByteFallback" },
				{ type: "Fuse" },
			],
		},
		model: { type: "BPE", byte_fallback: true, vocab, merges: [] },
	});
}
