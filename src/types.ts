/**
 * The nouns of Sluice: Policy, Score, Verdict. zod schemas where data crosses a border, inferred types elsewhere.
 * A risk is always 0..1, higher = riskier, keyed by policy id.
 */
import { z } from "zod";

/** What happens to a text under a policy, from mild to severe. */
export const ACTIONS: readonly ["allow", "flag", "block"] = ["allow", "flag", "block"];
/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** A prompt and the model's answer to it; the answer is judged. An empty prompt judges the answer on its own. */
export interface Exchange {
	readonly prompt: string;
	readonly response: string;
}

/** What is judged: what a user wrote, or what a model answered. */
export type Content = string | Exchange;

/** The part of a content that is judged; offsets of spans point into it. */
export function judgedText(content: Content): string {
	return typeof content === "string" ? content : content.response;
}

/** Characters of a content that a scorer may read, in UTF-16 code units: of an exchange, the prompt's as well. */
export function contentLength(content: Content): number {
	return typeof content === "string" ? content.length : content.prompt.length + content.response.length;
}

/** An output of the embedded classifier's heads. */
export interface HeadSpec {
	readonly kind: "head";
	readonly head: string;
}

/** A question to a generative model that answers Yes or No (ShieldGemma, arXiv:2407.21772); the guideline is the policy's. */
export interface YesNoSpec {
	readonly kind: "yes-no";
	/** Whose judgement: the small model that answers online, or the large one for scans and doubtful cases. */
	readonly model: "online" | "offline";
	/** What comes first in the prompt: the content, so that policies share it, or the policy, so that contents do. */
	readonly order: "content-first" | "policy-first";
	/** The text around content and guideline: the published tokenizer's chat template, or Google's notebook. */
	readonly wording: "hub" | "notebook";
	/** The guideline for model answers where it is not the one for prompts. */
	readonly responseGuideline?: string | undefined;
	/** P(Yes) = (e^(y/T) + alpha) / (e^(y/T) + e^(n/T) + 2 alpha) over the logits of Yes and No. */
	readonly alpha: number;
	readonly temperature: number;
}

/** A classifier behind an HTTP API; the risk is the highest of its categories. */
export interface RemoteSpec {
	readonly kind: "remote";
	readonly service: "openai" | "google" | "guard";
	readonly categories: readonly string[];
	/** What a text gets whose score could not be had; `fail` fails the call. */
	readonly onFailure: "fail" | Action;
}

/** Scorers that need no other. */
export type LeafSpec = HeadSpec | YesNoSpec | RemoteSpec;

/** A cheap scorer first; risks inside the band go to an expensive one. */
export interface CascadeSpec {
	readonly kind: "cascade";
	readonly first: LeafSpec;
	readonly second: LeafSpec;
	/** Risks of the first scorer that are in doubt: from (inclusive) to (exclusive, but 1 has the risk 1 in it). */
	readonly band: { readonly from: number; readonly to: number };
	/** What a doubtful text gets once the request's budget is spent; `first` lets the first scorer's risk stand. */
	readonly exhausted: "first" | Action;
}

/** Who measures a policy. */
export type ScorerSpec = LeafSpec | CascadeSpec;

/** One harm policy, the content of one YAML file in policies/; the file's name is its id. */
export interface Policy {
	/** Lower-case letters, digits and dashes. */
	id: string;
	title: string;
	/** The rule in words; ShieldGemma's phrasing for its four harms. */
	guideline: string;
	/** Who measures it. */
	scorer: ScorerSpec;
	/** Risks in (0, 1) from which a text is flagged or blocked, and the target they were fitted to. */
	thresholds: { flag: number; block: number; target: string };
	/** Names of the same harm on other services. */
	maps: { openai: string[]; perspective: string[]; google: string[]; azure: string[] };
	/** At least one text that violates the policy and one that does not; all of them are tests. */
	examples: { text: string; violates: boolean }[];
}

const threshold = z.number().gt(0).lt(1);
const names = z.array(z.string().min(1)).default([]);
const consequence = z.enum(ACTIONS);

const LeafSchema = z.discriminatedUnion("kind", [
	z.strictObject({ kind: z.literal("head"), head: z.string().min(1) }),
	z.strictObject({
		kind: z.literal("yes-no"),
		model: z.enum(["online", "offline"]).default("online"),
		order: z.enum(["content-first", "policy-first"]).default("content-first"),
		wording: z.enum(["hub", "notebook"]).default("hub"),
		responseGuideline: z.string().min(1).optional(),
		alpha: z.number().nonnegative().default(0),
		temperature: z.number().positive().default(1),
	}),
	z.strictObject({
		kind: z.literal("remote"),
		service: z.enum(["openai", "google", "guard"]),
		categories: z.array(z.string().min(1)).min(1),
		onFailure: z.union([z.literal("fail"), consequence]).default("fail"),
	}),
]);

const CascadeSchema = z
	.strictObject({
		kind: z.literal("cascade"),
		first: LeafSchema,
		second: LeafSchema,
		band: z.strictObject({ from: z.number().min(0).max(1), to: z.number().min(0).max(1) }),
		exhausted: z.union([z.literal("first"), consequence]).default("block"),
	})
	.refine(({ band }) => band.from <= band.to, { path: ["band", "from"], message: "must not exceed band.to" });

/** Parses a {@link Policy}; unknown fields are errors. */
export const PolicySchema: z.ZodType<Policy> = z
	.strictObject({
		id: z.string().regex(/^[a-z][a-z0-9-]*$/, "use lower-case letters, digits and dashes"),
		title: z.string().min(1),
		guideline: z.string().min(1),
		scorer: z.discriminatedUnion("kind", [...LeafSchema.options, CascadeSchema]),
		thresholds: z.strictObject({ flag: threshold, block: threshold, target: z.string().min(1) }),
		maps: z.strictObject({ openai: names, perspective: names, google: names, azure: names }),
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

/** How a policy's risk came about. */
export interface Decision {
	/** Kind of the scorer that decided; of a remote one `remote:<service>`. */
	readonly scorer: string;
	/** Scorers asked, the deciding one included. */
	readonly stages: number;
	/** Time the deciding scorer took for the call, milliseconds. */
	readonly ms: number;
	/** Tokens that the deciding scorer read for this policy beyond what others share. */
	readonly tokens?: number | undefined;
	/** Overlapping windows the text was read in, where it was longer than the model's context. */
	readonly windows?: number | undefined;
	/** What the risk is made of, where the scorer may have to do with less than a probability: the label of its answer. */
	readonly basis?: "probability" | "label" | undefined;
	/** Set where the first scorer's risk was in doubt and the second did not decide: what of the request's budget was missing. */
	readonly lacked?: "escalations" | "time" | "offline" | undefined;
	/** Set where there is no score: what happens instead, by whose declaration. */
	readonly instead?: { readonly action: Action; readonly reason: "exhausted" | "failed" } | undefined;
}

/** What a scorer says of one text: risk per policy id, evidence, and how much it read. */
export interface Score {
	/** A policy is missing only where its decision says what happens instead. */
	readonly risks: Readonly<Record<string, number>>;
	/** Riskiest spans per policy id, heaviest first; empty where the scorer has no evidence. */
	readonly spans: Readonly<Record<string, readonly Span[]>>;
	/** Tokens of the text as the scorer reads it. */
	readonly tokens: number;
	/** Per policy id; may be left out where one scorer decided everything in one stage. */
	readonly decisions?: Readonly<Record<string, Decision>> | undefined;
}

/** What a request allows for expensive scorers. */
export interface Budget {
	/** Texts × policies that may go to a second scorer; none where 0. */
	readonly maxEscalations?: number | undefined;
	/** Whether the caller can wait for the offline model. */
	readonly offline?: boolean | undefined;
}

/** A policy's part of a verdict. */
export interface PolicyVerdict {
	readonly policy: string;
	/** Null where there is no score; `decision.instead` then says why, and the action is the one declared for that. */
	readonly risk: number | null;
	readonly thresholds: { readonly flag: number; readonly block: number };
	readonly action: Action;
	readonly spans: readonly Span[];
	readonly decision: Decision;
}

/** Which model spoke: a name for people and the content hash of all files that decide its scores. */
export interface ModelIdentity {
	readonly id: string;
	readonly hash: string;
}

/**
 * The moderator's answer for one text. `risk` is the highest policy risk there is, null where no policy has one; `action` is
 * the most severe policy action.
 */
export interface Verdict {
	readonly action: Action;
	readonly risk: number | null;
	readonly policies: readonly PolicyVerdict[];
	readonly model: ModelIdentity;
	/** How much of the text was read: all of it, or the call fails. */
	readonly coverage: { readonly characters: number; readonly tokens: number; readonly complete: true };
	readonly latencyMs: number;
}

/** Where texts come from, for the record of what is decided about them: names only, never content. */
export interface Origin {
	/** The door: a route's pattern, or a name that the program gives. */
	readonly surface: string;
	/** What of the door's traffic. */
	readonly part?: "input" | "output" | undefined;
	/** Nothing follows from the verdict: who asked wants to know it only. */
	readonly isScoreOnly?: boolean | undefined;
	readonly requestId?: string | undefined;
	readonly keyId?: string | undefined;
	readonly tenant?: string | undefined;
	readonly batch?: string | undefined;
	/** Of a batch: the line each content stands on, from 1. */
	readonly lines?: readonly number[] | undefined;
}

/** Which policies judge, and from which risks on; everything as the service has it where left out. */
export interface Grant {
	/** Ids of policies. */
	readonly policies?: readonly string[] | undefined;
	/** By policy id; risks from 0 to 1. */
	readonly thresholds?:
		| Readonly<Record<string, { readonly flag?: number | undefined; readonly block?: number | undefined }>>
		| undefined;
}

/** Per-call limits: a deadline on the monotonic clock of `performance.now()`, an abort signal, a priority (higher first); and where the call comes from. */
export interface CallOptions {
	readonly deadlineMs?: number | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly priority?: number | undefined;
	readonly origin?: Origin | undefined;
	/** By which of the moderator's policies, where not by all of them. */
	readonly grant?: Grant | undefined;
}
