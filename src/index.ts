/**
 * The public API, re-exports only: verdicts in this process, the engine beneath, and the parts of the service.
 */
export {
	type AuditReport,
	type DecisionRecord,
	type DecisionTrail,
	type OpenedTrail,
	type OpenTrailOptions,
	openTrail,
	recordDecisions,
	recordStreams,
	verifyAuditLog,
} from "./audit/index.ts";
export { type ConvertedManifest, type ConvertOptions, convertModel } from "./convert/index.ts";
export {
	type AppendOptions,
	type AppendResult,
	type FinishReason,
	type ForwardOptions,
	type ForwardResult,
	type GeneratedToken,
	type GenerateOptions,
	type Model,
	type OpenOptions,
	openModel,
	type PoolStats,
	type SampledToken,
	type SamplingOptions,
	type Session,
	type SessionOptions,
	type TokenStream,
} from "./engine/index.ts";
export { ERRORS, type ErrorCode, type ErrorKind, isSluiceError, SluiceError } from "./errors.ts";
export {
	createGenerator,
	type Draft,
	type DraftOptions,
	type Generator,
	openDraft,
	type TextDelta,
	type TextOptions,
	type TextStream,
} from "./generator/index.ts";
export { createApp, type HttpLimits, type HttpParts } from "./http/app.ts";
export { createLog, type Log, type LogFields } from "./log.ts";
export { createModerator, type Moderator } from "./moderator.ts";
export { loadPolicies, parsePolicy } from "./policies/index.ts";
export { createHeadScorer, type HeadScorerParts, type HeadsFile, readHeadsFile, type Scorer } from "./scorers/index.ts";
export { type Encoding, loadTokenizer, type Tokenizer } from "./tokenizer/index.ts";
export type {
	Action,
	CallOptions,
	ModelIdentity,
	Origin,
	Policy,
	PolicyVerdict,
	Score,
	Span,
	Verdict,
} from "./types.ts";
