/** Wires the shadow that the settings describe: other policies on the live models, or on a classifier of its own. */
import type { Config } from "../config.ts";
import { SluiceError } from "../errors.ts";
import { createModerator, type Moderator } from "../moderator.ts";
import { readPolicySet } from "../policies/index.ts";
import { createShadow } from "../shadow/index.ts";
import type { Observers } from "./observers.ts";
import { createScorerPool, type ScorerPool } from "./open-scorer.ts";

/** A shadow that may still be loading. */
export interface OpenedShadow {
	/** The moderator with the shadow beside it. */
	beside(live: Moderator): Moderator;
	close(): Promise<void>;
}

/**
 * Undefined where the settings name none. Throws `invalid_policy` for shadow policies that are not valid and `invalid_config`
 * without a directory for records. What goes wrong later is the shadow's alone. @param pool the live models
 */
export async function openShadow(
	config: Config,
	pool: ScorerPool,
	{ trail, log }: Pick<Observers, "trail" | "log">,
): Promise<OpenedShadow | undefined> {
	const { shadowPolicies, shadowModel, maxCharacters } = config;
	if (shadowPolicies === undefined && shadowModel === undefined) return undefined;
	if (trail === undefined || log === undefined)
		throw new SluiceError("invalid_config", {
			detail:
				"a shadow's verdicts go to the audit log alone: set SLUICE_AUDIT_DIR, or leave SLUICE_SHADOW_POLICIES and SLUICE_SHADOW_MODEL out",
		});
	const { policies } = await readPolicySet(shadowPolicies ?? config.policies);
	// one thread: it must not take the live model's cores
	const own = shadowModel === undefined ? undefined : createScorerPool({ ...config, model: shadowModel, threads: 1 });
	const moderator = createModerator({ policies, scorer: (own ?? pool).scorerFor(policies), maxCharacters });
	moderator.ready().catch((error: unknown) => {
		const code = error instanceof SluiceError ? error.code : "internal";
		log.error({ error: code }, "the shadow cannot judge: its model or its policies cannot be used");
	});
	const { shadowPercent, shadowQueue: maxTexts } = config;
	const shadow = createShadow({ moderator, trail, log, fraction: shadowPercent / 100, maxTexts });
	return {
		beside: (live) => shadow.beside(live),
		async close() {
			await shadow.close();
			await own?.close();
		},
	};
}
