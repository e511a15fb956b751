/**
 * A draft whose first piece is drawn before anybody reads it, so that the model reads the prompt meanwhile and a refusal to
 * generate comes before the answer.
 */
import type { Draft, TextDelta, TextStream } from "../../generator/index.ts";

/** See the header. */
export interface PrimedDraft {
	/** As it was; its first reading begins with what has been drawn. */
	readonly draft: Draft;
	/** Settles with the first piece, or with why there is none. */
	readonly begun: Promise<unknown>;
}

/** Begins to draw. */
export function primeDraft(draft: Draft): PrimedDraft {
	const text = draft.read();
	const pieces = text[Symbol.asyncIterator]();
	const begun = pieces.next();
	begun.catch(() => {}); // the reader gets it too
	let primed: TextStream | undefined = {
		finished: text.finished,
		[Symbol.asyncIterator]: () => resume(begun, pieces),
	};
	return {
		begun,
		draft: {
			get ends() {
				return draft.ends;
			},
			get drawnTokens() {
				return draft.drawnTokens;
			},
			promptTokens: draft.promptTokens,
			read() {
				const first = primed;
				primed = undefined;
				return first ?? draft.read();
			},
			takeBack: (place) => draft.takeBack(place),
			close: () => draft.close(),
		},
	};
}

async function* resume(
	first: Promise<IteratorResult<TextDelta>>,
	pieces: AsyncIterator<TextDelta>,
): AsyncGenerator<TextDelta, void, void> {
	try {
		for (let step = await first; step.done !== true; step = await pieces.next()) yield step.value;
	} finally {
		await pieces.return?.();
	}
}
