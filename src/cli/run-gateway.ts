/**
 * The serving process: settings -> service -> app -> port, until a signal ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, checkListenAddress } from "../config.ts";
import { createApp } from "../http/app.ts";
import { type HttpServer, listen } from "../http/server.ts";
import { createLog, type Log } from "../log.ts";
import type { OpenService } from "./service.ts";
import { aborted, untilStopped } from "./until-stopped.ts";

/** A running gateway. */
export interface Gateway {
	readonly url: string;
	/** Resolves once texts can be judged; rejects when the model cannot be loaded. */
	ready(): Promise<void>;
	/** Says from now on that it is not ready, and goes on answering. */
	drain(): void;
	/** Finishes what is under way, then frees the service. */
	close(): Promise<void>;
}

/** Listens at once, while the model loads behind. Throws `invalid_config` or `invalid_policy` before it listens. */
export async function startGateway(config: Config, open: OpenService, log: Log): Promise<Gateway> {
	checkListenAddress(config);
	const service = await open(config, log);
	const { moderator, batches, recordsUrl } = service;
	let isDraining = false;
	let server: HttpServer;
	try {
		const app = createApp({ moderator, batches, recordsUrl, limits: config, log, isDraining: () => isDraining });
		server = await listen(app, config);
	} catch (error) {
		await service.close();
		throw error;
	}
	return {
		url: server.url,
		ready: () => moderator.ready(),
		drain() {
			isDraining = true;
		},
		async close() {
			isDraining = true;
			await server.close();
			await service.close();
		},
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
				log.info({ url: gateway.url }, "listening");
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
