/** Single requests through a queue: gateways ask, workers judge. */
export { fingerprintPolicies } from "./judge-set.ts";
export type { GatewayNotice } from "./messages.ts";
export { createQueuedModerator, type QueuedModeratorOptions } from "./queued-moderator.ts";
export { openScoreQueues, type ScoreQueueEntry, type ScoreQueues } from "./score-queues.ts";
export { type ScoreWorker, type ScoreWorkerOptions, startScoreWorker } from "./score-worker.ts";
export { createVerdictReader, toWireVerdict, type VerdictFacts, type WireVerdict } from "./verdict-format.ts";
