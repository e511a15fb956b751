/**
 * Generation of the engine in this process as text: the Gemma-2-2B shape with random weights and fewer layers. Its ids mean
 * nothing, so each stands for a harmless word; every token is a word of its own, more than in real text.
 */
import { openModel } from "../../src/engine/index.ts";
import { createGenerator } from "../../src/generator/index.ts";
import type { Tokenizer } from "../../src/tokenizer/index.ts";
import { toTokenIds } from "../engine/random.ts";
import { prepareSides } from "../engine/sides.ts";
import type { OpenStream } from "./beside.ts";
import { WORDS } from "./words.ts";

/** A model to generate with, kept in `dir`; `cores` are all where left out. */
export interface LocalChoice {
	readonly dir: string;
	readonly layers: number;
	readonly weights: string;
	readonly tokens: number;
	readonly prompt: number;
	readonly cores: number | undefined;
}

const VOCAB = 256_000;

/** Encodes any text as so many ids, and gives each id its word. */
function toWordTokenizer(prompt: number): Tokenizer {
	const ids = Int32Array.from(toTokenIds(prompt, VOCAB));
	return {
		vocabSize: VOCAB,
		bosId: 2,
		independentWords: true,
		stripsSpace: false,
		encode: () => ({ ids, starts: new Int32Array(ids.length), ends: new Int32Array(ids.length) }),
		decode: () => "",
		idOf: () => undefined,
		pieceOf: (id) => ` ${WORDS[id % WORDS.length]!}`,
	};
}

/** Opens it. */
export async function openLocal(choice: LocalChoice): Promise<{ open: OpenStream; close(): Promise<void> }> {
	const { dir, layers, weights, tokens, prompt, cores } = choice;
	const [side] = await prepareSides({ dir, layers, vocab: VOCAB, weights: [weights], formats: [] });
	const model = await openModel(side!.path, { cores, cacheDir: `${side!.path}-cache` });
	const generator = createGenerator({ model, tokenizer: toWordTokenizer(prompt) });
	return {
		async *open(round) {
			const options = { maxTokens: tokens, temperature: 1, topK: 40, seed: round };
			for await (const { text } of generator.generate("", options)) yield text;
		},
		close: () => model.close(),
	};
}
