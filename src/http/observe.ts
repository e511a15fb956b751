/**
 * Gives every request an id, a span and a place in the metrics, and writes one log line when it is answered: what, how it ended,
 * how long, how much. Never content.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { answerLightly } from "./light-answers.ts";
import type { Handler, HttpEnv, HttpParts } from "./route.ts";

/** Answers a request by a handler, what it throws too, and tells of it. */
export type Observe = (c: Context<HttpEnv>, handle: Handler) => Promise<Response>;

/** See the header; an incoming x-request-id of 1 to 128 harmless characters is kept. @param refuse answers what is thrown */
export function observe(
	{ log, metrics, tracer, isDraining }: HttpParts,
	refuse: (c: Context<HttpEnv>, thrown: unknown) => Response,
): Observe {
	const answer = async (c: Context<HttpEnv>, handle: Handler): Promise<Response> => {
		const began = performance.now();
		const requestId = toRequestId(c.req.header("x-request-id"));
		answerLightly(c);
		c.set("requestId", requestId);
		c.header("x-request-id", requestId);
		if (isDraining?.()) c.header("connection", "close"); // clients shall not send more on it
		metrics?.http.begin();
		let response: Response;
		try {
			response = await handle(c);
		} catch (thrown) {
			response = refuse(c, thrown);
		}
		const ms = performance.now() - began;
		const route = c.get("route") ?? "none";
		const inputs = c.get("inputs");
		const characters = c.get("characters");
		const { method } = c.req;
		const { status } = response;
		metrics?.http.end({ route, method, status, ms, inputs, characters });
		log.info(
			{ request_id: requestId, method, route, status, ms: Math.round(ms * 100) / 100, inputs, characters },
			"request",
		);
		return response;
	};
	if (tracer === undefined) return answer;
	return (c, handle) => {
		const parent = c.req.header("traceparent");
		if (parent === undefined && !tracer.isOn()) return answer(c, handle);
		return tracer.span("request", { kind: "server", parent }, async (span) => {
			const response = await answer(c, handle);
			const { status } = response;
			const route = c.get("route");
			span.rename(`${c.req.method} ${route ?? "none"}`);
			span.set({
				"http.request.method": c.req.method,
				"http.route": route,
				"http.response.status_code": status,
				"sluice.request_id": c.get("requestId"),
				"sluice.inputs": c.get("inputs"),
				"sluice.characters": c.get("characters"),
			});
			if (status >= 500) span.fail(String(status));
			return response;
		});
	};
}

function toRequestId(header: string | undefined): string {
	return header !== undefined && /^[\w.:-]{1,128}$/.test(header) ? header : randomUUID();
}
