/** The moderator of a scan: of this process, or of the workers on a Redis. */
import type { Config } from "../config.ts";
import { createQueuedModerator } from "../dispatch/index.ts";
import { SluiceError } from "../errors.ts";
import { createLog } from "../log.ts";
import { createModerator } from "../moderator.ts";
import { loadPolicies } from "../policies/index.ts";
import { openTogether } from "./closing.ts";
import type { OpenedModerator } from "./context.ts";
import { openQueues } from "./open-records.ts";
import { openScorer } from "./open-scorer.ts";

/** Nobody waits for a single text of a scan, but a worker that died must be noticed. */
const DEADLINE_MS = 600_000;

/**
 * Opens it; the model, or a worker, may still be on its way. A model of this process measures the policies of these ids alone;
 * workers measure all of theirs. Throws `invalid_request` for an id that is no policy, `invalid_policy`, `queue_unavailable`.
 */
export async function openScanModerator(config: Config, ids: readonly string[] | undefined): Promise<OpenedModerator> {
	const all = await loadPolicies(config.policies);
	const unknown = ids?.find((id) => !all.some((policy) => policy.id === id));
	if (unknown !== undefined)
		throw new SluiceError("invalid_request", {
			detail: `${JSON.stringify(unknown)} is not a policy; the policies are ${all.map(({ id }) => id).join(", ")}`,
		});
	const { redisUrl, maxCharacters, maxQueue } = config;
	if (redisUrl === undefined) {
		const policies = all.filter(({ id }) => ids === undefined || ids.includes(id));
		const moderator = createModerator({ policies, scorer: openScorer(config, policies), maxCharacters });
		return { moderator, close: () => moderator.close() };
	}
	return openTogether(async (closing) => {
		const log = createLog({ level: config.logLevel });
		const backend = await openQueues({ redis: redisUrl }, log, closing);
		const moderator = createQueuedModerator({
			...{ backend, policies: all, maxCharacters, log, maxQueue },
			deadlineMs: DEADLINE_MS,
		});
		closing.add(moderator, (opened) => opened.close());
		return { moderator, close: closing.close };
	});
}
