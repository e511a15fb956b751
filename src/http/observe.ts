/**
 * Gives every request an id and writes one log line when it is answered: what, how it ended, how long, how much. Never content.
 */
import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Log } from "../log.ts";
import type { HttpEnv } from "./route.ts";

/** The middleware; an incoming x-request-id of 1 to 128 harmless characters is kept. */
export function observe(log: Log): MiddlewareHandler<HttpEnv> {
	return async (c, next) => {
		const began = performance.now();
		const requestId = toRequestId(c.req.header("x-request-id"));
		c.set("requestId", requestId);
		c.header("x-request-id", requestId);
		await next();
		log.info(
			{
				request_id: requestId,
				method: c.req.method,
				route: c.var.route ?? "none",
				status: c.res.status,
				ms: Math.round((performance.now() - began) * 100) / 100,
				inputs: c.var.inputs,
				characters: c.var.characters,
			},
			"request",
		);
	};
}

function toRequestId(header: string | undefined): string {
	return header !== undefined && /^[\w.:-]{1,128}$/.test(header) ? header : randomUUID();
}
