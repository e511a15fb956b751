/** The scorers: the seam and its members. */
export { createCascadeScorer } from "./cascade.ts";
export { isDoubtful, turningPoint } from "./escalation.ts";
export { createHeadScorer, type HeadScorerParts, toMeasured } from "./head.ts";
export { createHeadPool, type HeadPool } from "./head-pool.ts";
export { type HeadsFile, readHeadsFile } from "./heads-file.ts";
export {
	labelOf,
	leavesOf,
	type MemberName,
	memberOf,
	missingMember,
	neededMembers,
	type ScorerMembers,
} from "./members.ts";
export { createRemoteScorer, type RemoteScorerOptions } from "./remote/index.ts";
export type { ScoreOptions, Scorer } from "./scorer.ts";
export { createScorerSet } from "./scorer-set.ts";
export { createHeadStreams, type PrefixScore, type ScoreStream, type StreamScorer } from "./stream/index.ts";
export { createYesNoScorer, type YesNoScorerParts } from "./yes-no/index.ts";
