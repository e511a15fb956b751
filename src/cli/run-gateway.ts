/**
 * The serving process: settings -> service -> app -> port, until a signal ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, checkListenAddress, isLoopback } from "../config.ts";
import type { Access } from "../http/access.ts";
import { type HttpServer, listen } from "../http/server.ts";
import { createLog, type Log } from "../log.ts";
import { createMetrics } from "../metrics/index.ts";
import { type LivePolicies, watchDirectory } from "../policies/index.ts";
import { loadTracer } from "../trace/index.ts";
import { createLiveApp, type LiveApp } from "./live-app.ts";
import { listenForMetrics } from "./metrics-port.ts";
import type { Observers } from "./observers.ts";
import { openAccess } from "./open-access.ts";
import { openRecordedService } from "./open-audit.ts";
import type { OpenService, Service } from "./service.ts";
import { aborted, onHangup, untilStopped } from "./until-stopped.ts";

/** A running gateway. */
export interface Gateway {
	readonly url: string;
	/** Where metrics are, if on a port of their own. */
	readonly metricsUrl: string | undefined;
	/** Resolves once texts can be judged; rejects when the model cannot be loaded. */
	ready(): Promise<void>;
	/** Says from now on that it is not ready, and goes on answering. */
	drain(): void;
	/** Finishes what is under way, then frees the service. */
	close(): Promise<void>;
}

/** Listens at once, while the model loads behind. Throws `invalid_config` or `invalid_policy` before it listens. */
export async function startGateway(config: Config, open: OpenService, log: Log): Promise<Gateway> {
	const { access, close: closeAccess } = await openAccess(config, log);
	const metrics = createMetrics();
	let service: Service;
	let observers: Observers;
	try {
		checkListenAddress(config, access.keys.hasKeys() || access.services !== undefined);
		observers = { metrics, tracer: await loadTracer() };
		service = await openRecordedService(config, log, (trail) => open(config, log, { ...observers, log, trail }));
	} catch (error) {
		closeAccess();
		throw error;
	}
	const drain = { begun: false };
	let app: LiveApp;
	let server: HttpServer;
	let metricsServer: HttpServer | undefined;
	try {
		app = createGatewayApp({ config, service, access, log, observers, isDraining: () => drain.begun });
		metricsServer = await listenForMetrics(config, metrics);
		server = await listen(app, config);
	} catch (error) {
		await metricsServer?.close();
		await service.close();
		closeAccess();
		throw error;
	}
	const { policies } = app;
	const stopFollowing = policies === undefined ? () => {} : followPolicies(config, policies);
	return {
		url: server.url,
		metricsUrl: metricsServer?.url,
		ready: () => service.moderator.ready(),
		drain() {
			drain.begun = true;
		},
		async close() {
			drain.begun = true;
			stopFollowing();
			await policies?.close();
			await server.close();
			await metricsServer?.close();
			await service.close();
			closeAccess();
		},
	};
}

function createGatewayApp(of: {
	readonly config: Config;
	readonly service: Service;
	readonly access: Access;
	readonly log: Log;
	readonly observers: Observers;
	isDraining(): boolean;
}): LiveApp {
	const { config, service, log, observers, isDraining } = of;
	const { batches, recordsUrl, chat, dependencies, trail } = service;
	const access = { ...of.access, limits: service.limits ?? of.access.limits };
	// with keys the scopes of a key decide, without them only this machine may
	const allowsPolicyWrites = access.isRequired || isLoopback(config.host);
	const showsMetrics = config.metricsPort === undefined && (access.isRequired || isLoopback(config.host));
	const parts = { batches, recordsUrl, chat, dependencies, trail, access, limits: config, log, isDraining };
	return createLiveApp({
		service,
		directory: config.policies,
		parts: { ...parts, ...observers, showsMetrics, allowsPolicyWrites },
	});
}

/** Uses changed files, by notice and on SIGHUP. */
function followPolicies(
	config: Pick<Config, "policies" | "policiesWatch">,
	live: Pick<LivePolicies, "reload">,
): () => void {
	const watch = config.policiesWatch
		? watchDirectory(config.policies, { changed: () => void live.reload("watch") })
		: undefined;
	const stop = onHangup(() => void live.reload("signal"));
	return () => {
		watch?.close();
		stop();
	};
}

/** Serves until SIGTERM or SIGINT, or until the model turns out not to load, which is thrown. */
export async function runGateway(config: Config, open: OpenService): Promise<void> {
	const began = performance.now();
	const log = createLog({ level: config.logLevel });
	try {
		await untilStopped(async (stop) => {
			const gateway = await startGateway(config, open, log);
			try {
				log.info({ url: gateway.url, metrics_url: gateway.metricsUrl }, "listening");
				await Promise.race([gateway.ready(), aborted(stop)]);
				if (!stop.aborted) log.info({ ms: Math.round(performance.now() - began) }, "ready");
				await aborted(stop);
				log.info({}, "stopping");
				gateway.drain();
				if (config.drainMs > 0) await sleep(config.drainMs);
			} finally {
				await gateway.close();
			}
		});
	} finally {
		log.flush();
	}
}
