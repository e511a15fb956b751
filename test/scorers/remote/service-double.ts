/** A remote service on a loopback port: answers as told, keeps what it got, and breaks on command. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A request as it came in. */
export interface Seen {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly raw: string;
	readonly body: unknown;
}

/** What the double does with a request instead of answering; `answer` is what it would have said. */
export type Fault = (response: ServerResponse, answer: () => void, seen: Seen) => void;

/** The double. */
export interface ServiceDouble {
	readonly url: string;
	readonly seen: Seen[];
	/** For the next requests, one each. */
	readonly next: Fault[];
	/** For all requests that `next` has nothing for. */
	always: Fault | undefined;
	/** Most requests it had open at once. */
	readonly mostOpen: number;
	/** Ends the server and cuts all connections, as a process that is killed. */
	kill(): void;
}

/** Starts a double that answers bodies with `answer`; gone after the test. */
export async function startDouble(t: TestContext, answer: (body: never) => unknown): Promise<ServiceDouble> {
	const seen: Seen[] = [];
	const next: Fault[] = [];
	let open = 0;
	let mostOpen = 0;
	const server = createServer(async (request, response) => {
		mostOpen = Math.max(mostOpen, ++open);
		response.once("close", () => open--);
		let raw = "";
		for await (const chunk of request.setEncoding("utf8")) raw += chunk;
		const body: unknown = JSON.parse(raw);
		const one = { path: request.url ?? "", headers: request.headers, raw, body };
		seen.push(one);
		const say = (): void => sendJson(200, JSON.stringify(answer(body as never)))(response, () => {}, one);
		const fault = next.shift() ?? double.always;
		if (fault === undefined) say();
		else fault(response, say, one);
	});
	server.on("clientError", (_, socket) => socket.destroy());
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const kill = (): void => {
		server.close();
		server.closeAllConnections();
	};
	t.after(kill);
	const double = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		seen,
		next,
		always: undefined as Fault | undefined,
		get mostOpen() {
			return mostOpen;
		},
		kill,
	};
	return double;
}

/** A whole answer. */
export function sendJson(status: number, body: string, headers: Record<string, string> = {}): Fault {
	return (response) => void response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

/** Never answers. */
export const stall: Fault = () => {};

/** Sends headers and half a body, then nothing. */
export const stallInBody: Fault = (response) =>
	void response.writeHead(200, { "content-length": "100" }).write('{"results": [');

/** Cuts the connection without a word. */
export const cut: Fault = (response) => void response.destroy();

/** Cuts the connection in the middle of the body. */
export const cutInBody: Fault = (response) => {
	response.writeHead(200, { "content-length": "100" });
	response.write('{"results": [', () => response.destroy());
};

/** Sends without end. */
export const flood: Fault = (response) => {
	response.writeHead(200);
	const more = (): void => {
		while (!response.destroyed && response.write("[".repeat(65_536)));
	};
	response.on("drain", more);
	more();
};
