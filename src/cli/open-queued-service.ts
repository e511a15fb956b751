/**
 * A gateway of a fleet: workers judge, over Redis. With a data directory it owns the records of the whole deployment;
 * without, it passes requests about files and batches to the gateway that does.
 */
import type { Config } from "../config.ts";
import { createQueuedModerator } from "../dispatch/index.ts";
import { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { loadPolicies } from "../policies.ts";
import { openTogether } from "./closing.ts";
import { openQueues, openRecords } from "./open-records.ts";
import type { Service } from "./service.ts";

/** Resolves once policies and records are read and Redis answers; workers may still be on their way. */
export function openQueuedService(config: Config, log: Log): Promise<Service> {
	return openTogether(async (closing) => {
		const { redisUrl, dataDir, recordsUrl, maxCharacters, maxQueue, deadlineMs } = config;
		if (redisUrl === undefined)
			throw new SluiceError("invalid_config", {
				detail: "a gateway needs the Redis that its workers are on: give --redis URL or SLUICE_REDIS_URL",
			});
		if (dataDir !== undefined && recordsUrl !== undefined)
			throw new SluiceError("invalid_config", {
				detail: "a gateway either owns the records (--data) or passes on to who does (--records), not both",
			});
		const policies = await loadPolicies(config.policies);
		const backend = await openQueues({ redis: redisUrl }, log, closing);
		const owner = dataDir !== undefined;
		const moderator = closing.add(
			createQueuedModerator({ backend, policies, maxCharacters, log, maxQueue, deadlineMs, owner }),
			(opened) => opened.close(),
		);
		if (dataDir === undefined) return { moderator, recordsUrl, close: closing.close };
		const batches = await openRecords({ ...config, dataDir }, backend, { log, closing });
		return { moderator, batches, close: closing.close };
	});
}
