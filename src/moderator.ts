/**
 * Policies x scorer -> verdict: the one business function, behind every door. Knows no wire format and no model.
 */
import { SluiceError } from "./errors.ts";
import type { Scorer } from "./scorers/scorer.ts";
import {
	ACTIONS,
	type Action,
	type CallOptions,
	type ModelIdentity,
	type Policy,
	type Score,
	type Verdict,
} from "./types.ts";

/** Judges texts under all its policies. Immutable but for its readiness. */
export interface Moderator {
	readonly policies: readonly Policy[];
	/** Throws `not_ready` until the model is loaded. */
	readonly model: ModelIdentity;
	/** Longest text in UTF-16 code units; longer ones are `text_too_long`. */
	readonly maxCharacters: number;
	/** One verdict per text, in order. Any failure fails the call: there is no verdict without a score. */
	moderate(texts: readonly string[], options?: CallOptions): Promise<Verdict[]>;
	isReady(): boolean;
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
	const loading = Promise.resolve(parts.scorer).then((loaded) => {
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
		async moderate(texts, options) {
			const began = performance.now();
			const { score, model, maxCharacters } = loaded();
			const limit = Math.min(maxCharacters, parts.maxCharacters);
			for (const [index, text] of texts.entries()) checkLength(text, index, limit);
			const scores = await score(texts, policies, options);
			const latencyMs = performance.now() - began;
			return scores.map((s, i) => toVerdict({ score: s, policies, model, characters: texts[i]!.length, latencyMs }));
		},
		isReady: () => scorer !== undefined,
		ready: () => loading,
		load: () => scorer?.load() ?? { queued: 0, running: 0 },
		close: async () =>
			(
				await loading.then(
					() => scorer,
					() => undefined,
				)
			)?.close(),
	};
}

function checkLength(text: string, index: number, limit: number): void {
	if (text.length <= limit) return;
	throw new SluiceError("text_too_long", {
		detail: `text ${index} has ${text.length} characters; the limit is ${limit}. Split it and send the parts.`,
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
	const policies = of.policies.map((policy) => {
		const risk = of.score.risks[policy.id];
		if (risk === undefined || !(risk >= 0 && risk <= 1))
			throw new SluiceError("inference_failed", { detail: `policy ${policy.id} got no valid risk` });
		const { flag, block } = policy.thresholds;
		const action: Action = risk >= block ? "block" : risk >= flag ? "flag" : "allow";
		return { policy: policy.id, risk, thresholds: { flag, block }, action, spans: of.score.spans[policy.id] ?? [] };
	});
	const severity = Math.max(...policies.map((p) => ACTIONS.indexOf(p.action)));
	return {
		action: ACTIONS[severity] ?? "block",
		risk: Math.max(...policies.map((p) => p.risk)),
		policies,
		model: of.model,
		coverage: { characters: of.characters, tokens: of.score.tokens, complete: true },
		latencyMs: of.latencyMs,
	};
}
