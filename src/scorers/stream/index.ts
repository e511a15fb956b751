/** Following texts while they come. */
export { createHeadStreams, type HeadStreamParts } from "./head-stream.ts";
export type { PrefixScore, ScoreStream, StreamScorer } from "./score-stream.ts";
export { findClauseEnds } from "./settled.ts";
export { type CutPoint, createTextCutter, type TextCutter } from "./text-cutter.ts";
