/**
 * What a guard says while it follows a stream, and its report at the end. Offsets count UTF-16 code units of the source's text
 * from its begin, ends exclusive.
 */
import type { ErrorCode } from "../errors.ts";
import type { TakenBack } from "../generator/index.ts";
import type { Action, ModelIdentity } from "../types.ts";

/**
 * `hold`: only judged text leaves. `lag`: text leaves at once and is cut when it is judged. `final`: text leaves once the whole
 * of it is judged.
 */
export type GuardMode = "hold" | "lag" | "final";

/** Text that may be shown. */
export interface TextEvent {
	readonly type: "text";
	readonly text: string;
	readonly start: number;
	readonly end: number;
}

/** A policy's risk at a prefix, with the threshold it reached. */
export interface Finding {
	readonly policy: string;
	readonly risk: number;
	readonly threshold: number;
	/** Length of the prefix. */
	readonly end: number;
}

/** Text that is left out. It comes in its place between text events. */
export interface RedactionEvent extends Finding {
	readonly type: "redaction";
	readonly start: number;
	/** Characters of it that had left before it was judged: 0 but in `lag`. */
	readonly released: number;
}

/** A policy whose risk is high enough to be named, once each time it becomes so; `action` is what the risk says. */
export interface FlagEvent extends Finding {
	readonly type: "flag";
	readonly action: Exclude<Action, "allow">;
}

/** Another scorer was asked about a policy in doubt; `windowStart` is where the text that it read begins. */
export interface EscalationEvent extends Finding {
	readonly type: "escalation";
	readonly action: Action;
	readonly windowStart: number;
	readonly ms: number;
}

/** Text of a generation that nobody has seen was taken back because of a finding. */
export interface RewindEvent extends Finding, TakenBack {
	readonly type: "rewind";
}

/** The last event: nothing comes after it. */
export interface EndEvent {
	readonly type: "end";
	readonly report: GuardReport;
}

/** What a guarded stream gives. */
export type GuardEvent = TextEvent | RedactionEvent | FlagEvent | EscalationEvent | EndEvent;

/** Times in milliseconds; those of the middle and of the slowest hundredth are exact to 5 %. */
export interface HoldTimes {
	readonly count: number;
	readonly mean: number;
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
}

/** What became of a stream. */
export interface GuardReport {
	readonly mode: GuardMode;
	/** The most severe thing that happened to the text: `block` where it was stopped. */
	readonly action: Action;
	/** Why it is over: the source ended, a policy stopped it, the guard could not judge, the source failed, the reader left. */
	readonly reason: "complete" | "policy" | "failure" | "source" | "reader";
	/** What stopped it. */
	readonly blocked: Finding | null;
	/** Length of the longest judged prefix before that, or of all judged text. */
	readonly lastSafeOffset: number;
	/** Characters that left, redacted ones not counted. */
	readonly releasedCharacters: number;
	/** Characters that left beyond the last safe offset of a stream that was stopped: 0 in `hold` and `final`. */
	readonly leakedCharacters: number;
	/** Characters that the source gave, and those that were judged. */
	readonly characters: number;
	readonly judgedCharacters: number;
	/** Tokens of the judged text as the model reads them. */
	readonly tokens: number;
	readonly redactedCharacters: number;
	/** Per policy that was flagged, where its risk was highest. */
	readonly flags: readonly Finding[];
	readonly escalations: number;
	/** Of a generation that goes another way where it is blocked: what was taken back. */
	readonly rewinds?: readonly RewindEvent[] | undefined;
	/** Why the guard could not judge, and from where on the text is unjudged. */
	readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly unjudgedFrom: number } | null;
	/** Time from a delta's arrival until all of it had left. */
	readonly holdMs: HoldTimes;
	/** Time spent judging; the source goes on meanwhile. */
	readonly guardMs: number;
	readonly model: ModelIdentity;
}
