/** Policies: files, sets of them, and how a running process changes from one set to the next. */
export {
	createLivePolicies,
	type LivePolicies,
	type LivePoliciesParts,
	type LivePolicy,
	type Precondition,
} from "./live.ts";
export { hashText, type PolicyFile, parsePolicy, toPolicyFile } from "./policy-file.ts";
export { loadPolicies, type PolicySet, readPolicySet, toPolicySet, withPolicy } from "./policy-set.ts";
export { safeParse } from "./safe-parse.ts";
export type { PolicyVersion } from "./versions.ts";
export { type WatchOptions, watchDirectory } from "./watch.ts";
