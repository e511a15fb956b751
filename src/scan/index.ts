/**
 * Scans of files through a moderator: every record gets one result, in order, whatever cuts the work off.
 */
export { FORMATS, type FormatName } from "./formats.ts";
export { type HistogramPolicy, toHistogramSvg } from "./histogram-svg.ts";
export { type InputOptions, openInputs, type ScanInput } from "./inputs.ts";
export { findStart, type ScanFiles, type StartMode, toScanFiles } from "./output.ts";
export { runScan, type ScanOptions, type ScanParts, type ScanProgress, type ScanReport } from "./run-scan.ts";
export { countErrors, type PolicyTally, type Tally } from "./tally.ts";
