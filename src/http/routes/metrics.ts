/** GET /metrics: what the process counts, for Prometheus. */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import { problemResponses } from "../problem.ts";
import type { Route } from "../route.ts";

/** The route. */
export const metrics: Route = {
	config: {
		method: "get",
		path: "/metrics",
		summary: "What the process counts, in Prometheus' text format",
		responses: {
			200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
			...problemResponses("not_configured", "internal"),
		},
	},
	create({ metrics: counted, showsMetrics }) {
		if (counted === undefined || !showsMetrics)
			return () => {
				throw new SluiceError("not_configured", {
					detail: "metrics have a port of their own where others can reach this one: set SLUICE_METRICS_PORT",
				});
			};
		return async (c) => {
			const text = await counted.read();
			return c.body(text, 200, { "content-type": counted.contentType, "cache-control": "no-store" });
		};
	},
};
