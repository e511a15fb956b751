/** A tiny model of random weights that answers chats on a real engine, in words of two or four letters. */
import { type ChatSource, createLocalSource } from "../../src/chat/index.ts";
import { openModel } from "../../src/engine/index.ts";
import { createGenerator, openDraft } from "../../src/generator/index.ts";
import { createModelDirectory } from "../engine/model-directory.ts";
import { createLetterTokenizer } from "../generator/scripted-model.ts";

/** Pieces that only generation gives: of three, two begin a word. */
const PIECES = Array.from({ length: 190 }, (_, i) => {
	const letters = String.fromCharCode(97 + Math.floor(i / 20), 97 + (i % 20));
	return i % 3 === 0 ? letters : `▁${letters}`;
});
const tokenizer = createLetterTokenizer(PIECES);
const drawable = new Set(PIECES.map((piece) => tokenizer.idOf(piece)!));

/** Of a request: keeps all ids but those of the words away, and the words apart. */
export const WORDS: Readonly<Record<string, unknown>> = {
	temperature: 2,
	repetition_penalty: 4,
	max_tokens: 40,
	logit_bias: Object.fromEntries(
		Array.from({ length: 512 }, (_, id) => id).flatMap((id) => (drawable.has(id) ? [] : [[String(id), -100]])),
	),
};

export interface DraftedModel {
	/** Answers as `tiny`. */
	readonly source: ChatSource;
	/** Tokens of drafts drawn so far, and sessions open now. */
	drawn(): number;
	sessions(): number;
	close(): Promise<void>;
}

/** Opens it. */
export async function openDraftedModel(fixture = "gemma2"): Promise<DraftedModel> {
	const directory = createModelDirectory(fixture);
	const model = await openModel(directory.source, { cacheDir: directory.cacheDir });
	const drafts: { readonly drawnTokens: number }[] = [];
	const source = createLocalSource({
		generator: createGenerator({ model, tokenizer }),
		async openDraft(prompt, options) {
			const draft = await openDraft({ model, tokenizer }, prompt, options);
			drafts.push(draft);
			return draft;
		},
		id: "tiny",
		created: 5,
		maxTokens: 20,
	});
	return {
		source,
		drawn: () => drafts.reduce((sum, { drawnTokens }) => sum + drawnTokens, 0),
		sessions: () => model.stats().sessions,
		async close() {
			await model.close();
			directory.remove();
		},
	};
}

/** The words of a text. */
export const wordsOf = (text: string): string[] => text.split(" ").filter((word) => word !== "");
