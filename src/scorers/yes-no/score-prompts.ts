/**
 * Answers' logits after many prompts at the cost of their distinct tokens: what prompts share is read once, the rest of each
 * goes on from that state, side by side. The numbers equal those of separate full prompts but for rounding. Token ids only.
 */
import type { Model } from "../../engine/index.ts";
import { isSluiceError } from "../../errors.ts";
import type { CallOptions } from "../../types.ts";
import { together } from "./calls.ts";
import type { BorrowedPrefix, KeptPrefixes } from "./kept-prefixes.ts";
import { type PlannedPrompt, type PrefixNode, planPrefixes } from "./prefix-plan.ts";

/** What one prompt came to. */
export interface PromptScore {
	/** Of the answers asked for, in their order. */
	readonly logits: Float32Array;
	/** Ids that were read for this prompt alone. */
	readonly tokens: number;
}

/** Scores prompts; one result per prompt, in order. Rejects as a whole, as the engine's calls do. */
export type PromptScorer = (prompts: readonly PlannedPrompt[], call: CallOptions) => Promise<PromptScore[]>;

/** What prompts are scored with; `answers` are vocabulary entries. */
export interface PromptScorerParts {
	readonly model: Pick<Model, "score">;
	readonly prefixes: KeptPrefixes;
	readonly answers: readonly number[];
}

export function createPromptScorer({ model, prefixes, answers }: PromptScorerParts): PromptScorer {
	/** A prompt that shares nothing: from a state that happens to be there, or at once. */
	const scoreAlone = async ({ ids }: PlannedPrompt, call: CallOptions): Promise<PromptScore> => {
		const state = prefixes.find(ids);
		if (state !== undefined) {
			const score = await useState(state, () => scoreAfter(state, ids, call));
			if (score !== undefined) return score;
		}
		return { logits: await model.score(ids, answers, call), tokens: ids.length };
	};

	const scoreAfter = async (
		{ session, tokens }: BorrowedPrefix,
		ids: Int32Array,
		call: CallOptions,
	): Promise<PromptScore> => ({
		logits: await session.score(ids.subarray(tokens), answers, call),
		tokens: ids.length - tokens,
	});

	/** Undefined where a state of that size never fits into the memory set aside for sessions. */
	const borrow = (ids: Int32Array, call: CallOptions): Promise<BorrowedPrefix | undefined> =>
		prefixes.borrow(ids, call).catch((error: unknown) => {
			if (isSluiceError(error) && error.code === "invalid_request") return undefined;
			throw error;
		});

	return async (prompts, call) => {
		const scores: PromptScore[] = [];
		const read = async (node: PrefixNode, state: BorrowedPrefix | undefined, within: CallOptions): Promise<void> => {
			const own = node.prompts.map((i) => async (options: CallOptions) => {
				const prompt = prompts[i]!;
				scores[i] = await (state ? scoreAfter(state, prompt.ids, options) : scoreAlone(prompt, options));
			});
			const below = node.nodes.map((child) => (options: CallOptions) => readNode(child, options));
			await together(within, [...own, ...below]);
		};
		const readNode = async (node: PrefixNode, within: CallOptions): Promise<void> => {
			const ids = prompts[membersOf(node)[0]!]!.ids.slice(0, node.tokens);
			for (;;) {
				const state = await borrow(ids, within);
				if (state === undefined) return read({ tokens: 0, prompts: membersOf(node), nodes: [] }, undefined, within);
				const done = await useState(state, () => read(node, state, within).then(() => true));
				if (done) return;
			}
		};
		await read(planPrefixes(prompts), undefined, call);
		return scores;
	};
}

/**
 * What `use` makes of a state, which is released afterwards; undefined where the state was an earlier call's and has been
 * lost since, with its inference thread.
 */
async function useState<T>(state: BorrowedPrefix, use: () => Promise<T>): Promise<T | undefined> {
	try {
		return await use();
	} catch (error) {
		if (!isSluiceError(error) || error.code !== "inference_failed") throw error;
		state.discard();
		if (!state.isReused) throw error;
		return undefined;
	} finally {
		state.release();
	}
}

/** Numbers of all prompts below a node. */
function membersOf({ prompts, nodes }: PrefixNode): readonly number[] {
	return [...prompts, ...nodes.flatMap(membersOf)];
}
