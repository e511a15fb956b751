/** The generation guard. */
export type {
	EndEvent,
	EscalationEvent,
	Finding,
	FlagEvent,
	GuardEvent,
	GuardMode,
	GuardReport,
	HoldTimes,
	RedactionEvent,
	TextEvent,
} from "./events.ts";
export { type GuardTextOptions, guardStream, guardText } from "./guard-stream.ts";
export type { Escalation, GuardOptions, Response } from "./options.ts";
export type { TextSource } from "./source.ts";
export { type StreamPolicies, toStreamPolicies } from "./stream-policies.ts";
