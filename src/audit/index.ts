/** The record of decisions: a chained log on disk, and what writes to it. */
export { formatAnchor, parseAnchor } from "./anchor.ts";
export { type AuditLog, type AuditLogOptions, openAuditLog } from "./audit-log.ts";
export type { Link } from "./chain.ts";
export { type AuditFilter, readRecords, type StoredRecord } from "./export.ts";
export { type OpenedTrail, type OpenTrailOptions, openTrail, readKey } from "./open-trail.ts";
export { hashPolicy } from "./policy-records.ts";
export type { AuditRecord, DecisionRecord, PolicyRecord, StreamRecord, TextRecord } from "./record.ts";
export { recordDecisions } from "./record-decisions.ts";
export { recordStreams } from "./record-streams.ts";
export { createTextHash } from "./text-hash.ts";
export { createDecisionTrail, type DecisionTrail, type NewDecision, type TrailParts } from "./trail.ts";
export { type AuditProblem, type AuditReport, type VerifyOptions, verifyAuditLog } from "./verify.ts";
