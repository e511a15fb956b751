/** What goes into a model, judged by the moderator: the same verdicts that the moderation routes give. */
import { isSluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import type { Action, CallOptions, Verdict } from "../types.ts";
import type { JudgeFailure } from "./answer.ts";
import type { InputText } from "./source.ts";

/** See the header. */
export interface InputJudgement {
	/** One per text; empty where there is none, or where they could not be judged. */
	readonly verdicts: readonly Verdict[];
	/** They could not be judged, and pass by declaration. */
	readonly failure: JudgeFailure | undefined;
}

/** Judges the texts. Where that fails and `onFailure` is block, it throws what the moderator throws. */
export async function judgeInput(
	texts: readonly InputText[],
	moderator: Pick<Moderator, "moderate">,
	{ onFailure, ...limits }: CallOptions & { readonly onFailure: Action },
): Promise<InputJudgement> {
	if (texts.length === 0) return { verdicts: [], failure: undefined };
	try {
		const contents = texts.map(({ text }) => text);
		return { verdicts: await moderator.moderate(contents, limits), failure: undefined };
	} catch (error) {
		if (onFailure === "block" || !isSluiceError(error) || error.code === "aborted") throw error;
		return { verdicts: [], failure: { code: error.code, detail: error.detail } };
	}
}
