/** The choices of a local answer as drafts, all of them drawing, or none. */
import { SluiceError } from "../../errors.ts";
import type { Draft, DraftOptions } from "../../generator/index.ts";
import type { Prompt } from "../../generator/prompt.ts";
import { primeDraft } from "./primed-draft.ts";

/** Opens a draft, see the generator's. */
export type DraftOpener = (prompt: Prompt, options: DraftOptions) => Promise<Draft>;

/** What one choice is drawn from. */
export interface ChoiceParts {
	readonly prompt: Prompt;
	readonly options: DraftOptions;
}

/** Resolves once the first of them has drawn something; what is opened is closed by the signal, or where one is refused. */
export async function openDrafts(
	choices: readonly ChoiceParts[],
	openDraft: DraftOpener,
	signal: AbortSignal,
): Promise<readonly Draft[]> {
	const opened = await Promise.allSettled(
		choices.map(({ prompt, options }) => openDraft(prompt, { ...options, signal })),
	);
	const drafts = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
	const close = (): void => {
		for (const draft of drafts) draft.close().catch(() => {}); // nobody is left who would want to know
	};
	try {
		if (signal.aborted) throw new SluiceError("aborted", { detail: "the caller went away before the answer began" });
		for (const one of opened) if (one.status === "rejected") throw one.reason;
		signal.addEventListener("abort", close, { once: true });
		const primed = drafts.map(primeDraft);
		await Promise.race(primed.map(({ begun }) => begun));
		return primed.map(({ draft }) => draft);
	} catch (error) {
		close();
		throw error;
	}
}
