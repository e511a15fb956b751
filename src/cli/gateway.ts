/**
 * The serving process: settings -> moderator -> app -> port, until a signal ends it.
 */
import { once } from "node:events";
import { type Config, checkListenAddress } from "../config.ts";
import { createApp } from "../http/app.ts";
import { type HttpServer, listen } from "../http/server.ts";
import { createLog, type Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";

/** Makes the moderator that the settings describe; it may still be loading. */
export type OpenModerator = (config: Config) => Promise<Moderator>;

/** A running gateway. */
export interface Gateway {
	readonly url: string;
	/** Resolves once texts can be judged; rejects when the model cannot be loaded. */
	ready(): Promise<void>;
	/** Finishes what is under way, then frees the model. */
	close(): Promise<void>;
}

/** Listens at once, while the model loads behind. Throws `invalid_config` or `invalid_policy` before it listens. */
export async function startGateway(config: Config, open: OpenModerator, log: Log): Promise<Gateway> {
	checkListenAddress(config);
	const moderator = await open(config);
	let server: HttpServer;
	try {
		server = await listen(createApp({ moderator, limits: config, log }), config);
	} catch (error) {
		await moderator.close();
		throw error;
	}
	return {
		url: server.url,
		ready: () => moderator.ready(),
		async close() {
			await server.close();
			await moderator.close();
		},
	};
}

/** Serves until SIGTERM or SIGINT, or until the model turns out not to load, which is thrown. */
export async function runGateway(config: Config, open: OpenModerator): Promise<void> {
	const began = performance.now();
	const log = createLog({ level: config.logLevel });
	const stop = new AbortController();
	const signals = ["SIGTERM", "SIGINT"] as const;
	const onSignal = (): void => stop.abort();
	for (const signal of signals) process.once(signal, onSignal);
	const gateway = await startGateway(config, open, log);
	try {
		log.info({ url: gateway.url }, "listening");
		const stopped = stop.signal.aborted ? Promise.resolve() : once(stop.signal, "abort");
		await Promise.race([gateway.ready(), stopped]);
		if (!stop.signal.aborted) log.info({ ms: Math.round(performance.now() - began) }, "ready");
		await stopped;
		log.info({}, "stopping");
	} finally {
		for (const signal of signals) process.removeListener(signal, onSignal);
		await gateway.close();
		log.flush();
	}
}
