/**
 * Gives every request an id, a span and a place in the metrics, and writes one log line when it is answered: what, how it ended,
 * how long, how much. Never content.
 */
import { randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler, Next } from "hono";
import type { HttpEnv, HttpParts } from "./route.ts";

/** The middleware; an incoming x-request-id of 1 to 128 harmless characters is kept. */
export function observe({ log, metrics, tracer, isDraining }: HttpParts): MiddlewareHandler<HttpEnv> {
	const answer = async (c: Context<HttpEnv>, next: Next): Promise<void> => {
		const began = performance.now();
		const requestId = toRequestId(c.req.header("x-request-id"));
		c.set("requestId", requestId);
		c.header("x-request-id", requestId);
		if (isDraining?.()) c.header("connection", "close"); // clients shall not send more on it
		metrics?.http.begin();
		await next();
		const ms = performance.now() - began;
		const { route = "none", inputs, characters } = c.var;
		const { method } = c.req;
		const { status } = c.res;
		metrics?.http.end({ route, method, status, ms, inputs, characters });
		log.info(
			{ request_id: requestId, method, route, status, ms: Math.round(ms * 100) / 100, inputs, characters },
			"request",
		);
	};
	if (tracer === undefined) return answer;
	return (c, next) =>
		tracer.span("request", { kind: "server", parent: c.req.header("traceparent") }, async (span) => {
			await answer(c, next);
			const { route, requestId, inputs, characters } = c.var;
			const { status } = c.res;
			span.rename(`${c.req.method} ${route ?? "none"}`);
			span.set({
				"http.request.method": c.req.method,
				"http.route": route,
				"http.response.status_code": status,
				"sluice.request_id": requestId,
				"sluice.inputs": inputs,
				"sluice.characters": characters,
			});
			if (status >= 500) span.fail(String(status));
		});
}

function toRequestId(header: string | undefined): string {
	return header !== undefined && /^[\w.:-]{1,128}$/.test(header) ? header : randomUUID();
}
