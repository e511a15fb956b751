/**
 * A tokenizer.json for models with 512 tokens: single bytes and characters, `Yes` and `No` where the fixture's golden cases
 * have them, the turns of the chat template. Prompts come out long, which these models do not mind.
 */

const TURNS = { "<start_of_turn>": 260, "<end_of_turn>": 261 } as const;
const ANSWERS = { Yes: 289, No: 375 } as const;
const VOCABULARY = 512;

/** The file's content. */
export function tinyTokenizerJson(): object {
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
	const specials = { "<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, ...TURNS };
	return {
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens: Object.entries(specials).map(([content, id]) => ({ id, content, ...flags })),
		normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
		pre_tokenizer: {
			type: "Split",
			pattern: { String: " " },
			behavior: "MergedWithPrevious",
			invert: false,
		},
		post_processor: null,
		decoder: {
			type: "Sequence",
			decoders: [
				{ type: "Replace", pattern: { String: "▁" }, content: " " },
				{ type: "ByteFallback" },
				{ type: "Fuse" },
			],
		},
		model: {
			type: "BPE",
			dropout: null,
			unk_token: "<unk>",
			continuing_subword_prefix: null,
			end_of_word_suffix: null,
			fuse_unk: true,
			byte_fallback: true,
			ignore_merges: false,
			vocab: toVocabulary(specials),
			merges: [
				["Y", "e"],
				["Ye", "s"],
				["N", "o"],
			],
		},
	};
}

function toVocabulary(specials: Readonly<Record<string, number>>): Record<string, number> {
	const vocabulary: Record<string, number> = { ...specials, ...ANSWERS };
	for (let byte = 0; byte < 256; byte++)
		vocabulary[`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`] = 4 + byte;
	const taken = new Set(Object.values(vocabulary));
	const free = Array.from({ length: VOCABULARY }, (_, id) => id).filter((id) => !taken.has(id));
	const letters = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
	for (const piece of ["▁", "Ye", ...letters]) vocabulary[piece] = free.shift()!;
	for (const id of free) vocabulary[`<unused${id}>`] = id;
	return vocabulary;
}
