/**
 * Moderators over the models of this process: one for the policies of the start, further ones for those that come later, all on
 * the same models.
 */
import type { Config } from "../config.ts";
import { createModerator, type Moderator } from "../moderator.ts";
import { type PolicySet, readPolicySet } from "../policies/index.ts";
import type { Scorer } from "../scorers/index.ts";
import { type Observers, observeModerator } from "./observers.ts";
import { createScorerPool } from "./open-scorer.ts";
import { openShadow } from "./open-shadow.ts";

/** See the header. */
export interface Judges {
	/** By the policies of the start; it may still be loading. */
	readonly moderator: Moderator;
	/** How to judge by other policies; undefined where the policies stay. */
	readonly changes?: PolicyChanges | undefined;
	/** Frees the models; nobody judges any more. */
	close(): Promise<void>;
}

/** See the header. */
export interface PolicyChanges {
	/** The policies of the start. */
	readonly initial: PolicySet;
	/** A ready one. Throws `invalid_policy` where the set cannot be measured, and what a model that it needs newly throws. */
	moderatorFor(set: PolicySet): Promise<Moderator>;
}

/** Makes the judges that the settings describe. */
export type OpenJudges = (config: Config, observers: Observers) => Promise<Judges>;

/** Resolves once the policies are read; the models go on loading. Throws `invalid_policy`. */
export const openJudges: OpenJudges = async (config, observers) => {
	const initial = await readPolicySet(config.policies);
	const pool = createScorerPool(config, observers.metrics?.ran);
	const shadow = await openShadow(config, pool, observers);
	const judge = ({ policies }: PolicySet, scorer: Scorer | Promise<Scorer>): Moderator => {
		const moderator = createModerator({ policies, scorer, maxCharacters: config.maxCharacters });
		return observeModerator(shadow?.beside(moderator) ?? moderator, observers);
	};
	return {
		moderator: judge(initial, pool.scorerFor(initial.policies)),
		changes: {
			initial,
			async moderatorFor(set) {
				const moderator = judge(set, await pool.scorerFor(set.policies));
				await moderator.ready();
				return moderator;
			},
		},
		async close() {
			await shadow?.close();
			await pool.close();
		},
	};
};
