/**
 * The working process: a model of its own judges what comes through Redis, single requests and pieces of batches, until a
 * signal ends it.
 */
import { type ScanWorker, startScanWorker } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { fingerprintPolicies, type GatewayNotice, startScoreWorker } from "../dispatch/index.ts";
import { SluiceError } from "../errors.ts";
import { createBatchFormat } from "../http/batch-format.ts";
import { createLog, type Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import { type Closing, openTogether } from "./closing.ts";
import { openQueues } from "./open-records.ts";
import { aborted, untilStopped } from "./until-stopped.ts";

/** Makes the moderator that the settings describe; it may still be loading. */
export type OpenModerator = (config: Config) => Promise<Moderator>;

/** A running worker. */
export interface FleetWorker {
	/** Resolves once it takes jobs; rejects when the model cannot be loaded. */
	ready(): Promise<void>;
	/** Takes no more jobs, finishes what is under way, frees the model. */
	close(): Promise<void>;
}

/** Loads the model, then takes jobs. Throws `invalid_config`, `invalid_policy` or `queue_unavailable`. */
export function startFleetWorker(config: Config, open: OpenModerator, log: Log): Promise<FleetWorker> {
	return openTogether(async (closing) => {
		const { redisUrl, concurrency } = config;
		if (redisUrl === undefined)
			throw new SluiceError("invalid_config", {
				detail: "a worker needs the Redis that its gateways are on: give --redis URL or SLUICE_REDIS_URL",
			});
		const moderator = closing.add(await open(config), (opened) => opened.close());
		const backend = await openQueues({ redis: redisUrl }, log, closing);
		const format = createBatchFormat({ moderator, limits: config });
		const start = (): ScanWorker =>
			startScanWorker({ backend, moderator, format, log, concurrency: Math.max(2, concurrency >> 1) });
		const onGateway = followOwner(fingerprintPolicies(moderator.policies), { start, log, closing });
		const worker = startScoreWorker({ backend, moderator, log, concurrency, onGateway });
		closing.add(worker, (opened) => opened.close());
		return { ready: () => worker.ready(), close: closing.close };
	});
}

/** Scans for the owner of the records as long as that has the same policies: batches are judged by the owner's. */
function followOwner(
	policies: string,
	of: { start(): ScanWorker; log: Log; closing: Closing },
): (notice: GatewayNotice) => void {
	let scan: ScanWorker | undefined;
	let stopped = false;
	let ending: Promise<void> = Promise.resolve();
	const end = (): Promise<void> => {
		const last = scan;
		scan = undefined;
		if (last !== undefined) ending = ending.then(() => last.close()).then(() => of.log.info({}, "scanning ended"));
		return ending;
	};
	of.closing.add(undefined, () => {
		stopped = true;
		return end();
	});
	let warned: string | undefined;
	return (notice) => {
		if (!notice.owner || stopped) return;
		if (notice.policies === policies) {
			if (scan === undefined) of.log.info({ owner: notice.id }, "scanning");
			scan ??= of.start();
			return;
		}
		if (warned !== notice.id)
			of.log.warn(
				{ owner: notice.id, its_policies: notice.policies, policies },
				"no scanning: the gateway that owns the records has other policies; give both the same SLUICE_POLICIES",
			);
		warned = notice.id;
		void end();
	};
}

/** Works until SIGTERM or SIGINT, or until the model turns out not to load, which is thrown. */
export async function runWorker(config: Config, open: OpenModerator): Promise<void> {
	const began = performance.now();
	const log = createLog({ level: config.logLevel });
	try {
		await untilStopped(async (stop) => {
			const worker = await startFleetWorker(config, open, log);
			try {
				await Promise.race([worker.ready(), aborted(stop)]);
				if (!stop.aborted) log.info({ ms: Math.round(performance.now() - began) }, "ready");
				await aborted(stop);
				log.info({}, "stopping");
			} finally {
				await worker.close();
			}
		});
	} finally {
		log.flush();
	}
}
