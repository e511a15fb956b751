/**
 * How a stream is guarded; every choice has a default, and the default blocks.
 */
import { SluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import type { PrefixScore, StreamScorer } from "../scorers/stream/index.ts";
import type { Action, Policy } from "../types.ts";
import type { GuardMode, GuardReport } from "./events.ts";

/** What follows from a policy's risk. */
export interface Response {
	/** At the block threshold: stop the stream, leave the words out, only flag, or ask another scorer. Default block. */
	readonly onBlock?: "block" | "redact" | "flag" | "escalate" | undefined;
	/** At the flag threshold: flag, ask another scorer, or nothing. Default flag. */
	readonly onFlag?: "flag" | "escalate" | "allow" | undefined;
	/** Risks that are in doubt whatever the thresholds say, from (inclusive) to (exclusive): another scorer is asked. */
	readonly doubt?: { readonly from: number; readonly to: number } | undefined;
}

/** A response with its defaults. */
export interface FullResponse {
	readonly onBlock: NonNullable<Response["onBlock"]>;
	readonly onFlag: NonNullable<Response["onFlag"]>;
	readonly doubt: Response["doubt"];
}

/** Who is asked about text in doubt. */
export interface Escalation {
	/** A policy obeys its own verdict here, or the verdict as a whole where the moderator has no policy of its id. */
	readonly moderator: Pick<Moderator, "moderate">;
	/** The prompt that the guarded text answers; it is sent along where given. */
	readonly prompt?: string | undefined;
	/** Characters before the end of the prefix that it reads; what lies before them is not sent. Default 8,192. */
	readonly windowCharacters?: number | undefined;
	/** It is asked again about a policy that stays in doubt after so many characters. Default 400. */
	readonly everyCharacters?: number | undefined;
}

/** Follows one stream, for a record of what became of it. */
export interface StreamRecorder {
	/** Text that the source gave. */
	text(delta: string): void;
	/** The risks of a prefix. */
	scored(score: PrefixScore): void;
	/** How it ended; called once. Must not throw. */
	ended(report: GuardReport): void;
}

/** Options of a guarded stream. */
export interface GuardOptions {
	readonly scorer: StreamScorer;
	readonly policies: readonly Policy[];
	/** Default hold. */
	readonly mode?: GuardMode | undefined;
	/** By policy id. */
	readonly responses?: Readonly<Record<string, Response>> | undefined;
	readonly escalation?: Escalation | undefined;
	/** What happens when a text cannot be judged: stop, or let the rest pass unjudged (`flag` says so in an event). Default block. */
	readonly onFailure?: Action | undefined;
	/**
	 * `hold`: share of a policy's block threshold from which on its words are held, though none of them blocks, until the risk
	 * falls below it; 1 holds nothing back. Default 0.5.
	 */
	readonly holdFrom?: number | undefined;
	/** `hold`: judged words held at most; beyond that the oldest leave. Default 16. */
	readonly maxHeldWords?: number | undefined;
	/** Characters taken from the source and not judged yet; beyond that the source waits. Also the most that `lag` is behind. Default 4,096. */
	readonly maxAheadCharacters?: number | undefined;
	/** The same in deltas. Default: any number. */
	readonly maxAheadDeltas?: number | undefined;
	/** `final`: longest text; a longer one cannot be judged. Default 200,000. */
	readonly maxCharacters?: number | undefined;
	/**
	 * Time from the begin of one judgement to the next at least, while little text waits and more is to come: words that come one
	 * by one are then judged several at a time, which costs little more than one alone, and wait as much longer. Default 0.
	 */
	readonly judgeIntervalMs?: number | undefined;
	/** Longest that one judgement may take before it has failed. Default 10,000. */
	readonly judgeTimeoutMs?: number | undefined;
	/** Longest that the source may take for a delta that is asked for before it has failed. Default: any time. */
	readonly sourceTimeoutMs?: number | undefined;
	/** Ends the stream with `aborted`. */
	readonly signal?: AbortSignal | undefined;
	/** Told once how the stream ended, whatever the end. */
	readonly onReport?: ((report: GuardReport) => void) | undefined;
	/** Called when a stream begins; where it throws, the stream is refused. */
	readonly record?: ((policies: readonly Policy[]) => StreamRecorder) | undefined;
}

/** An escalation with its defaults. */
export interface FullEscalation extends Escalation {
	readonly windowCharacters: number;
	readonly everyCharacters: number;
}

/** Options with their defaults. */
export interface Settings
	extends Required<
		Omit<GuardOptions, "escalation" | "signal" | "onReport" | "record" | "responses" | "sourceTimeoutMs">
	> {
	/** In the order of the policies. */
	readonly responses: readonly FullResponse[];
	readonly escalation: FullEscalation | undefined;
	readonly sourceTimeoutMs: number | undefined;
	readonly signal: AbortSignal | undefined;
	readonly onReport: ((report: GuardReport) => void) | undefined;
	readonly record: GuardOptions["record"];
}

/** Checks options; throws `invalid_request` naming the one that does not fit, `invalid_policy` for a policy that cannot be followed. */
export function parseGuardOptions(options: GuardOptions): Settings {
	const { scorer, policies, responses = {}, escalation } = options;
	if (policies.length === 0) throw refuse("policies", "must not be empty");
	for (const policy of policies) scorer.check(policy);
	const known = new Set(policies.map(({ id }) => id));
	for (const id of Object.keys(responses)) if (!known.has(id)) throw refuse("responses", `names no policy: ${id}`);
	const settings: Settings = {
		scorer,
		policies,
		mode: options.mode ?? "hold",
		responses: policies.map(({ id }) => ({
			onBlock: responses[id]?.onBlock ?? "block",
			onFlag: responses[id]?.onFlag ?? "flag",
			doubt: responses[id]?.doubt,
		})),
		escalation: escalation && {
			...escalation,
			windowCharacters: escalation.windowCharacters ?? 8192,
			everyCharacters: escalation.everyCharacters ?? 400,
		},
		onFailure: options.onFailure ?? "block",
		holdFrom: options.holdFrom ?? 0.5,
		maxHeldWords: options.maxHeldWords ?? 16,
		maxAheadCharacters: options.maxAheadCharacters ?? 4096,
		maxAheadDeltas: options.maxAheadDeltas ?? Number.MAX_SAFE_INTEGER,
		maxCharacters: options.maxCharacters ?? 200_000,
		judgeIntervalMs: options.judgeIntervalMs ?? 0,
		judgeTimeoutMs: options.judgeTimeoutMs ?? 10_000,
		sourceTimeoutMs: options.sourceTimeoutMs,
		signal: options.signal,
		onReport: options.onReport,
		record: options.record,
	};
	checkNumbers(settings);
	const asks = ({ onBlock, onFlag, doubt }: FullResponse): boolean =>
		onBlock === "escalate" || onFlag === "escalate" || doubt !== undefined;
	if (settings.responses.some(asks) && escalation === undefined)
		throw refuse("escalation", "is missing, and a response asks for it");
	return settings;
}

function checkNumbers(settings: Settings): void {
	if (!(settings.holdFrom > 0 && settings.holdFrom <= 1)) throw refuse("holdFrom", "must be above 0 and at most 1");
	const { sourceTimeoutMs = 1 } = settings;
	if (!(sourceTimeoutMs >= 1 && sourceTimeoutMs <= 2 ** 31 - 1))
		throw refuse("sourceTimeoutMs", "must be from 1 to 2147483647");
	if (!(settings.judgeIntervalMs >= 0 && settings.judgeIntervalMs <= 60_000))
		throw refuse("judgeIntervalMs", "must be from 0 to 60000");
	const wholes = { ...settings, ...settings.escalation };
	const names = ["maxHeldWords", "maxAheadCharacters", "maxAheadDeltas", "maxCharacters", "judgeTimeoutMs"] as const;
	for (const name of [...names, ...(settings.escalation ? (["windowCharacters", "everyCharacters"] as const) : [])]) {
		const value = wholes[name as (typeof names)[number]];
		if (!Number.isInteger(value) || value < 1) throw refuse(name, "must be a whole number from 1");
	}
}

function refuse(name: string, rule: string): SluiceError {
	return new SluiceError("invalid_request", { detail: `${name} ${rule}`, pointer: `/${name}` });
}
