/** Replay: decisions of the past under other policies. */
export { type ChangedPolicy, type PolicyChange, toPolicyChange } from "./policy-change.ts";
export { type ReplayChange, type ReplayReport, replay } from "./replay.ts";
