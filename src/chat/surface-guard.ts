/**
 * How a surface of an answer is guarded: the moderator's own stream where it can follow all policies, else the whole text by
 * the moderator once it is complete, which forces `final`. Notes the risks of what was judged. Knows no answers.
 */
import { SluiceError } from "../errors.ts";
import { type GuardMode, type GuardOptions, toStreamPolicies } from "../guard/index.ts";
import type { Moderator } from "../moderator.ts";
import type { PrefixScore, ScoreStream, StreamScorer } from "../scorers/stream/index.ts";
import type { Action, CallOptions, Policy } from "../types.ts";

/** What becomes of answers. */
export interface SurfaceGuardSettings {
	readonly mode: GuardMode;
	readonly onFailure: Action;
	/** Text is judged and passes whatever the verdict. */
	readonly isScoreOnly: boolean;
	/** Hears how the guard of each surface ended. */
	readonly onReport?: GuardOptions["onReport"];
	/** Follows each surface, see {@link GuardOptions.record}. */
	readonly record?: GuardOptions["record"];
}

/** Options of a surface's guard; `onRisks` gets the risks of every judged prefix. */
export type SurfaceGuard = (onRisks: (risks: PrefixScore["risks"]) => void) => GuardOptions;

/** The guard for the surfaces of one answer. The moderator has to be ready. */
export function createSurfaceGuard(asked: Moderator, settings: SurfaceGuardSettings): SurfaceGuard {
	const { mode, onFailure, isScoreOnly, onReport, record } = settings;
	const moderator = asked.unrecorded ?? asked; // what the guard makes of its verdicts is the decision
	const { policies, maxCharacters } = moderator;
	const following = followAll(moderator);
	const scored = Object.fromEntries(policies.map(({ id }) => [id, { onBlock: "flag", onFlag: "flag" } as const]));
	const base = {
		policies: following?.policies ?? policies,
		responses: isScoreOnly ? scored : following?.responses,
		escalation: isScoreOnly || following === undefined ? undefined : { moderator },
		onFailure: isScoreOnly && onFailure === "block" ? "flag" : onFailure,
		mode: following === undefined ? "final" : isScoreOnly ? "lag" : mode,
		maxCharacters,
		onReport,
		record,
	} as const;
	return (onRisks) => ({ ...base, scorer: noting(following?.scorer ?? wholeTexts(moderator), onRisks) });
}

/** Undefined where a stream cannot follow every policy. */
function followAll({ policies, streams: scorer }: Moderator):
	| {
			readonly scorer: StreamScorer;
			readonly policies: readonly Policy[];
			readonly responses: GuardOptions["responses"];
	  }
	| undefined {
	if (scorer === undefined) return undefined;
	const { left, ...followed } = toStreamPolicies(policies, scorer);
	return left.length > 0 ? undefined : { scorer, ...followed };
}

function noting(scorer: StreamScorer, onRisks: (risks: PrefixScore["risks"]) => void): StreamScorer {
	return {
		model: scorer.model,
		check: (policy) => scorer.check(policy),
		async open(policies) {
			const stream = await scorer.open(policies);
			return {
				push: (delta) => stream.push(delta),
				end: () => stream.end(),
				close: () => stream.close(),
				async read(options) {
					const scores = await stream.read(options);
					const last = scores.at(-1);
					if (last !== undefined) onRisks(last.risks);
					return scores;
				},
			};
		},
	};
}

/** Scores a text once, when it is complete. */
function wholeTexts(moderator: Moderator): StreamScorer {
	return {
		model: moderator.model,
		check() {},
		async open() {
			return createWholeText(moderator);
		},
	};
}

function createWholeText(moderator: Moderator): ScoreStream {
	let text = "";
	let isEnded = false;
	let isScored = false;
	return {
		push(delta) {
			text += delta;
		},
		end() {
			isEnded = true;
		},
		async read(options) {
			if (!isEnded || isScored || text === "") return [];
			isScored = true;
			return [await scoreWhole(moderator, text, options)];
		},
		async close() {},
	};
}

async function scoreWhole(moderator: Moderator, text: string, options: CallOptions | undefined): Promise<PrefixScore> {
	const [verdict] = await moderator.moderate([text], options);
	const risks: Record<string, number> = {};
	for (const { policy, risk } of verdict!.policies) {
		if (risk === null) throw new SluiceError("no_score", { detail: `policy ${policy} got no risk for an answer` });
		risks[policy] = risk;
	}
	return { end: text.length, risks, tokens: verdict!.coverage.tokens };
}
