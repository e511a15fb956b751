/**
 * The public API, re-exports only: verdicts in this process, without HTTP, and the parts to build a service of one's own.
 */
export { ERRORS, type ErrorCode, type ErrorKind, isSluiceError, SluiceError } from "./errors.ts";
export { createApp, type HttpLimits, type HttpParts } from "./http/app.ts";
export { createLog, type Log } from "./log.ts";
export { createModerator, type Moderator } from "./moderator.ts";
export { loadPolicies, parsePolicy } from "./policies.ts";
export type { Scorer } from "./scorers/index.ts";
export type {
	Action,
	CallOptions,
	ModelIdentity,
	Policy,
	PolicyVerdict,
	Score,
	Span,
	Verdict,
} from "./types.ts";
