/** Metrics on a port of their own: GET /metrics and GET /healthz, nothing else. */
import type { Metrics } from "../metrics/index.ts";

/** An app for `listen`. */
export function createMetricsApp(metrics: Metrics): { fetch(request: Request): Promise<Response> } {
	return {
		async fetch(request) {
			const { pathname } = new URL(request.url);
			if (request.method !== "GET") return new Response(null, { status: 405, headers: { allow: "GET" } });
			if (pathname === "/healthz") return Response.json({ status: "ok" });
			if (pathname !== "/metrics") return new Response(null, { status: 404 });
			return new Response(await metrics.read(), { headers: { "content-type": metrics.contentType } });
		},
	};
}
