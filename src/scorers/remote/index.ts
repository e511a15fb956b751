/** Classifiers of others, asked over HTTP. */
export type { CallPolicy } from "./call.ts";
export { createRemoteScorer, type RemoteScorerOptions } from "./remote-scorer.ts";
export type { RemoteTiming } from "./timing.ts";
