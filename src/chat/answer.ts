/**
 * A guarded answer: every text of every choice is a stream of its own, a choice that is stopped ends with `content_filter`
 * and the others go on. What was judged before a failure leaves before the failure. Knows no wire format.
 */
import type { ErrorCode } from "../errors.ts";
import type { ChoiceFinish, TextPiece, ToolStart, Usage } from "./source.ts";

/** Why something could not be judged. */
export interface JudgeFailure {
	readonly code: ErrorCode;
	readonly detail: string;
}

/** The risks of one choice, over all its texts, and whether they stopped it. */
export interface ChoiceJudgement {
	readonly choice: number;
	/** The highest per policy id; empty where nothing was judged. */
	readonly risks: Readonly<Record<string, number>>;
	readonly isBlocked: boolean;
	/** Stopped, or passed unjudged, as `onFailure` declares. */
	readonly failure: JudgeFailure | undefined;
}

/** The last event. */
export interface AnswerEnd {
	readonly type: "end";
	/** Undefined where the source was ended before it said. */
	readonly usage: Usage | undefined;
	readonly choices: readonly ChoiceJudgement[];
}

/** One step of an answer that may be shown. */
export type AnswerEvent = TextPiece | ToolStart | ChoiceFinish | AnswerEnd;

/** What a stopped choice ends with. */
export const STOPPED = "content_filter";
