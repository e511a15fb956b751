/**
 * A guarded answer of drafts: where a choice is blocked, what nobody has seen of it is taken back and drawn again, and it ends
 * with `content_filter` only when that fails. The choices go on side by side. Knows no wire format.
 */
import type { Draft, GenerationResult } from "../generator/index.ts";
import { type GuardGenerationOptions, type GuardReport, guardGeneration } from "../guard/index.ts";
import { toSourceError } from "../guard/parts/guard-parts.ts";
import { type AnswerEvent, type ChoiceJudgement, STOPPED } from "./answer.ts";
import { mergeAll } from "./local/merge.ts";
import type { Usage } from "./source.ts";
import type { SurfaceGuard } from "./surface-guard.ts";

/** How blocked text is drawn again; the options of {@link guardGeneration}. */
export interface RewindSettings extends Pick<GuardGenerationOptions, "holdTokens" | "aheadTokens"> {
	/** Per choice; with 0 the first block ends it. */
	readonly tries: number;
}

/** What drafts are guarded with. */
export interface GuardDraftsOptions {
	readonly guard: SurfaceGuard;
	readonly rewind: RewindSettings;
	/** Ends the answer with `aborted`; the drafts have to hear of it too. */
	readonly signal: AbortSignal;
}

/** What became of a choice. */
interface Outcome {
	readonly judgement: ChoiceJudgement;
	/** Of the text that left. */
	readonly tokens: number;
}

/** The events that may be shown; the last is the end. Closes the drafts. Throws what the model threw, and `aborted`. */
export async function* guardDrafts(
	drafts: readonly Draft[],
	options: GuardDraftsOptions,
): AsyncGenerator<AnswerEvent, void, void> {
	const outcomes: Outcome[] = [];
	const note = (outcome: Outcome): void => void outcomes.push(outcome);
	try {
		yield* mergeAll(drafts.map((draft, choice) => guardChoice({ draft, choice, note, ...options })));
	} catch (error) {
		throw toSourceError(error);
	}
	const choices = outcomes.map(({ judgement }) => judgement).sort((a, b) => a.choice - b.choice);
	yield { type: "end", usage: toUsage(drafts, outcomes), choices };
}

interface ChoiceOptions extends GuardDraftsOptions {
	readonly draft: Draft;
	readonly choice: number;
	note(outcome: Outcome): void;
}

async function* guardChoice(options: ChoiceOptions): AsyncGenerator<AnswerEvent, void, void> {
	const { draft, choice, guard, rewind, signal } = options;
	let risks: ChoiceJudgement["risks"] = {};
	const judging = guard((found) => {
		risks = found;
	});
	let left = 0;
	for await (const event of guardGeneration(draft, { ...judging, ...rewind, signal })) {
		if (event.type === "text") yield { type: "text", choice, surface: "content", text: event.text };
		if (event.type === "text" || event.type === "redaction") left = event.end;
		else if (event.type === "rewind") risks = {};
		else if (event.type === "end" && (event.result !== undefined || event.report.action === "block")) {
			const { report, result } = event;
			const tokens = result?.usage.completionTokens ?? countTokens(draft.ends, left);
			options.note({ judgement: toJudgement(choice, risks, report), tokens });
			yield { type: "finish", choice, reason: toReason(result) };
		}
	}
}

function toJudgement(choice: number, risks: ChoiceJudgement["risks"], report: GuardReport): ChoiceJudgement {
	const { blocked, failure } = report;
	const found = blocked && { [blocked.policy]: Math.max(blocked.risk, risks[blocked.policy] ?? 0) };
	return { choice, risks: { ...risks, ...found }, isBlocked: report.action === "block", failure: failure ?? undefined };
}

function toReason(result: GenerationResult | undefined): string {
	if (result === undefined) return STOPPED;
	return result.reason === "stop" ? "stop" : "length";
}

/** Tokens that have text in front of a place. */
function countTokens(ends: readonly number[], place: number): number {
	return ends.filter((_, i) => (ends[i - 1] ?? 0) < place).length;
}

/** Tokens that were taken back are in no answer, and are not counted. */
function toUsage(drafts: readonly Draft[], outcomes: readonly Outcome[]): Usage {
	const prompt_tokens = Math.max(...drafts.map(({ promptTokens }) => promptTokens));
	const completion_tokens = outcomes.reduce((sum, { tokens }) => sum + tokens, 0);
	return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
