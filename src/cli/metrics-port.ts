/** Metrics on a port of their own, where the settings name one. */
import type { Config } from "../config.ts";
import { createMetricsApp } from "../http/metrics-server.ts";
import { type HttpServer, listen } from "../http/server.ts";
import type { Metrics } from "../metrics/index.ts";

/** Undefined where the settings name none. Throws `invalid_config`. */
export async function listenForMetrics(
	{ metricsPort, metricsHost }: Pick<Config, "metricsPort" | "metricsHost">,
	metrics: Metrics,
): Promise<HttpServer | undefined> {
	if (metricsPort === undefined) return undefined;
	return listen(createMetricsApp(metrics), { host: metricsHost, port: metricsPort });
}
