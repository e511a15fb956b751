/**
 * A generative model that answers Yes or No as a scorer (ShieldGemma, arXiv:2407.21772): content and guideline -> prompt ->
 * logits of the two answers -> P(Yes). What prompts share is read once. A policy is its guideline; no training.
 */
import type { Model } from "../../engine/index.ts";
import { SluiceError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import {
	type CallOptions,
	type Content,
	type Decision,
	judgedText,
	type Policy,
	type Score,
	type YesNoSpec,
} from "../../types.ts";
import type { Scorer } from "../scorer.ts";
import { together } from "./calls.ts";
import { createKeptPrefixes } from "./kept-prefixes.ts";
import { createPromptRenderer, type PromptRenderer, type RenderedPrompt } from "./render.ts";
import { yesProbability } from "./risk.ts";
import { createPromptScorer, type PromptScorer } from "./score-prompts.ts";
import { splitContent } from "./windows.ts";

/** What the scorer is made of. */
export interface YesNoScorerParts {
	readonly model: Pick<Model, "identity" | "contextSize" | "score" | "session" | "sessionBytes" | "stats" | "close">;
	readonly tokenizer: Pick<Tokenizer, "bosId" | "encode" | "idOf">;
	/** Longest text in UTF-16 code units; default 200,000. */
	readonly maxCharacters?: number | undefined;
	/** Memory for states that are kept between calls, out of the model's `maxSessionBytes`; default 512 MiB, 0 keeps none. */
	readonly maxPrefixBytes?: number | undefined;
	/** Vocabulary entries of the answers; default those spelled `Yes` and `No`, without a space in front. */
	readonly answers?: { readonly yes: number; readonly no: number } | undefined;
}

/** Contents of a call that are read side by side: enough to fill the model's runs, few enough for their states to fit. */
const CONTENTS_AT_ONCE = 4;
/** Room is left for guideline and template in steps of this part of the context, so that policies share their windows. */
const FRAME_STEPS = 16;
/** Tokens that a window must have room for: the least part of the context, in frame steps. */
const LEAST_WINDOW_STEPS = 4;

/** Builds the scorer. Throws `invalid_model` where the vocabulary has no turns or no answers. */
export function createYesNoScorer(parts: YesNoScorerParts): Scorer {
	const { model, tokenizer, maxCharacters = 200_000, maxPrefixBytes = 512 * 1024 * 1024 } = parts;
	const { yes, no } = parts.answers ?? { yes: findAnswer(tokenizer, "Yes"), no: findAnswer(tokenizer, "No") };
	createPromptRenderer(tokenizer);
	const prefixes = createKeptPrefixes(model, maxPrefixBytes);
	const scorePrompts = createPromptScorer({ model, prefixes, answers: [yes, no] });
	const context = model.contextSize ?? Number.POSITIVE_INFINITY;
	return {
		model: model.identity,
		maxCharacters,
		check(policy) {
			const render = createPromptRenderer(tokenizer);
			const frame = Math.max(...["", EMPTY_EXCHANGE].map((content) => frameTokens(render, content, policy)));
			if (windowRoom(frame, context) >= (LEAST_WINDOW_STEPS * context) / FRAME_STEPS) return;
			const detail = `policy ${policy.id}: the guideline leaves too little of the model's context of ${context} tokens`;
			throw new SluiceError("invalid_policy", { detail, pointer: "/guideline" });
		},
		score: (contents, policies, options = {}) => {
			const { deadlineMs, signal, priority } = options;
			const tasks = contents.map(
				(content) => (call: CallOptions) =>
					scoreContent({ tokenizer, context, scorePrompts }, { content, policies, call }),
			);
			return together({ deadlineMs, signal, priority }, tasks, CONTENTS_AT_ONCE);
		},
		load: () => model.stats(),
		async close() {
			prefixes.close();
			await model.close();
		},
	};
}

const EMPTY_EXCHANGE: Content = { prompt: "", response: "" };

interface Reading {
	readonly tokenizer: YesNoScorerParts["tokenizer"];
	/** Tokens that a prompt may have. */
	readonly context: number;
	readonly scorePrompts: PromptScorer;
}

async function scoreContent(
	{ tokenizer, context, scorePrompts }: Reading,
	{ content, policies, call }: { content: Content; policies: readonly Policy[]; call: CallOptions },
): Promise<Score> {
	const began = performance.now();
	const render = createPromptRenderer(tokenizer);
	const prompts = policies.map((policy) => renderWindows({ content, policy, context }, render, tokenizer));
	const answers = await scorePrompts(prompts.flat(), call);
	const ms = performance.now() - began;
	const risks: Record<string, number> = {};
	const decisions: Record<string, Decision> = {};
	for (const [i, policy] of policies.entries()) {
		const windows = answers.splice(0, prompts[i]!.length);
		const spec = specOf(policy);
		risks[policy.id] = Math.max(...windows.map(({ logits }) => yesProbability(logits[0]!, logits[1]!, spec)));
		const tokens = windows.reduce((sum, window) => sum + window.tokens, 0);
		decisions[policy.id] = { scorer: "yes-no", stages: 1, ms, tokens, windows: windows.length };
	}
	const spans = Object.fromEntries(policies.map(({ id }) => [id, []]));
	return { risks, spans, tokens: tokenizer.encode(judgedText(content)).ids.length, decisions };
}

/** The prompts that ask about all of a content: one, or one per window where that would exceed the context. */
function renderWindows(
	{ content, policy, context }: { content: Content; policy: Policy; context: number },
	render: PromptRenderer,
	{ encode }: Pick<Tokenizer, "encode">,
): RenderedPrompt[] {
	const choice = choiceOf(policy, content);
	const whole = render(content, choice);
	if (whole.ids.length <= context) return [whole];
	const empty = typeof content === "string" ? "" : EMPTY_EXCHANGE;
	for (let room = windowRoom(frameTokens(render, empty, policy), context); room > 0; ) {
		const prompts = splitContent(content, room, encode).map((window) => render(window, choice));
		const excess = Math.max(...prompts.map(({ ids }) => ids.length)) - context;
		if (excess <= 0) return prompts;
		room -= excess; // a part of a text may need more tokens than it has in the whole
	}
	const detail = `policy ${policy.id}: the guideline leaves no room in the model's context of ${context} tokens`;
	throw new SluiceError("invalid_policy", { detail, pointer: "/guideline" });
}

/** Tokens of a content that a window has, where `frame` stand around them. */
function windowRoom(frame: number, context: number): number {
	if (context === Number.POSITIVE_INFINITY) return context;
	const step = Math.max(1, Math.floor(context / FRAME_STEPS));
	return context - Math.ceil((frame + FRAME_SLACK) / step) * step;
}

/** Tokens that texts may come to beyond those of their own where they meet the template. */
const FRAME_SLACK = 8;

function frameTokens(render: PromptRenderer, empty: Content, policy: Policy): number {
	return render(empty, choiceOf(policy, empty)).ids.length;
}

function choiceOf(policy: Policy, content: Content): Pick<YesNoSpec, "wording" | "order"> & { guideline: string } {
	const { wording, order, responseGuideline } = specOf(policy);
	const guideline = typeof content === "string" ? policy.guideline : (responseGuideline ?? policy.guideline);
	return { wording, order, guideline };
}

function specOf({ id, scorer }: Policy): YesNoSpec {
	if (scorer.kind === "yes-no") return scorer;
	const detail = `policy ${id}: scorer.kind "${scorer.kind}" is not measured by asking Yes or No`;
	throw new SluiceError("invalid_policy", { detail, pointer: "/scorer/kind" });
}

function findAnswer({ idOf }: Pick<Tokenizer, "idOf">, answer: string): number {
	const id = idOf(answer);
	if (id !== undefined) return id;
	throw new SluiceError("invalid_model", { detail: `the vocabulary has no token ${answer}` });
}
