/**
 * Wires policies and the scorer they ask for to the moderator that the settings describe.
 */
import type { Config } from "../config.ts";
import { createModerator, type Moderator } from "../moderator.ts";
import { loadPolicies } from "../policies/index.ts";
import { openScorer } from "./open-scorer.ts";

/** Resolves once the policies are read; the models go on loading, see `ready()`. Throws `invalid_policy`. */
export async function openModerator(config: Config): Promise<Moderator> {
	const policies = await loadPolicies(config.policies);
	return createModerator({ policies, scorer: openScorer(config, policies), maxCharacters: config.maxCharacters });
}
