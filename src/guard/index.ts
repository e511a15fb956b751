/** The generation guard. */

export * from "./adapters/index.ts";
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
	RewindEvent,
	TextEvent,
} from "./events.ts";
export {
	type GenerationEndEvent,
	type GenerationEvent,
	type GenerationReport,
	type GuardGenerationOptions,
	guardGeneration,
} from "./guard-generation.ts";
export { type GuardTextOptions, guardStream, guardText } from "./guard-stream.ts";
export { type ClassifierOptions, type GuardClassifier, openClassifier } from "./open-classifier.ts";
export type { Escalation, GuardOptions, Response, StreamRecorder } from "./options.ts";
export type { AdapterOptions } from "./parts/adapter-options.ts";
export type { PartFormat, PartReading, PartText } from "./parts/guard-parts.ts";
export type { TextSource } from "./source.ts";
export { type StreamPolicies, toStreamPolicies } from "./stream-policies.ts";
