/**
 * Lets another process answer a request: bodies stream through in both directions, no faster than the slower side takes
 * them. Node's own client, because `fetch` holds what the other side is too slow for. Knows no route.
 */
import { once } from "node:events";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Context } from "hono";
import type { HttpEnv } from "./route.ts";

/** Headers that belong to one connection, or that each process writes itself (RFC 9110, section 7.6.1). */
const OWN_HEADERS: ReadonlySet<string> = new Set([
	"connection",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"host",
	"expect",
	"date",
	"x-request-id",
]);

/** The answer of the process at `baseUrl` to this request; rejects where there is none. */
export async function forward(c: Context<HttpEnv>, baseUrl: string): Promise<Response> {
	const { pathname, search } = new URL(c.req.url);
	const url = new URL(baseUrl + pathname + search);
	const headers = Object.fromEntries([...c.req.raw.headers].filter(([name]) => !OWN_HEADERS.has(name)));
	const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
		method: c.req.method,
		headers: { ...headers, "x-request-id": c.var.requestId },
		signal: c.req.raw.signal,
	});
	request.on("error", () => {}); // told by what waits for it, or by nobody once the answer is there
	const answered = once(request, "response") as Promise<[IncomingMessage]>;
	const { body } = c.req.raw;
	// an answer may come before all of the body is sent, and end the sending
	const sent = body === null ? request.end() : pipeline(Readable.fromWeb(body as never), request);
	if (sent instanceof Promise) sent.catch(() => {});
	const [answer] = await answered;
	for (const [name, value] of Object.entries(answer.headers))
		if (!OWN_HEADERS.has(name) && value !== undefined) c.header(name, String(value));
	const stream = c.req.method === "HEAD" ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
	return c.newResponse(stream, answer.statusCode as 200);
}
