/**
 * The working process: models of its own judge what comes through Redis, single requests and pieces of batches, until a
 * signal ends it.
 */
import type { Config } from "../config.ts";
import { SluiceError } from "../errors.ts";
import { createLog, type Log } from "../log.ts";
import { createMetrics } from "../metrics/index.ts";
import { createLivePolicies, watchDirectory } from "../policies/index.ts";
import { loadTracer } from "../trace/index.ts";
import { openTogether } from "./closing.ts";
import { listenForMetrics } from "./metrics-port.ts";
import type { Observers } from "./observers.ts";
import { withTrail } from "./open-audit.ts";
import type { OpenJudges } from "./open-judges.ts";
import { openQueues } from "./open-records.ts";
import { aborted, onHangup, untilStopped } from "./until-stopped.ts";
import { startWorkerCrew } from "./worker-crew.ts";

/** A running worker. */
export interface FleetWorker {
	/** Resolves once it takes jobs; rejects when the model cannot be loaded. */
	ready(): Promise<void>;
	/** Takes no more jobs, finishes what is under way, frees the model. */
	close(): Promise<void>;
}

/** Loads the model, then takes jobs. Throws `invalid_config`, `invalid_policy` or `queue_unavailable`. */
export function startFleetWorker(
	config: Config,
	open: OpenJudges,
	log: Log,
	observers: Observers = {},
): Promise<FleetWorker> {
	return openTogether(async (closing) => {
		const { redisUrl } = config;
		if (redisUrl === undefined)
			throw new SluiceError("invalid_config", {
				detail: "a worker needs the Redis that its gateways are on: give --redis URL or SLUICE_REDIS_URL",
			});
		const judges = closing.add(await open(config, observers), (opened) => opened.close());
		const backend = await openQueues({ redis: redisUrl }, log, closing);
		const crew = closing.add(startWorkerCrew({ backend, config, log, observers, first: judges.moderator }), (started) =>
			started.close(),
		);
		const { metrics } = observers;
		metrics?.usePolicies(judges.moderator.policies.map(({ id }) => id));
		metrics?.watchLoad(() => judges.moderator.load());
		const { changes } = judges;
		if (changes !== undefined) {
			const live = createLivePolicies({
				...{ directory: config.policies, initial: changes.initial, log, onReload: metrics?.policiesChanged },
				async check(set) {
					await changes.moderatorFor(set);
				},
				async use(set) {
					await crew.use(await changes.moderatorFor(set));
					metrics?.usePolicies(set.policies.map(({ id }) => id));
				},
			});
			closing.add(live, (policies) => policies.close());
			const watch = { changed: () => void live.reload("watch") };
			if (config.policiesWatch) closing.add(watchDirectory(config.policies, watch), (watcher) => watcher.close());
			closing.add(
				onHangup(() => void live.reload("signal")),
				(stop) => stop(),
			);
		}
		return { ready: () => crew.ready(), close: closing.close };
	});
}

/** Works until SIGTERM or SIGINT, or until the model turns out not to load, which is thrown. */
export async function runWorker(config: Config, open: OpenJudges): Promise<void> {
	const began = performance.now();
	const log = createLog({ level: config.logLevel });
	const metrics = createMetrics();
	try {
		await untilStopped(async (stop) => {
			const metricsServer = await listenForMetrics(config, metrics);
			if (metricsServer !== undefined) log.info({ metrics_url: metricsServer.url }, "metrics");
			try {
				const tracer = await loadTracer();
				const worker = await withTrail(config, log, (trail) =>
					startFleetWorker(config, open, log, { metrics, tracer, log, trail }),
				);
				try {
					await Promise.race([worker.ready(), aborted(stop)]);
					if (!stop.aborted) log.info({ ms: Math.round(performance.now() - began) }, "ready");
					await aborted(stop);
					log.info({}, "stopping");
				} finally {
					await worker.close();
				}
			} finally {
				await metricsServer?.close();
			}
		});
	} finally {
		log.flush();
	}
}
