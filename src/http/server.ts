/**
 * An app on a port: listens, and on closing lets what is under way finish. Knows nothing of the app.
 */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { SluiceError } from "../errors.ts";

/** Time a client has to send its headers, and its whole request: a large file; bodies that are read whole have less. */
const HEADERS_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = 6 * 3_600_000;
/** How long closing waits for requests under way before it cuts them off. */
const GRACE_MS = 10_000;
/** How long a connection may be without a request before it is closed then. */
const IDLE_MS = 50;

/** Answers requests; `env` has the request and the response underneath. */
export interface HttpApp {
	fetch(
		request: Request,
		env: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
	): Response | Promise<Response>;
}

/** A listening server. */
export interface HttpServer {
	/** Base URL with the real port. */
	readonly url: string;
	/** Takes no more connections, waits for requests under way, then resolves. */
	close(): Promise<void>;
}

/** Listens on `host` and `port` (0 takes a free one); `invalid_config` says why it cannot. */
export async function listen(app: HttpApp, address: { host: string; port: number }): Promise<HttpServer> {
	const server = createAdaptorServer({
		fetch: app.fetch as (request: Request, env: unknown) => Response | Promise<Response>,
		serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
	}) as Server;
	server.listen(address.port, address.host);
	try {
		await once(server, "listening");
	} catch (cause) {
		throw new SluiceError("invalid_config", { detail: describeListenError(cause, address), cause });
	}
	const { port } = server.address() as AddressInfo;
	const host = address.host.includes(":") ? `[${address.host}]` : address.host;
	return { url: `http://${host}:${port}`, close: () => closeGently(server) };
}

async function closeGently(server: Server): Promise<void> {
	const closed = once(server, "close");
	// node:http's own close would at once cut connections whose first request is on its way
	NetServer.prototype.close.call(server);
	const sweep = setInterval(() => server.closeIdleConnections(), IDLE_MS);
	const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
	await closed;
	clearInterval(sweep);
	clearTimeout(timer);
	server.close(); // frees what node:http keeps beside connections
}

function describeListenError(cause: unknown, { host, port }: { host: string; port: number }): string {
	switch ((cause as NodeJS.ErrnoException).code) {
		case "EADDRINUSE":
			return `PORT=${port} on ${host} is in use by another program; stop it or choose another port`;
		case "EACCES":
			return `PORT=${port} needs more rights than this process has; choose a port from 1024 up`;
		case "EADDRNOTAVAIL":
		case "ENOTFOUND":
		case "EAI_AGAIN":
			return `HOST=${host} is not an address of this machine`;
		default:
			return `cannot listen on HOST=${host} PORT=${port}`;
	}
}
