/**
 * A request from its source to a guarded answer. The source works while the request itself is judged; where that blocks, the
 * source is ended and every choice with it, before anything of it has been shown.
 */
import type { Moderator } from "../moderator.ts";
import type { Action, Origin } from "../types.ts";
import { type AnswerEvent, STOPPED } from "./answer.ts";
import { guardAnswer } from "./guard-answer.ts";
import { guardDrafts, type RewindSettings } from "./guard-drafts.ts";
import { type InputJudgement, judgeInput } from "./judge-input.ts";
import type { ChatRequest, ChatSource, InputText, SourceCall } from "./source.ts";
import { createSurfaceGuard, type SurfaceGuard, type SurfaceGuardSettings } from "./surface-guard.ts";

/** Whether a verdict stops what it is about. */
export type ModerationMode = "score" | "block";

/** What an answer is made of. */
export interface AnswerParts {
	readonly source: ChatSource;
	/** Ready. */
	readonly moderator: Moderator;
	readonly request: ChatRequest;
	/** Texts of the request that are judged. */
	readonly texts: readonly InputText[];
	readonly input: ModerationMode;
	readonly output: ModerationMode;
	readonly guard: Pick<SurfaceGuardSettings, "mode" | "onFailure" | "onReport" | "record"> & {
		readonly rewind?: RewindSettings | undefined;
	};
	/** Where the request comes from. */
	readonly origin?: Origin | undefined;
	readonly call: SourceCall;
	/** On the clock of `performance.now()`: when the request has to be judged. */
	readonly deadlineMs: number;
}

/** A request that may be answered. */
export interface OpenedAnswer {
	readonly model: string;
	readonly input: InputJudgement;
	readonly isInputBlocked: boolean;
	/** To be read once. Errors as of guardAnswer. */
	readonly events: AsyncIterable<AnswerEvent>;
}

/** Throws what the source or the moderator throws; the call's signal ends all of it. */
export async function openAnswer(parts: AnswerParts): Promise<OpenedAnswer> {
	const { moderator, request, texts, call, guard, deadlineMs } = parts;
	const leaving = new AbortController();
	const signal = AbortSignal.any([call.signal, leaving.signal]);
	const guardOptions = {
		...{ mode: guard.mode, onFailure: guard.onFailure, onReport: guard.onReport, record: guard.record },
		isScoreOnly: parts.output === "score",
	};
	const surfaceGuard = createSurfaceGuard(moderator, guardOptions);
	const opening = openSource(parts, surfaceGuard, signal);
	opening.catch(() => {}); // told below, if the request lets it come so far
	try {
		const onFailure: Action = parts.input === "score" ? "flag" : guard.onFailure;
		const { origin } = parts;
		const input = await judgeInput(texts, moderator, { onFailure, deadlineMs, signal: call.signal, origin });
		if (parts.input === "block" && input.verdicts.some(({ action }) => action === "block")) {
			leaving.abort();
			return { model: request.model, input, isInputBlocked: true, events: stopAll(request.choices) };
		}
		const { model, events } = await opening;
		return { model, input, isInputBlocked: false, events: endingWith(events, leaving) };
	} catch (error) {
		leaving.abort();
		throw error;
	}
}

/** The source begins; its answer is guarded once it is read. */
async function openSource(
	{ source, request, call: asked, guard: { rewind } }: AnswerParts,
	guard: SurfaceGuard,
	signal: AbortSignal,
): Promise<{ readonly model: string; readonly events: AsyncGenerator<AnswerEvent, void, void> }> {
	const call = { ...asked, signal };
	// in the other modes words have left, or the whole is judged at once
	if (source.drafts !== undefined && rewind !== undefined && rewind.tries > 0 && guard(() => {}).mode === "hold") {
		const { model, drafts } = await source.drafts(request, call);
		return { model, events: guardDrafts(drafts, { guard, rewind, signal }) };
	}
	const { model, events } = await source.open(request, call);
	const { choices, tools } = request;
	return { model, events: guardAnswer(events, { guard, choices, tools, signal }) };
}

/** The source hears of the end, whatever the end. */
async function* endingWith(
	events: AsyncGenerator<AnswerEvent, void, void>,
	leaving: AbortController,
): AsyncGenerator<AnswerEvent, void, void> {
	try {
		yield* events;
	} finally {
		leaving.abort();
	}
}

async function* stopAll(choices: number): AsyncGenerator<AnswerEvent, void, void> {
	for (let choice = 0; choice < choices; choice++) yield { type: "finish", choice, reason: STOPPED };
	yield { type: "end", usage: undefined, choices: [] };
}
