/**
 * Policies x scorer -> verdict: the one business function, behind every door. Knows no wire format and no model.
 */
import { SluiceError } from "./errors.ts";
import { grantVerdict } from "./keys/index.ts";
import { labelOf, leavesOf } from "./scorers/members.ts";
import type { ScoreOptions, Scorer } from "./scorers/scorer.ts";
import type { StreamScorer } from "./scorers/stream/score-stream.ts";
import {
	ACTIONS,
	type Action,
	type Content,
	contentLength,
	type Decision,
	judgedText,
	type ModelIdentity,
	type Policy,
	type PolicyVerdict,
	type Score,
	type Verdict,
} from "./types.ts";

/** Limits of a call, and what it may spend on expensive scorers. */
export type ModerateOptions = ScoreOptions;

/** Judges contents under all its policies. Immutable but for its readiness. */
export interface Moderator {
	readonly policies: readonly Policy[];
	/** Throws `not_ready` until the model is loaded. */
	readonly model: ModelIdentity;
	/** Longest content in UTF-16 code units, of an exchange prompt and response together; longer ones are `text_too_long`. */
	readonly maxCharacters: number;
	/** Follows texts while they come, where the scorer can; undefined until the model is loaded. */
	readonly streams?: StreamScorer | undefined;
	/** The same without records of its decisions, where it makes some: for whoever records what becomes of the verdicts. */
	readonly unrecorded?: Moderator | undefined;
	/**
	 * One verdict per content, in order. Any failure fails the call: there is no verdict without a score, unless a policy
	 * declares what happens instead.
	 */
	moderate(contents: readonly Content[], options?: ModerateOptions): Promise<Verdict[]>;
	isReady(): boolean;
	/** Why texts cannot be judged now, and what to do; where left out, a moderator that is not ready is loading. */
	hindrance?(): string | undefined;
	/** Resolves once the model is loaded and every policy can be measured; rejects with the reason otherwise. */
	ready(): Promise<void>;
	load(): { readonly queued: number; readonly running: number };
	close(): Promise<void>;
}

/** @param scorer may still be loading: until then calls fail with `not_ready`. */
export function createModerator(parts: {
	policies: readonly Policy[];
	scorer: Scorer | Promise<Scorer>;
	maxCharacters: number;
}): Moderator {
	const { policies } = parts;
	let scorer: Scorer | undefined;
	const opening = Promise.resolve(parts.scorer);
	const loading = opening.then((loaded) => {
		for (const policy of policies) loaded.check(policy);
		scorer = loaded;
	});
	loading.catch(() => {}); // reported by ready()
	const loaded = (): Scorer => {
		if (scorer) return scorer;
		throw new SluiceError("not_ready", { detail: "the model is still loading; try again in a moment" });
	};

	return {
		policies,
		maxCharacters: parts.maxCharacters,
		get model() {
			return loaded().model;
		},
		get streams() {
			return scorer?.streams;
		},
		async moderate(contents, options) {
			const began = performance.now();
			const { score, model, maxCharacters } = loaded();
			const limit = Math.min(maxCharacters, parts.maxCharacters);
			for (const [index, content] of contents.entries()) checkLength(content, index, limit);
			const scores = await score(contents, policies, options);
			const latencyMs = performance.now() - began;
			if (scores.length !== contents.length)
				throw new SluiceError("inference_failed", { detail: "the scorer did not give one score per text" });
			const grant = options?.grant;
			return scores.map((s, i) => {
				const verdict = toVerdict({
					score: s,
					policies,
					model,
					characters: judgedText(contents[i]!).length,
					latencyMs,
				});
				return grant === undefined ? verdict : grantVerdict(verdict, grant);
			});
		},
		isReady: () => scorer !== undefined,
		ready: () => loading,
		load: () => scorer?.load() ?? { queued: 0, running: 0 },
		async close() {
			const opened = await opening.catch(() => undefined);
			await opened?.close(); // one that cannot measure the policies is open, too
		},
	};
}

function checkLength(content: Content, index: number, limit: number): void {
	const length = contentLength(content);
	if (length <= limit) return;
	throw new SluiceError("text_too_long", {
		detail: `text ${index} has ${length} characters; the limit is ${limit}. Split it and send the parts.`,
		pointer: `/${index}`,
	});
}

function toVerdict(of: {
	score: Score;
	policies: readonly Policy[];
	model: ModelIdentity;
	characters: number;
	latencyMs: number;
}): Verdict {
	const policies = of.policies.map((policy) => toPolicyVerdict(policy, of.score, of.latencyMs));
	const severity = Math.max(...policies.map((p) => ACTIONS.indexOf(p.action)));
	return {
		action: ACTIONS[severity] ?? "block",
		risk: highestRisk(policies),
		policies,
		model: of.model,
		coverage: { characters: of.characters, tokens: of.score.tokens, complete: true },
		latencyMs: of.latencyMs,
	};
}

function toPolicyVerdict(policy: Policy, score: Score, latencyMs: number): PolicyVerdict {
	const risk = score.risks[policy.id];
	const decision = score.decisions?.[policy.id] ?? plainDecision(policy, score.tokens, latencyMs);
	const { instead } = decision;
	if (instead === undefined ? !(risk !== undefined && risk >= 0 && risk <= 1) : risk !== undefined)
		throw new SluiceError("inference_failed", { detail: `policy ${policy.id} got no valid risk` });
	const { flag, block } = policy.thresholds;
	const action: Action = instead?.action ?? (risk! >= block ? "block" : risk! >= flag ? "flag" : "allow");
	const spans = score.spans[policy.id] ?? [];
	return { policy: policy.id, risk: risk ?? null, thresholds: { flag, block }, action, spans, decision };
}

/** The decision of a scorer that decides everything in one stage and says no more about it. */
function plainDecision(policy: Policy, tokens: number, ms: number): Decision {
	return { scorer: labelOf(leavesOf(policy)[0]!), stages: 1, ms, tokens };
}

/** The highest risk there is; null where no policy has one, which is neither 0 nor safe: the action says what happens. */
export function highestRisk(policies: readonly Pick<PolicyVerdict, "risk">[]): number | null {
	const risks = policies.flatMap(({ risk }) => (risk === null ? [] : [risk]));
	return risks.length === 0 ? null : Math.max(...risks);
}
