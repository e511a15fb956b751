/**
 * The nouns of Sluice: Policy, Score, Verdict. zod schemas where data crosses a border, inferred types elsewhere.
 * A risk is always 0..1, higher = riskier, keyed by policy id.
 */
import { z } from "zod";

/** What happens to a text under a policy, from mild to severe. */
export const ACTIONS: readonly ["allow", "flag", "block"] = ["allow", "flag", "block"];
/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** One harm policy, the content of one YAML file in policies/; the file's name is its id. */
export interface Policy {
	/** Lower-case letters, digits and dashes. */
	id: string;
	title: string;
	/** The rule in words; ShieldGemma's phrasing for its four harms. */
	guideline: string;
	/** Who measures it: an output of the embedded classifier's heads. */
	scorer: { kind: "head"; head: string };
	/** Risks in (0, 1) from which a text is flagged or blocked, and the target they were fitted to. */
	thresholds: { flag: number; block: number; target: string };
	/** Names of the same harm on other services. */
	maps: { openai: string[]; perspective: string[]; google: string[] };
	/** At least one text that violates the policy and one that does not; all of them are tests. */
	examples: { text: string; violates: boolean }[];
}

const threshold = z.number().gt(0).lt(1);
const names = z.array(z.string().min(1)).default([]);

/** Parses a {@link Policy}; unknown fields are errors. */
export const PolicySchema: z.ZodType<Policy> = z
	.strictObject({
		id: z.string().regex(/^[a-z][a-z0-9-]*$/, "use lower-case letters, digits and dashes"),
		title: z.string().min(1),
		guideline: z.string().min(1),
		scorer: z.strictObject({ kind: z.literal("head"), head: z.string().min(1) }),
		thresholds: z.strictObject({ flag: threshold, block: threshold, target: z.string().min(1) }),
		maps: z.strictObject({ openai: names, perspective: names, google: names }),
		examples: z.array(z.strictObject({ text: z.string().min(1), violates: z.boolean() })).min(2),
	})
	.refine((p) => p.thresholds.flag <= p.thresholds.block, {
		path: ["thresholds", "flag"],
		message: "must not exceed thresholds.block",
	});

/** A part of the original text, in UTF-16 code units, end exclusive, with the share it has in a risk (0..1). */
export interface Span {
	readonly start: number;
	readonly end: number;
	readonly weight: number;
}

/** What a scorer says of one text: risk per policy id, evidence, and how much it read. */
export interface Score {
	readonly risks: Readonly<Record<string, number>>;
	/** Riskiest spans per policy id, heaviest first; empty where the scorer has no evidence. */
	readonly spans: Readonly<Record<string, readonly Span[]>>;
	readonly tokens: number;
}

/** A policy's part of a verdict. */
export interface PolicyVerdict {
	readonly policy: string;
	readonly risk: number;
	readonly thresholds: { readonly flag: number; readonly block: number };
	readonly action: Action;
	readonly spans: readonly Span[];
}

/** Which model spoke: a name for people and the content hash of all files that decide its scores. */
export interface ModelIdentity {
	readonly id: string;
	readonly hash: string;
}

/** The moderator's answer for one text. `risk` is the highest policy risk, `action` the most severe policy action. */
export interface Verdict {
	readonly action: Action;
	readonly risk: number;
	readonly policies: readonly PolicyVerdict[];
	readonly model: ModelIdentity;
	/** How much of the text was read: all of it, or the call fails. */
	readonly coverage: { readonly characters: number; readonly tokens: number; readonly complete: true };
	readonly latencyMs: number;
}

/** Per-call limits: a deadline on the monotonic clock of `performance.now()`, an abort signal, a priority (higher first). */
export interface CallOptions {
	readonly deadlineMs?: number | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly priority?: number | undefined;
}
