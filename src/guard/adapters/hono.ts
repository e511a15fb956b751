/** Hono middleware: any handler behind it that answers with text, server-sent events or JSON answers under the guard. */
import type { MiddlewareHandler } from "hono";
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { checkEncoding, guardResponse } from "../parts/guard-response.ts";

/**
 * Guards the answers. Stands before the handler and behind middleware that compresses: a compressed answer fails with
 * `unsupported_input`. A client that leaves ends the handler's stream.
 */
export function guard(options: AdapterOptions): MiddlewareHandler {
	return async (context, next) => {
		await next();
		const answer = context.res;
		checkEncoding(answer.headers.get("content-encoding"));
		const guarded = await guardResponse(answer, options);
		if (guarded === answer) return;
		context.res = undefined; // else Hono would merge the old headers into the new ones
		context.res = guarded;
	};
}
