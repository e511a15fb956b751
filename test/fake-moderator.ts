/** A moderator with made-up risks for the tests of everything that stands in front of a moderator. */
import { SluiceError } from "../src/errors.ts";
import { grantVerdict } from "../src/keys/index.ts";
import type { ModerateOptions, Moderator } from "../src/moderator.ts";
import { type Action, type Content, judgedText, type Policy, type Verdict } from "../src/types.ts";

/** What a test may choose; `risk` gives the risk of a text under a policy. */
export interface FakeModeratorOptions {
	risk?(text: string, policy: string): number;
	ready?: boolean;
	maxCharacters?: number;
	/** Runs before the verdicts are made; may throw or wait. */
	before?(contents: readonly Content[], options: ModerateOptions | undefined): Promise<void> | void;
	policies?: readonly Policy[];
}

/** A policy flagging from 0.5 and blocking from 0.9. */
export function fakePolicy(id: string, openai: string[] = [], maps: Partial<Policy["maps"]> = {}): Policy {
	return {
		id,
		title: id,
		guideline: "The text shall not contain it.",
		scorer: { kind: "head", head: id.replaceAll("-", "_") },
		thresholds: { flag: 0.5, block: 0.9, target: "made up" },
		maps: { openai, perspective: [], google: [], azure: [], ...maps },
		examples: [
			{ text: "bad", violates: true },
			{ text: "good", violates: false },
		],
	};
}

/** By default "bad" in a text is a hate risk of 0.95, everything else 0.01. */
export function createFakeModerator(options: FakeModeratorOptions = {}): Moderator {
	const policies = options.policies ?? [
		fakePolicy("any"),
		fakePolicy("hate", ["hate"]),
		fakePolicy("self-harm", ["self-harm"]),
		fakePolicy("violence", ["violence"]),
	];
	const risk = options.risk ?? ((text, policy) => (policy === "hate" && text.includes("bad") ? 0.95 : 0.01));
	const model = { id: "fake-guard", hash: "sha256:0000" };
	const ready = options.ready ?? true;
	return {
		policies,
		maxCharacters: options.maxCharacters ?? 1000,
		get model() {
			if (ready) return model;
			throw new SluiceError("not_ready", { detail: "loading" });
		},
		async moderate(contents, callOptions) {
			await options.before?.(contents, callOptions);
			const grant = callOptions?.grant;
			return contents.map((content): Verdict => {
				const verdict = toVerdict(judgedText(content), policies, risk);
				return grant === undefined ? verdict : grantVerdict(verdict, grant);
			});
		},
		isReady: () => ready,
		ready: async () => {},
		load: () => ({ queued: 0, running: 0 }),
		close: async () => {},
	};
}

function toVerdict(text: string, policies: readonly Policy[], risk: (text: string, policy: string) => number): Verdict {
	const judged = policies.map((policy) => {
		const r = risk(text, policy.id);
		const { flag, block } = policy.thresholds;
		const action: Action = r >= block ? "block" : r >= flag ? "flag" : "allow";
		const spans = action === "allow" ? [] : [{ start: 0, end: text.length, weight: 1 }];
		const decision = { scorer: "head", stages: 1, ms: 1.23456, tokens: text.split(" ").length };
		return { policy: policy.id, risk: r, thresholds: { flag, block }, action, spans, decision };
	});
	const actions = judged.map((p) => p.action);
	return {
		action: actions.includes("block") ? "block" : actions.includes("flag") ? "flag" : "allow",
		risk: Math.max(...judged.map((p) => p.risk)),
		policies: judged,
		model: { id: "fake-guard", hash: "sha256:0000" },
		coverage: { characters: text.length, tokens: text.split(" ").length, complete: true },
		latencyMs: 1.23456,
	};
}
