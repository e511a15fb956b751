/**
 * A gateway of a fleet: workers judge, over Redis. With a data directory it owns the records of the whole deployment;
 * without, it passes requests about files and batches to the gateway that does.
 */
import type { Config } from "../config.ts";
import { createQueuedModerator } from "../dispatch/index.ts";
import { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import { type PolicySet, readPolicySet } from "../policies/index.ts";
import type { QueueBackend } from "../queue/index.ts";
import { type Closing, openTogether } from "./closing.ts";
import { checkRecords, checkRedis } from "./dependencies.ts";
import { type Observers, observeModerator } from "./observers.ts";
import { openChat } from "./open-chat.ts";
import { openQueues, openRecords, openSharedLimits } from "./open-records.ts";
import type { Service, ServiceChanges } from "./service.ts";

/** Resolves once policies and records are read and Redis answers; workers may still be on their way. */
export function openQueuedService(config: Config, log: Log, observers: Observers = {}): Promise<Service> {
	return openTogether(async (closing) => {
		const { redisUrl, dataDir, recordsUrl } = config;
		if (redisUrl === undefined)
			throw new SluiceError("invalid_config", {
				detail: "a gateway needs the Redis that its workers are on: give --redis URL or SLUICE_REDIS_URL",
			});
		if (dataDir !== undefined && recordsUrl !== undefined)
			throw new SluiceError("invalid_config", {
				detail: "a gateway either owns the records (--data) or passes on to who does (--records), not both",
			});
		const initial = await readPolicySet(config.policies);
		const backend = await openQueues({ redis: redisUrl }, log, closing);
		const judges = createJudges(config, { backend, log, observers, closing });
		const first = judges.open(initial);
		const { moderator } = first;
		first.begin();
		const chat = await openChat(config, closing, observers);
		const redis = checkRedis(backend);
		const changes = { ...toChanges(judges, log), initial, leaveFirst: first.close };
		const limits = await openSharedLimits(redisUrl, log, closing);
		const service = { moderator, chat, changes, limits, close: closing.close };
		if (dataDir === undefined) {
			const records = recordsUrl === undefined ? undefined : { records: checkRecords(recordsUrl) };
			return { ...service, recordsUrl, dependencies: { redis, ...records } };
		}
		const batches = await openRecords({ ...config, dataDir }, backend, { log, closing });
		return { ...service, batches, dependencies: { redis } };
	});
}

/** A moderator of this gateway, for one set of policies. */
interface OpenJudge {
	readonly moderator: Moderator;
	/** It speaks for the owner of the records from now on. */
	begin(): void;
	close(): Promise<void>;
}

/** Moderators for sets of policies; all are closed in the end. */
function createJudges(
	{ dataDir, maxCharacters, maxQueue, deadlineMs }: Config,
	of: { backend: QueueBackend; log: Log; observers: Observers; closing: Closing },
): { open(set: PolicySet): OpenJudge } {
	const { backend, log, observers } = of;
	const opened = new Set<Moderator>();
	let acting: OpenJudge | undefined;
	of.closing.add(undefined, async () => {
		await Promise.all([...opened].map((moderator) => moderator.close()));
	});
	return {
		open({ policies }) {
			const owner = (): boolean => dataDir !== undefined && acting === judge;
			const { tracer } = observers;
			const queued = createQueuedModerator({
				...{ backend, policies, maxCharacters, log, maxQueue, deadlineMs, owner, tracer },
			});
			opened.add(queued);
			const judge: OpenJudge = {
				moderator: observeModerator(queued, observers),
				begin() {
					acting = judge;
				},
				async close() {
					opened.delete(queued);
					await queued.close();
				},
			};
			return judge;
		},
	};
}

/** Workers have to have the policies as well: until one does, the gateway stays with those it has. */
function toChanges(judges: { open(set: PolicySet): OpenJudge }, log: Log): Pick<ServiceChanges, "check" | "stage"> {
	return {
		async check() {}, // what measures them is with the workers
		async stage(set, signal) {
			const judge = judges.open(set);
			const left = Promise.withResolvers<void>();
			const leave = (): void => left.resolve();
			signal.addEventListener("abort", leave, { once: true });
			log.info({ hash: set.hash }, "waiting for workers with the new policies");
			try {
				await Promise.race([judge.moderator.ready(), left.promise]);
				if (signal.aborted) throw new SluiceError("aborted", { detail: "other policies came meanwhile" });
				return judge;
			} catch (error) {
				await judge.close();
				throw error;
			} finally {
				signal.removeEventListener("abort", leave);
			}
		},
	};
}
