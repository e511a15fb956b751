/** The scorers: the seam and its members. */
export { createHeadScorer, type HeadScorerParts } from "./head.ts";
export { createHeadPool, type HeadPool } from "./head-pool.ts";
export { type HeadsFile, readHeadsFile } from "./heads-file.ts";
export type { Scorer } from "./scorer.ts";
